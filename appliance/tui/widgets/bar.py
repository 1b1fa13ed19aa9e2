"""How far something is, as a bar and in numbers."""

from rich.segment import Segment
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

FULL = "█"
EMPTY = "░"
SHARE_WIDTH = 6


class Bar(Widget):
    """Paints `done` of `of`. It never shows more than is true: 100 % only when all is done."""

    done: reactive[int] = reactive(0)
    of: reactive[int] = reactive(0)

    def render_line(self, y: int) -> Strip:
        """Paint the bar and its percentage."""
        style = self.rich_style
        if y:
            return Strip.blank(self.size.width, style)
        width = max(1, self.size.width - SHARE_WIDTH)
        full = width * self.done // self.of if self.of else 0
        share = 100 * self.done // self.of if self.of else 0
        text = f"{FULL * full}{EMPTY * (width - full)}{share:>4} %"
        return Strip([Segment(text, style)]).adjust_cell_length(self.size.width, style)
