"""PC Screen Font 2: the console's own format, written and read.

Header of eight 32-bit little-endian words (magic, version, size of the header, flags, number of
glyphs, bytes of a glyph, height, width), the glyphs by position, then for each the characters it is
for, in UTF-8, ended by 0xFF. Source: the kbd project's description of PSF2.
"""

import struct
from collections.abc import Sequence

from image.console.font import Font, Glyph

GLYPHS = 512
"""What the Linux console holds at most. More than 256 cost it the eight bright colours."""

_MAGIC = 0x864AB572
_HEADER = struct.Struct("<8I")
_HAS_TABLE = 1
_END = b"\xff"


def write(font: Font, positions: Sequence[str]) -> bytes:
    """Return the file that holds these characters of a font, in this order.

    Raises KeyError for a character that the font lacks.
    """
    stride = -(-font.width // 8)
    shift = 8 * stride - font.width
    drawn = b"".join(
        (row << shift).to_bytes(stride, "big") for one in positions for row in font.glyphs[one]
    )
    table = b"".join(one.encode() + _END for one in positions)
    header = _HEADER.pack(
        *(_MAGIC, 0, _HEADER.size, _HAS_TABLE, len(positions)),
        *(stride * font.height, font.height, font.width),
    )
    return header + drawn + table


def read(data: bytes) -> Font:
    """Return the font in a file that `write` made. Raises ValueError."""
    magic, version, start, flags, count, size, height, width = _HEADER.unpack_from(data)
    if (magic, version, flags) != (_MAGIC, 0, _HAS_TABLE):
        raise ValueError("this is not a PSF2 font with a table of characters")
    names = data[start + count * size :].split(_END)[:count]
    cells = [_glyph(data[start + at * size :][:size], width, height) for at in range(count)]
    glyphs = {
        character: cell
        for name, cell in zip(names, cells, strict=True)
        for character in name.decode()
    }
    return Font(width, height, glyphs)


def _glyph(data: bytes, width: int, height: int) -> Glyph:
    stride = len(data) // height
    rows = (data[at : at + stride] for at in range(0, len(data), stride))
    return tuple(int.from_bytes(row, "big") >> 8 * stride - width for row in rows)
