"""Base58: bytes as text without look-alike characters, and without a checksum.

Source: the Bitcoin address format, whose alphabet Solana shares. One text per value: each leading
zero byte is one `1`.
"""

from appliance.errors import MalformedTransaction

MAX_LENGTH = 200
"""Characters; an extended key has 111. Bounds the quadratic conversion."""

_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_VALUES = {character: value for value, character in enumerate(_ALPHABET)}
_BASE = len(_ALPHABET)
_PAIRS = tuple(first + second for first in _ALPHABET for second in _ALPHABET)
_PAIR_BASE = _BASE**2
# Four digits at a time, since Python divides fastest by what is below 2^30.
_CHUNK_BASE = _BASE**4


def encode(data: bytes) -> str:
    """Return bytes in Base58."""
    number = int.from_bytes(data, "big")
    chunks = []
    while number:
        number, chunk = divmod(number, _CHUNK_BASE)
        chunks.append(_PAIRS[chunk // _PAIR_BASE] + _PAIRS[chunk % _PAIR_BASE])
    digits = "".join(reversed(chunks)).lstrip(_ALPHABET[0])
    zeros = len(data) - len(data.lstrip(b"\0"))
    return _ALPHABET[0] * zeros + digits


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
