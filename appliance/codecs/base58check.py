"""Base58, and Base58Check: bytes behind a version, closed by four bytes of checksum.

Source: the Bitcoin address format. One text per value: each leading zero byte is one `1`.
"""

from appliance.errors import MalformedTransaction
from appliance.hashes import sha256d

MAX_LENGTH = 200
"""Characters; an extended key has 111. Bounds the quadratic conversion."""

_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_VALUES = {character: value for value, character in enumerate(_ALPHABET)}
_BASE = len(_ALPHABET)
_CHECKSUM_SIZE = 4


def encode_check(payload: bytes) -> str:
    """Return a payload with its checksum in Base58."""
    return encode(payload + sha256d(payload)[:_CHECKSUM_SIZE])


def decode_check(text: str) -> bytes:
    """Return the payload. Raises MalformedTransaction where text or checksum is wrong."""
    data = decode(text)
    payload, checksum = data[:-_CHECKSUM_SIZE], data[-_CHECKSUM_SIZE:]
    if len(data) < _CHECKSUM_SIZE or sha256d(payload)[:_CHECKSUM_SIZE] != checksum:
        raise MalformedTransaction("the Base58 checksum is wrong: a character was changed")
    return payload


def encode(data: bytes) -> str:
    """Return bytes in Base58, without a checksum."""
    number = int.from_bytes(data, "big")
    digits = []
    while number:
        number, digit = divmod(number, _BASE)
        digits.append(_ALPHABET[digit])
    zeros = len(data) - len(data.lstrip(b"\0"))
    return _ALPHABET[0] * zeros + "".join(reversed(digits))


def decode(text: str) -> bytes:
    """Return the bytes of a Base58 text of at most 200 characters.

    Raises MalformedTransaction for a character outside the alphabet and for longer texts.
    """
    if len(text) > MAX_LENGTH:
        raise MalformedTransaction(f"a Base58 text is longer than {MAX_LENGTH} characters")
    if not all(character in _VALUES for character in text):
        raise MalformedTransaction("the Base58 text has a character that its alphabet lacks")
    digits = text.lstrip(_ALPHABET[0])
    number = 0
    for character in digits:
        number = number * _BASE + _VALUES[character]
    return bytes(len(text) - len(digits)) + number.to_bytes((number.bit_length() + 7) // 8, "big")
