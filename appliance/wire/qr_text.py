"""Text part → QR symbol (ISO/IEC 18004) in alphanumeric mode: how UR and BBQr are shown.

The mode holds capitals, digits and a few signs in 5.5 bits each, so a part is shown in capitals.
"""

from qrcode.main import QRCode
from qrcode.util import BIT_LIMIT_TABLE, MODE_ALPHA_NUM, QRData

from appliance.wire.qr import Correction, Modules

_MASK = 3
_MODE_BITS = 4
_PAIR_BITS = 11
_HEADER = 2 * (1 + 5 + 3 + 5 + 5 + 3 + 4) + len("100000-8192/")
"""Letters of a UR's part beside its type and fragment: CBOR heads and checksum, and the numbers."""


def symbol(text: str, version: int, correction: Correction = Correction.LOW) -> Modules:
    """Return the symbol of a part, in capitals.

    Raises ValueError if the part does not fit or has other characters: a caller's mistake.
    """
    if len(text) > capacity(version, correction):
        raise ValueError(f"{len(text)} characters do not fit a symbol of version {version}")
    code = QRCode(version, correction.value, border=0, mask_pattern=_MASK)
    code.add_data(QRData(text.upper().encode("ascii"), mode=MODE_ALPHA_NUM))
    code.make(fit=False)
    return Modules(version, tuple(bytes(map(bool, row)) for row in code.modules))


def capacity(version: int, correction: Correction = Correction.LOW) -> int:
    """Return how many characters a symbol holds in alphanumeric mode (ISO/IEC 18004 table 7)."""
    length_bits = 9 if version <= 9 else 11 if version <= 26 else 13
    bits: int = BIT_LIMIT_TABLE[correction.value][version]
    room = bits - _MODE_BITS - length_bits
    return 2 * (room // _PAIR_BITS) + (room % _PAIR_BITS >= 6)


def fragment_size(ur_type: str, version: int) -> int:
    """Return the bytes of the largest fragment of a UR that fits a symbol of this version.

    Not above zero where a symbol holds nothing but the part's header.
    """
    return (capacity(version) - len(f"ur:{ur_type}/") - _HEADER) // 2


def share_size(version: int) -> int:
    """Return the bytes of the largest share of a BBQr that fits a symbol, in Base32."""
    return (capacity(version) - len("B$ZP0100")) * 5 // 8
