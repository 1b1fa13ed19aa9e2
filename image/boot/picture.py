"""A picture of the machine's screen, and the text on it, by the glyphs of the console's font."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from image.console.font import Font

Pixels = NDArray[np.uint8]
"""Rows x columns x (red, green, blue)."""

UNKNOWN = "\N{REPLACEMENT CHARACTER}"
_HEADER = re.compile(rb"P6\s+(\d+)\s+(\d+)\s+255\s")


def read_ppm(data: bytes) -> Pixels:
    """Return the pixels of a binary PPM, as QEMU writes one. Raises ValueError."""
    match = _HEADER.match(data)
    if match is None:
        raise ValueError("this is no binary PPM of one byte a channel")
    width, height = int(match[1]), int(match[2])
    body = np.frombuffer(data, np.uint8, 3 * width * height, match.end())
    return body.reshape(height, width, 3)


def grey(pixels: Pixels) -> Pixels:
    """Return the picture in grey, as a camera for codes sees it."""
    weights = np.array((299, 587, 114), np.uint32)
    return (pixels.astype(np.uint32) @ weights // 1000).astype(np.uint8)


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads a screen in one font: what each cell's pixels, in two colours, stand for."""

    width: int
    height: int
    characters: dict[bytes, str]

    @classmethod
    def of(cls, font: Font) -> "Reader":
        """Return a reader of text in this font."""
        shapes = {_shape(font, character): character for character in reversed(tuple(font.glyphs))}
        return cls(font.width, font.height, shapes)

    def text(self, pixels: Pixels) -> str:
        """Return the lines of the screen; a cell that shows no glyph is UNKNOWN."""
        return "\n".join("".join(self._line(row)).rstrip() for row in self._cells(pixels))

    def _cells(self, pixels: Pixels) -> NDArray[np.bool_]:
        """Each cell's pixels, true where they differ from its upper left one."""
        rows, columns = pixels.shape[0] // self.height, pixels.shape[1] // self.width
        cut = pixels[: rows * self.height, : columns * self.width].astype(np.uint32)
        colours = cut[..., 0] << 16 | cut[..., 1] << 8 | cut[..., 2]
        cells = colours.reshape(rows, self.height, columns, self.width).swapaxes(1, 2)
        flat = cells.reshape(rows, columns, self.height * self.width)
        differs: NDArray[np.bool_] = flat != flat[..., :1]
        return differs

    def _line(self, row: NDArray[np.bool_]) -> Iterator[str]:
        inked, inverse = np.packbits(row, axis=-1), np.packbits(~row, axis=-1)
        for cell, other, any_ink in zip(inked, inverse, _any_ink(row), strict=True):
            if not any_ink:
                yield " "
            else:
                found = self.characters.get(cell.tobytes())
                yield found or self.characters.get(other.tobytes(), UNKNOWN)


def _any_ink(row: NDArray[np.bool_]) -> list[bool]:
    return [bool(cell.any()) for cell in row]


def _shape(font: Font, character: str) -> bytes:
    bits = [row >> shift & 1 for row in font.glyphs[character] for shift in _shifts(font.width)]
    return np.packbits(np.array(bits, np.bool_)).tobytes()


def _shifts(width: int) -> range:
    return range(width - 1, -1, -1)
