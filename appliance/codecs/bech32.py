"""Bech32 and Bech32m: a readable prefix and five-bit groups, with a checksum (BIP-173, BIP-350).

What the groups mean is not this module's business.
"""

from collections.abc import Iterable
from enum import IntEnum

from appliance.errors import MalformedTransaction

MAX_LENGTH = 90
"""Characters, for which the checksum's promise holds."""

_ALPHABET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_VALUES = {character: value for value, character in enumerate(_ALPHABET)}
_CHECKSUM_SIZE = 6
_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)


class Variant(IntEnum):
    """The constant that the checksum is taken against."""

    BECH32 = 1
    BECH32M = 0x2BC830A3


def encode(hrp: str, groups: bytes, variant: Variant) -> str:
    """Return the lower-case spelling of five-bit `groups` under a lower-case human-readable part.

    Raises MalformedTransaction where the result would be longer than 90 characters.
    """
    if len(hrp) + 1 + len(groups) + _CHECKSUM_SIZE > MAX_LENGTH:
        raise MalformedTransaction(f"a Bech32 text is longer than {MAX_LENGTH} characters")
    rest = _polymod((*_expanded(hrp), *groups, *bytes(_CHECKSUM_SIZE))) ^ variant
    checksum = bytes(rest >> 5 * (5 - at) & 31 for at in range(_CHECKSUM_SIZE))
    return f"{hrp}1" + "".join(_ALPHABET[group] for group in groups + checksum)


def decode(text: str) -> tuple[str, bytes, Variant]:
    """Return the human-readable part in lower case, the groups, and which checksum holds.

    Raises MalformedTransaction for anything else than one case throughout, a separator, known
    characters and a right checksum.
    """
    hrp, _, data = _one_case(text).rpartition("1")
    if not hrp or len(data) < _CHECKSUM_SIZE:
        raise MalformedTransaction("the Bech32 text lacks its prefix, separator or checksum")
    if not all(character in _VALUES for character in data):
        raise MalformedTransaction("the Bech32 text has a character that its alphabet lacks")
    groups = bytes(_VALUES[character] for character in data)
    rest = _polymod((*_expanded(hrp), *groups))
    if rest not in (Variant.BECH32, Variant.BECH32M):
        raise MalformedTransaction("the Bech32 checksum is wrong: a character was changed")
    return hrp, groups[:-_CHECKSUM_SIZE], Variant(rest)


def groups_from_bytes(data: bytes) -> bytes:
    """Return eight-bit bytes as five-bit groups, the last padded with zero bits."""
    padding = -len(data) * 8 % 5
    number = int.from_bytes(data, "big") << padding
    count = (len(data) * 8 + padding) // 5
    return bytes(number >> 5 * (count - 1 - at) & 31 for at in range(count))


def bytes_from_groups(groups: bytes) -> bytes:
    """Return five-bit groups as bytes.

    Raises MalformedTransaction unless the padding is less than a group and all zero (BIP-173).
    """
    size, padding = divmod(len(groups) * 5, 8)
    number = 0
    for group in groups:
        number = number << 5 | group
    if padding >= 5 or number & (1 << padding) - 1:
        raise MalformedTransaction("the Bech32 text is padded with more than it needs")
    return (number >> padding).to_bytes(size, "big")


def _one_case(text: str) -> str:
    if len(text) > MAX_LENGTH:
        raise MalformedTransaction(f"a Bech32 text is longer than {MAX_LENGTH} characters")
    if not all("!" <= character <= "~" for character in text):
        raise MalformedTransaction("the Bech32 text has a character outside printable ASCII")
    if text not in (text.lower(), text.upper()):
        raise MalformedTransaction("the Bech32 text mixes upper and lower case")
    return text.lower()


def _expanded(hrp: str) -> Iterable[int]:
    codes = hrp.encode("ascii")
    return (*(code >> 5 for code in codes), 0, *(code & 31 for code in codes))


def _polymod(values: Iterable[int]) -> int:
    rest = 1
    for value in values:
        rest = (rest & 0x1FFFFFF) << 5 ^ value ^ _FOLDED[rest >> 25]
    return rest


def _fold(top: int) -> int:
    """Return what the five bits that leave the register add to it."""
    folded = 0
    for bit, term in enumerate(_GENERATOR):
        if top >> bit & 1:
            folded ^= term
    return folded


_FOLDED = tuple(_fold(top) for top in range(32))
