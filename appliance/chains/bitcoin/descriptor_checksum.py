"""The eight characters that close a descriptor (BIP-380)."""

from collections.abc import Iterator

from appliance.errors import MalformedTransaction

_INPUT_ALPHABET = (
    "0123456789()[],'/*abcdefgh@:$%{}"
    "IJKLMNOPQRSTUVWXYZ&+-.;<=>?!^_|~"
    'ijklmnopqrstuvwxyzABCDEFGH`#"\\ '
)
_VALUES = {character: value for value, character in enumerate(_INPUT_ALPHABET)}
_CHECKSUM_ALPHABET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_CHECKSUM_SIZE = 8
_GENERATOR = (0xF5DEE51989, 0xA9FDCA3312, 0x1BAB10E32D, 0x3706B1677A, 0x644D626FFD)


def checksum(text: str) -> str:
    """Return the checksum of a descriptor without one.

    Raises MalformedTransaction for a character that descriptors do not have.
    """
    rest = 1
    for symbol in (*_symbols(text), *bytes(_CHECKSUM_SIZE)):
        rest = (rest & 0x7FFFFFFFF) << 5 ^ symbol ^ _FOLDED[rest >> 35]
    rest ^= 1
    groups = (rest >> 5 * (_CHECKSUM_SIZE - 1 - at) & 31 for at in range(_CHECKSUM_SIZE))
    return "".join(_CHECKSUM_ALPHABET[group] for group in groups)


def without_checksum(text: str) -> str:
    """Return a descriptor without its checksum, which must be there and right.

    Raises MalformedTransaction.
    """
    body, separator, given = text.rpartition("#")
    if not separator:
        raise MalformedTransaction("the descriptor has no checksum")
    if given != checksum(body):
        raise MalformedTransaction("the descriptor's checksum is wrong: a character was changed")
    return body


def _symbols(text: str) -> Iterator[int]:
    """Split each character into its five low bits and, for every three, the bits above them."""
    above = 0
    for at, character in enumerate(text):
        value = _VALUES.get(character)
        if value is None:
            raise MalformedTransaction("the descriptor has a character that descriptors lack")
        yield value & 31
        above = above * 3 + (value >> 5)
        if at % 3 == 2:
            yield above
            above = 0
    if len(text) % 3:
        yield above


def _fold(top: int) -> int:
    """Return what the five bits that leave the register add to it."""
    folded = 0
    for bit, term in enumerate(_GENERATOR):
        if top >> bit & 1:
            folded ^= term
    return folded


_FOLDED = tuple(_fold(top) for top in range(32))
