"""A console font in memory."""

from collections.abc import Mapping
from dataclasses import dataclass

Glyph = tuple[int, ...]
"""The rows of a cell from the top, each as many bits as the cell is wide, the left one highest."""


@dataclass(frozen=True, slots=True)
class Font:
    """Cells of one size, and what is drawn in them for each character."""

    width: int
    height: int
    glyphs: Mapping[str, Glyph]
