"""Part ↔ QR symbol (ISO/IEC 18004): byte mode, a given version, one fixed mask.

The mask is fixed because the search for the best one costs several times the rest, and parts are
random enough to read equally well under any. zxing-cpp draws the symbols: the same ones, module for
module, as the library `qrcode`, which takes thirty times as long.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

import numpy as np
import zxingcpp
from numpy.typing import NDArray
from qrcode.constants import ERROR_CORRECT_L, ERROR_CORRECT_M
from qrcode.util import BIT_LIMIT_TABLE

from appliance.wire.errors import ScreenTooSmall
from appliance.wire.fountain import HEADER_SIZE, Encoder

QUIET_ZONE = 4
"""Light modules that a symbol needs on every side."""
MAX_VERSION = 40

_MASK = 3
_MODE_BITS = 4
_BLOCKS = {0: " ", 1: "\N{UPPER HALF BLOCK}", 2: "\N{LOWER HALF BLOCK}", 3: "\N{FULL BLOCK}"}

Image = NDArray[np.uint8]
"""A grey image: rows x columns, 0 black to 255 white."""


class Correction(Enum):
    """Error correction levels by what can be restored: L 7 %, M 15 % of the codewords."""

    LOW = "L"
    MEDIUM = "M"


_LEVELS = {Correction.LOW: ERROR_CORRECT_L, Correction.MEDIUM: ERROR_CORRECT_M}


@dataclass(frozen=True, slots=True)
class Modules:
    """A symbol without its quiet zone: one byte a module, 1 dark and 0 light."""

    version: int
    rows: tuple[bytes, ...]

    @property
    def size(self) -> int:
        """Modules along one side."""
        return len(self.rows)

    def half_blocks(self, scale: int = 1) -> tuple[str, ...]:
        """Return the symbol with its quiet zone as lines of text to be painted dark on light.

        A character stands for two rows; each module takes `scale` columns and rows.
        """
        grid = np.frombuffer(b"".join(self.rows), np.uint8).reshape(self.size, self.size)
        framed = np.pad(grid, QUIET_ZONE).repeat(scale, axis=0).repeat(scale, axis=1)
        if len(framed) % 2:
            framed = np.pad(framed, ((0, 1), (0, 0)))
        cells = framed[::2] + 2 * framed[1::2]
        return tuple(row.tobytes().decode("ascii").translate(_BLOCKS) for row in cells)


def symbol(part: bytes, version: int, correction: Correction = Correction.LOW) -> Modules:
    """Return the symbol of a part. Raises ValueError if the part does not fit: a caller's mistake.

    About 1 ms for version 27.
    """
    if len(part) > part_size(version, correction):
        raise ValueError(f"{len(part)} bytes do not fit a symbol of version {version}")
    return drawn(part, version, correction)


def drawn(content: bytes, version: int, correction: Correction) -> Modules:
    """Return the symbol of any bytes that fit one, in the modes that take the least room."""
    # An ECI of 0 is none. Otherwise bytes are announced as binary, which takes two of them and is
    # not understood everywhere.
    made = zxingcpp.create_barcode(
        content,
        zxingcpp.BarcodeFormat.QRCode,
        version=version,
        dataMask=_MASK,
        ecLevel=correction.value,
        eci="0",
    )
    dark = np.asarray(made.to_image(scale=1, add_quiet_zones=False)) == 0
    return Modules(version, tuple(row.tobytes() for row in dark.astype(np.uint8)))


def animation(encoder: Encoder, version: int, correction: Correction) -> Iterator[Modules]:
    """Yield the symbols of a transfer for as long as anybody looks."""
    return (symbol(part, version, correction) for part in encoder.parts())


def part_size(version: int, correction: Correction = Correction.LOW) -> int:
    """Return how many bytes a symbol carries in byte mode (ISO/IEC 18004 table 7)."""
    length_bits = 8 if version <= 9 else 16
    return (room_bits(version, correction) - length_bits) // 8


def room_bits(version: int, correction: Correction) -> int:
    """Return how many bits a symbol holds for the length of its content, and for that."""
    bits: int = BIT_LIMIT_TABLE[_LEVELS[correction]][version]
    return bits - _MODE_BITS


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


def scale_for_cells(version: int, columns: int, rows: int) -> int:
    """Return how many half cells a module may take each way, at least one."""
    return max(1, min(columns, 2 * rows) // (side(version) + 2 * QUIET_ZONE))
