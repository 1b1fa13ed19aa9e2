"""A QR symbol out of half blocks: two modules a cell, dark on a light ground."""

from itertools import groupby

from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from appliance.wire.qr import Modules

LIGHT = Color.from_rgb(255, 255, 255)
DARK = Color.from_rgb(0, 0, 0)
ON_LIGHT = Style(color=DARK, bgcolor=LIGHT)
ON_DARK = Style(color=LIGHT, bgcolor=DARK)
CELLS = {
    (0, 0): (" ", ON_LIGHT),
    (1, 0): ("▀", ON_LIGHT),
    (0, 1): ("▄", ON_LIGHT),
    (1, 1): (" ", ON_DARK),
}
"""Whole cells are background, never a glyph: it does not matter if a font's blocks have gaps."""


class QrImage(Widget):
    """Shows a symbol in the middle of a light ground, which is its quiet zone."""

    modules: reactive[Modules | None] = reactive(None)

    def render_line(self, y: int) -> Strip:
        """Paint two rows of modules."""
        width, height = self.size
        if self.modules is None:
            return Strip.blank(width, ON_LIGHT)
        top = (2 * height - self.modules.size) // 2
        left = (width - self.modules.size) // 2
        upper, lower = (row_at(self.modules, 2 * y + half - top) for half in (0, 1))
        pairs = zip(upper, lower, strict=True)
        runs = ((CELLS[pair], len(list(run))) for pair, run in groupby(pairs))
        symbol = [Segment(glyph * count, style) for (glyph, style), count in runs]
        strip = Strip([Segment(" " * left, ON_LIGHT), *symbol], left + self.modules.size)
        return strip.extend_cell_length(width, ON_LIGHT)


def row_at(modules: Modules, y: int) -> bytes:
    """Return row `y`, 1 for a dark module; outside the symbol none is."""
    if 0 <= y < modules.size:
        return modules.rows[y]
    return bytes(modules.size)
