"""What the camera sees, in half blocks: two greys a cell."""

from itertools import groupby

from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from appliance.wire.sight.preview import HEIGHT, LEVELS, WIDTH

GREYS = tuple(Color.from_rgb(grey, grey, grey) for grey in (0x00, 0x55, 0xAA, 0xFF))
"""The four greys among a console's sixteen colours."""
UPPER = "▀"

Cell = tuple[int, int]
"""The greys of a cell's upper and lower half."""


class Preview(Widget):
    """Shows a picture of HEIGHT rows of WIDTH greys, as large as there is room for.

    Halves that a console of eight colours could not tell apart are painted as one.
    """

    picture: reactive[bytes] = reactive(b"")

    def render_line(self, y: int) -> Strip:
        """Paint two rows of greys; anything that is no picture is black."""
        width, rows = self.size.width, 2 * self.size.height
        across = [column * WIDTH // width for column in range(width)]
        upper, lower = (self._row(half * HEIGHT // rows) for half in (2 * y, 2 * y + 1))
        cells = ((upper[place], lower[place]) for place in across)
        return Strip([_segment(cell, len(list(run))) for cell, run in groupby(cells)], width)

    def _row(self, row: int) -> bytes:
        if len(self.picture) != WIDTH * HEIGHT:
            return bytes(WIDTH)
        return self.picture[WIDTH * row : WIDTH * (row + 1)]


def _segment(cell: Cell, count: int) -> Segment:
    above, below = (min(grey, LEVELS - 1) for grey in cell)
    if above // 2 == below // 2:
        return Segment(" " * count, Style(bgcolor=GREYS[max(above, below)]))
    return Segment(UPPER * count, Style(color=GREYS[above], bgcolor=GREYS[below]))
