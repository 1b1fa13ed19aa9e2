"""The keys that do something on this screen, and what they do."""

from textual.binding import Binding
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

GAP = "   "


class KeyBar(Static):
    """Shows the screen's own bindings, so that what is shown and what works cannot differ.

    Every key looks like every other: none is the default, none is recommended.
    """

    def __init__(self) -> None:
        super().__init__(markup=False)

    def on_mount(self) -> None:
        """Follow the screen's bindings."""
        self.screen.bindings_updated_signal.subscribe(self, self._show)

    def on_resize(self) -> None:
        """Break the keys over as many lines as they need."""
        self._show(self.screen)

    def _show(self, screen: Screen[object]) -> None:
        bindings = (active.binding for active in screen.active_bindings.values())
        # Several keys may do the same; the first of them stands for all.
        shown = {one.action: one for one in reversed(tuple(bindings)) if one.show}
        lines = _lines(tuple(reversed(shown.values())), self.content_size.width)
        self.update(Content("\n").join(lines))


def _lines(bindings: tuple[Binding, ...], width: int) -> list[Content]:
    """Keep a key and its words on one line."""
    lines: list[Content] = [Content("")]
    for binding in bindings:
        key = Content.assemble(
            (f" {binding.key_display or binding.key} ", "reverse"), f" {binding.description}"
        )
        if not lines[-1]:
            lines[-1] = key
        elif len(lines[-1]) + len(GAP) + len(key) <= width:
            lines[-1] = lines[-1] + GAP + key
        else:
            lines.append(key)
    return lines
