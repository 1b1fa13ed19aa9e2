"""A QR symbol out of half blocks: two rows of modules a cell, dark on a light ground."""

from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from appliance.wire import qr
from appliance.wire.qr import Modules

DARK_ON_LIGHT = Style(color=Color.from_rgb(0, 0, 0), bgcolor=Color.from_rgb(255, 255, 255))
"""One style for all, whatever the theme: what is light is background, so that a font cannot leave
gaps in it, and a line is one run, so that a frame takes little of the terminal's time."""


class QrImage(Widget):
    """Shows a symbol, as large as it fits, in the middle of a light ground."""

    modules: reactive[Modules | None] = reactive(None)

    def __init__(self) -> None:
        super().__init__()
        self._lines: tuple[str, ...] = ()

    def watch_modules(self) -> None:
        """Draw what is shown now."""
        self._draw()

    def on_resize(self) -> None:
        """Draw it anew in another size."""
        self._draw()

    def _draw(self) -> None:
        modules, size = self.modules, self.size
        if modules is not None:
            scale = qr.scale_for_cells(modules.version, size.width, size.height)
            self._lines = modules.half_blocks(scale)
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Paint two rows of modules."""
        width, height = self.size
        row = y - (height - len(self._lines)) // 2
        line = self._lines[row] if 0 <= row < len(self._lines) else ""
        return Strip([Segment(line.center(width), DARK_ON_LIGHT)], width).crop(0, width)
