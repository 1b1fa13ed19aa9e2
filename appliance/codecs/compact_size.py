"""Bitcoin's length prefix: one number below 2^64, in the one shortest form.

Source: the Bitcoin P2P protocol (CompactSize). Longer forms of small numbers are refused, since two
spellings of one transaction are one too many.
"""

from appliance.codecs.reader import Reader
from appliance.errors import MalformedTransaction

_WIDTHS = {0xFD: 2, 0xFE: 4, 0xFF: 8}
_LEAST = {0xFD: 0xFD, 0xFE: 1 << 16, 0xFF: 1 << 32}
"""The smallest number that each longer form may write."""
_BYTE = tuple(bytes((value,)) for value in range(0xFD))


def encode(number: int) -> bytes:
    """Return the one encoding of a number from 0 to 2^64 - 1."""
    if number < 0xFD:
        return _BYTE[number]
    if number < 1 << 16:
        return b"\xfd" + number.to_bytes(2, "little")
    if number < 1 << 32:
        return b"\xfe" + number.to_bytes(4, "little")
    return b"\xff" + number.to_bytes(8, "little")


def read(reader: Reader) -> int:
    """Read a number. Raises MalformedTransaction where it is cut off or not in its shortest form.

    The number says nothing about how many bytes are there: whoever uses it as a length or count
    finds out by reading.
    """
    first = reader.byte()
    return first if first < 0xFD else _long(reader, first)


def read_bytes(reader: Reader) -> bytes:
    """Read a byte string behind its length. Raises MalformedTransaction."""
    size = reader.byte()
    return reader.take(size if size < 0xFD else _long(reader, size))


def prefixed(data: bytes) -> bytes:
    """Return a byte string behind its length."""
    return encode(len(data)) + data


def _long(reader: Reader, first: int) -> int:
    number = reader.integer(_WIDTHS[first])
    if number < _LEAST[first]:
        raise MalformedTransaction("a compact size is not written in its shortest form")
    return number
