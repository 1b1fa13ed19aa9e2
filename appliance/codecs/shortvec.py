"""Solana's length prefix: one number below 2^16, in the one shortest form of one to three bytes.

Source: Solana's compact-u16 (short_vec): seven bits a byte, least significant first, the eighth bit
set where another byte follows. Longer forms are refused, as nodes refuse them.
"""

from appliance.codecs.reader import Reader
from appliance.errors import MalformedTransaction

MAX = 0xFFFF
"""The largest number."""

_MORE = 0x80
_BITS = 7


def encode(number: int) -> bytes:
    """Return the one encoding of a number from 0 to 65,535."""
    if number < _MORE:
        return bytes((number,))
    if number < 1 << 2 * _BITS:
        return bytes((number & 0x7F | _MORE, number >> _BITS))
    return bytes((number & 0x7F | _MORE, number >> _BITS & 0x7F | _MORE, number >> 2 * _BITS))


def read(reader: Reader) -> int:
    """Read a number. Raises MalformedTransaction where it is cut off, too large, or too long.

    The number says nothing about how many bytes are there: whoever uses it as a length or count
    finds out by reading.
    """
    first = reader.byte()
    return first if first < _MORE else _long(reader, first)


def read_bytes(reader: Reader) -> bytes:
    """Read a byte string behind its length. Raises MalformedTransaction."""
    first = reader.byte()
    return reader.take(first if first < _MORE else _long(reader, first))


def prefixed(data: bytes) -> bytes:
    """Return a byte string of at most 65,535 bytes behind its length."""
    return encode(len(data)) + data


def _long(reader: Reader, first: int) -> int:
    second = reader.byte()
    number = first & 0x7F | (second & 0x7F) << _BITS
    last = second
    if second & _MORE:
        last = reader.byte()
        number |= last << 2 * _BITS
    if last == 0:
        raise MalformedTransaction("a compact-u16 is not written in its shortest form")
    if number > MAX:
        raise MalformedTransaction("a compact-u16 is over 65,535 or longer than three bytes")
    return number
