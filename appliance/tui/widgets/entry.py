"""The one place where people type: a line of printable ASCII, with its cursor at the end."""

from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

MASK = "*"


class Entry(Widget, can_focus=True):
    """A line that takes keystrokes and nothing else: no clipboard, no history, no mouse.

    A passphrase is painted as one star a character. Letters beyond ASCII are not taken, because a
    console and a coordinator's keyboard may encode them differently.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {"entry--text", "entry--cursor"}

    text: reactive[str] = reactive("")

    class Submitted(Message):
        """Enter was pressed on `text`."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    def __init__(self, *, masked: bool, limit: int) -> None:
        super().__init__()
        self._masked = masked
        self._limit = limit

    def on_key(self, event: events.Key) -> None:
        """Take a printable key, Backspace, Ctrl+U or Enter; leave others to the screen."""
        character = event.character or ""
        if event.key == "enter":
            self.post_message(self.Submitted(self.text))
        elif event.key == "backspace":
            self.text = self.text[:-1]
        elif event.key == "ctrl+u":
            self.text = ""
        elif len(character) == 1 and " " <= character <= "~":
            self.text = (self.text + character)[: self._limit]
        else:
            return
        event.stop()

    def on_paste(self, event: events.Paste) -> None:
        """Take nothing that was not typed."""
        event.stop()

    def render_line(self, y: int) -> Strip:
        """Paint the end of the line, which is where typing happens."""
        text = self.get_component_rich_style("entry--text", partial=False)
        if y:
            return Strip.blank(self.size.width, text)
        shown = MASK * len(self.text) if self._masked else self.text
        shown = shown[-(self.size.width - 1) :]
        cursor = self.get_component_rich_style("entry--cursor") if not self.disabled else Style()
        segments = [Segment(shown, text), Segment(" ", text + cursor)]
        return Strip(segments, len(shown) + 1).extend_cell_length(self.size.width, text)
