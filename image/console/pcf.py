"""X11's Portable Compiled Format, read: where the letters come from.

Only what Terminus needs: one character cell for all glyphs, compressed metrics, two-byte encoding.
"""

import gzip
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from image.console.font import Font, Glyph

_MAGIC = b"\x01fcp"
_ACCELERATORS, _METRICS, _BITMAPS, _ENCODINGS = 1 << 1, 1 << 2, 1 << 3, 1 << 5
_COMPRESSED = 0x100
_MOST_SIGNIFICANT_BYTE_FIRST, _MOST_SIGNIFICANT_BIT_FIRST = 1 << 2, 1 << 3
_ROW_PADDING = 3
_ABSENT = 0xFFFF
_BIAS = 0x80


class NotAFont(Exception):
    """The source is no PCF font of the kind that is read here."""


@dataclass(frozen=True, slots=True)
class _Table:
    """One table of the file, its values in the byte order that its format names."""

    form: int
    data: bytes

    def values(self, form: str, offset: int) -> tuple[int, ...]:
        order = ">" if self.form & _MOST_SIGNIFICANT_BYTE_FIRST else "<"
        return struct.unpack_from(order + form, self.data, offset)


def read(data: bytes) -> Font:
    """Return the font of a PCF file, gzipped or not. Raises NotAFont."""
    try:
        plain = gzip.decompress(data) if data.startswith(b"\x1f\x8b") else data
        return _font(_tables(plain))
    except (struct.error, KeyError, IndexError, OSError, EOFError) as error:
        raise NotAFont(f"the source is not a PCF font that can be read: {error!r}") from None


def _tables(data: bytes) -> dict[int, _Table]:
    if data[:4] != _MAGIC:
        raise NotAFont("the source does not begin as a PCF font does")
    (count,) = struct.unpack_from("<I", data, 4)
    entries = struct.iter_unpack("<4I", data[8 : 8 + 16 * count])
    return {kind: _Table(form, data[at : at + size]) for kind, form, size, at in entries}


def _font(tables: dict[int, _Table]) -> Font:
    ascent, descent = tables[_ACCELERATORS].values("2i", 12)
    height = ascent + descent
    boxes = tuple(_metrics(tables[_METRICS]))
    width = max(box[2] for box in boxes)
    rows = tuple(_rows(tables[_BITMAPS], len(boxes)))
    if len(rows) != len(boxes):
        raise NotAFont("the source has another number of pictures than of characters")
    cells = [
        _cell(drawn, box, ascent, (width, height)) for drawn, box in zip(rows, boxes, strict=True)
    ]
    found = _encodings(tables[_ENCODINGS])
    return Font(width, height, {chr(code): cells[index] for code, index in found})


def _metrics(table: _Table) -> Iterator[tuple[int, ...]]:
    """Yield left bearing, right bearing, width, ascent, descent of each glyph."""
    if not table.form & _COMPRESSED:
        raise NotAFont("the source's metrics are not compressed")
    (count,) = table.values("H", 4)
    for box in struct.iter_unpack("5B", table.data[6 : 6 + 5 * count]):
        yield tuple(value - _BIAS for value in box)


def _rows(table: _Table, count: int) -> Iterator[tuple[bytes, int]]:
    """Yield the padded rows of each glyph, and how many bytes one takes."""
    if not table.form & _MOST_SIGNIFICANT_BIT_FIRST:
        raise NotAFont("the source's pictures have their lowest bit first")
    padding = 1 << (table.form & _ROW_PADDING)
    (found,) = table.values("I", 4)
    starts = table.values(f"{found}I", 8)
    begin = 8 + 4 * found + 16
    for start in starts[:count]:
        yield table.data[begin + start :], padding


def _cell(
    drawn: tuple[bytes, int], box: tuple[int, ...], font_ascent: int, size: tuple[int, int]
) -> Glyph:
    """Put a glyph where it belongs in its cell."""
    data, padding = drawn
    left, right, _, ascent, descent = box
    width, height = size
    stride = -(-max(right - left, 1) // (8 * padding)) * padding
    above = font_ascent - ascent
    inked = [
        int.from_bytes(data[row * stride : (row + 1) * stride], "big")
        >> 8 * stride - (right - left)
        for row in range(ascent + descent)
    ]
    rows = [0] * above + [row << width - right for row in inked]
    return tuple((rows + [0] * height)[:height])


def _encodings(table: _Table) -> Iterator[tuple[int, int]]:
    """Yield code points and the indices of their glyphs."""
    low, high, first, last, _ = table.values("5H", 4)
    columns = high - low + 1
    indices = table.values(f"{columns * (last - first + 1)}H", 14)
    for place, index in enumerate(indices):
        row, column = divmod(place, columns)
        if index != _ABSENT:
            yield (first + row) << 8 | (low + column), index
