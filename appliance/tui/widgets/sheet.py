"""Labelled lines, painted exactly as they were digested: whole, wrapped, and never as markup."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from appliance.model.batch import SheetLine

MARKS = {"✓": "sheet--good", "✗": "sheet--bad", "⚠": "sheet--attention"}
ATTENTION = ("ATTENTION", "NOT ON THE WHITELIST", "NO")
GAP = 2
WIDEST = 110
"""Columns beyond which lines get harder to read."""


@dataclass(frozen=True, slots=True)
class Row:
    """One painted row: a piece of a label and a piece of a value, and how they are emphasised."""

    label: str
    value: str
    emphasis: str


class Sheet(Widget):
    """Shows lines from row `top`. Says `EndShown` once its last row has been on screen."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "sheet--label",
        "sheet--value",
        "sheet--good",
        "sheet--bad",
        "sheet--attention",
    }

    lines: reactive[tuple[SheetLine, ...]] = reactive((), always_update=True)
    top: reactive[int] = reactive(0)

    class Moved(Message):
        """Other rows are on screen; `end` says whether the last one is among them."""

        def __init__(self, *, end: bool) -> None:
            super().__init__()
            self.end = end

    def __init__(self, lines: Sequence[SheetLine] = ()) -> None:
        super().__init__()
        self._rows: tuple[Row, ...] = ()
        self._label_width = 0
        self.set_reactive(Sheet.lines, tuple(lines))

    @property
    def below(self) -> int:
        """How many rows are below the screen."""
        return max(0, len(self._rows) - self.top - self.size.height)

    def scroll_rows(self, rows: int) -> None:
        """Move down by `rows` (up if negative), as far as there is something to show."""
        self.top = max(0, min(self.top + rows, len(self._rows) - self.size.height))

    def watch_lines(self) -> None:
        """Lay out other lines from their beginning."""
        self._lay_out()
        self.top = 0
        self._say()

    def watch_top(self) -> None:
        """Say that other rows are shown."""
        self._say()

    def on_resize(self) -> None:
        """Lay out for another width."""
        self._lay_out()
        self.scroll_rows(0)
        self._say()

    def _lay_out(self) -> None:
        width = min(self.size.width, WIDEST)
        if width:
            self._label_width = label_width(self.lines, width)
            self._rows = tuple(lay_out(self.lines, width))
            self.refresh()

    def _say(self) -> None:
        if self.size.height:
            self.post_message(self.Moved(end=self.below == 0))

    def render_line(self, y: int) -> Strip:
        """Paint row `top + y`."""
        value = self.get_component_rich_style("sheet--value")
        if self.top + y >= len(self._rows):
            return Strip.blank(self.size.width, value)
        row = self._rows[self.top + y]
        label = self.get_component_rich_style("sheet--label")
        emphasis = self.get_component_rich_style(row.emphasis)
        column = f"{row.label:<{self._label_width + GAP}}"
        strip = Strip([Segment(column, label), Segment(row.value, emphasis)])
        return strip.adjust_cell_length(self.size.width, value)


def label_width(lines: Sequence[SheetLine], width: int) -> int:
    """Return the columns that labels take: what the longest needs, at most two fifths."""
    longest = max((len(line.label) for line in lines), default=0)
    return min(longest, max(1, width * 2 // 5))


def lay_out(lines: Sequence[SheetLine], width: int) -> Iterator[Row]:
    """Yield the rows of `lines` in `width` columns; nothing is cut."""
    left = label_width(lines, width)
    for line in lines:
        emphasis = _emphasis(line)
        labels = wrap(line.label, max(1, left))
        values = wrap(line.value, max(1, width - left - GAP))
        for at in range(max(len(labels), len(values))):
            label = labels[at] if at < len(labels) else ""
            value = values[at] if at < len(values) else ""
            yield Row(label, value, emphasis)


def _emphasis(line: SheetLine) -> str:
    if line.label.startswith(ATTENTION[0]) or line.value in ATTENTION:
        return "sheet--attention"
    return MARKS.get(line.value[:1], "sheet--value")


def wrap(text: str, width: int) -> list[str]:
    """Break at spaces into pieces of at most `width`; a longer word is broken where it must be.

    Spaces at the beginning are kept, because they are how a sheet indents.
    """
    pieces: list[str] = []
    while len(text) > width:
        space = text.rfind(" ", 1, width + 1)
        at = space if space > 0 and text[:space].strip() else width
        pieces.append(text[:at])
        text = text[at + 1 :] if at == space else text[at:]
    return [*pieces, text]
