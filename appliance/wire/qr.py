"""Part ↔ QR symbol (ISO/IEC 18004): byte mode, a given version, one fixed mask.

The mask is fixed because the search for the best one costs several times the rest, and parts are
random enough to read equally well under any.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

import numpy as np
import zxingcpp
from numpy.typing import NDArray
from qrcode.constants import ERROR_CORRECT_L, ERROR_CORRECT_M
from qrcode.main import QRCode
from qrcode.util import BIT_LIMIT_TABLE, MODE_8BIT_BYTE, QRData

from appliance.wire.errors import ScreenTooSmall
from appliance.wire.fountain import HEADER_SIZE, Encoder

QUIET_ZONE = 4
"""Light modules that a symbol needs on every side."""
MAX_VERSION = 40

_MASK = 3
_MODE_BITS = 4
_FORMATS = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)

Image = NDArray[np.uint8]
"""A grey image: rows x columns, 0 black to 255 white."""


class Correction(Enum):
    """Error correction levels by what can be restored: L 7 %, M 15 % of the codewords."""

    LOW = ERROR_CORRECT_L
    MEDIUM = ERROR_CORRECT_M


@dataclass(frozen=True, slots=True)
class Modules:
    """A symbol without its quiet zone: one byte a module, 1 dark and 0 light."""

    version: int
    rows: tuple[bytes, ...]

    @property
    def size(self) -> int:
        """Modules along one side."""
        return len(self.rows)


def symbol(part: bytes, version: int, correction: Correction = Correction.LOW) -> Modules:
    """Return the symbol of a part. Raises ValueError if the part does not fit: a caller's mistake.

    The library cannot draw a hundred zero bytes in a row; parts of the fountain have no such runs.
    About 30 ms for version 27, so a sender prepares the next symbol while one is shown.
    """
    if len(part) > part_size(version, correction):
        raise ValueError(f"{len(part)} bytes do not fit a symbol of version {version}")
    code = QRCode(version, correction.value, border=0, mask_pattern=_MASK)
    code.add_data(QRData(part, mode=MODE_8BIT_BYTE))
    code.make(fit=False)
    return Modules(version, tuple(bytes(map(bool, row)) for row in code.modules))


def animation(encoder: Encoder, version: int, correction: Correction) -> Iterator[Modules]:
    """Yield the symbols of a transfer for as long as anybody looks."""
    return (symbol(part, version, correction) for part in encoder.parts())


def part_size(version: int, correction: Correction = Correction.LOW) -> int:
    """Return how many bytes a symbol carries in byte mode (ISO/IEC 18004 table 7)."""
    length_bits = 8 if version <= 9 else 16
    bits: int = BIT_LIMIT_TABLE[correction.value][version]
    return (bits - _MODE_BITS - length_bits) // 8


def side(version: int) -> int:
    """Return the modules along one side of a symbol, without its quiet zone."""
    return 17 + 4 * version


def version_for_cells(columns: int, rows: int) -> int:
    """Return the largest version that fits a terminal with its quiet zone, two modules a cell high.

    Raises ScreenTooSmall if not even a symbol with room for a part's header and more fits.
    """
    room = min(columns, 2 * rows) - 2 * QUIET_ZONE
    fitting = [
        version
        for version in range(1, MAX_VERSION + 1)
        if side(version) <= room and part_size(version) > 2 * HEADER_SIZE
    ]
    if not fitting:
        raise ScreenTooSmall(f"{columns} x {rows} cells hold no usable QR symbol")
    return fitting[-1]


def read(image: Image) -> tuple[bytes, ...]:
    """Return what the symbols hold that one quick look finds in an image that is not empty."""
    return _contents(
        zxingcpp.read_barcodes(
            image, _FORMATS, try_rotate=False, try_downscale=False, try_invert=False
        )
    )


def read_thoroughly(image: Image) -> tuple[bytes, ...]:
    """Return what the symbols hold that are found by also turning, shrinking and inverting it."""
    return _contents(zxingcpp.read_barcodes(image, _FORMATS))


def _contents(barcodes: list[zxingcpp.Barcode]) -> tuple[bytes, ...]:
    return tuple(barcode.bytes for barcode in barcodes)
