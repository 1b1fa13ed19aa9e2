"""Text part → QR symbol (ISO/IEC 18004) in alphanumeric mode: how UR and BBQr are shown.

The mode holds capitals, digits and a few signs in 5.5 bits each, so a part is shown in capitals.
"""

from appliance.wire import qr
from appliance.wire.qr import Correction, Modules

_CHARACTERS = frozenset("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:")
_PAIR_BITS = 11
_HEADER = 2 * (1 + 5 + 3 + 5 + 5 + 3 + 4) + len("100000-8192/")
"""Letters of a UR's part beside its type and fragment: CBOR heads and checksum, and the numbers."""


def symbol(text: str, version: int, correction: Correction = Correction.LOW) -> Modules:
    """Return the symbol of a part, in capitals.

    Raises ValueError if the part does not fit or has other characters: a caller's mistake.
    """
    if len(text) > capacity(version, correction):
        raise ValueError(f"{len(text)} characters do not fit a symbol of version {version}")
    shown = text.upper()
    if not _CHARACTERS.issuperset(shown):
        raise ValueError("the text has characters that the alphanumeric mode lacks")
    return qr.drawn(shown.encode("ascii"), version, correction)


def capacity(version: int, correction: Correction = Correction.LOW) -> int:
    """Return how many characters a symbol holds in alphanumeric mode (ISO/IEC 18004 table 7)."""
    length_bits = 9 if version <= 9 else 11 if version <= 26 else 13
    room = qr.room_bits(version, correction) - length_bits
    return 2 * (room // _PAIR_BITS) + (room % _PAIR_BITS >= 6)


def fragment_size(ur_type: str, version: int) -> int:
    """Return the bytes of the largest fragment of a UR that fits a symbol of this version.

    Not above zero where a symbol holds nothing but the part's header.
    """
    return fragment_room(ur_type, capacity(version))


def fragment_room(ur_type: str, characters: int) -> int:
    """Return the bytes of the largest fragment of a UR whose parts are of so many characters."""
    return (characters - len(f"ur:{ur_type}/") - _HEADER) // 2


def share_size(version: int) -> int:
    """Return the bytes of the largest share of a BBQr that fits a symbol, in Base32."""
    return (capacity(version) - len("B$ZP0100")) * 5 // 8
