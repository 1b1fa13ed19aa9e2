"""Something people must know before going on: said calmly, with what to do next."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Static

from appliance.errors import AirlockError
from appliance.model.batch import SheetLine
from appliance.tui.glyphs import sentence
from appliance.tui.screens.frame import Frame
from appliance.tui.widgets.sheet import Sheet


class AfterTold(Enum):
    """What the person does next."""

    GO_ON = "go on"
    SHOW = "show"
    QUIT = "quit"


@dataclass(frozen=True, slots=True)
class Telling:
    """What to say: a heading, a sentence in plain words, facts, and what else is offered."""

    heading: str
    sentence: str
    lines: tuple[SheetLine, ...]
    offered: frozenset[AfterTold] = frozenset()


class Told(Frame[AfterTold]):
    """Answers once it was read."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f7", "show", "Show the recorded response again", key_display="F7"),
        Binding("enter", "go_on", "Go on", key_display="Enter"),
        Binding("f10", "quit", "Quit", key_display="F10"),
        Binding("escape", "go_on", "", show=False),
        Binding("down,pagedown", "scroll(1)", "", show=False),
        Binding("up,pageup", "scroll(-1)", "", show=False),
    ]

    def __init__(self, telling: Telling) -> None:
        super().__init__(telling.heading)
        self._telling = telling

    def body(self) -> Iterable[Widget]:
        """Yield the sentence and the facts."""
        yield Static(self._telling.sentence, markup=False, classes="ask")
        yield Sheet(self._telling.lines)

    def offers(self, action: str, _parameters: tuple[object, ...]) -> bool:
        """Offer to show a response or to quit only where it makes sense."""
        extra = {"show": AfterTold.SHOW, "quit": AfterTold.QUIT}.get(action)
        return extra is None or extra in self._telling.offered

    def action_show(self) -> None:
        """Show what is on record."""
        self.answer(AfterTold.SHOW)

    def action_quit(self) -> None:
        """Leave the program; the flow asks whether that is meant."""
        self.answer(AfterTold.QUIT)

    def action_go_on(self) -> None:
        """Go on."""
        self.answer(AfterTold.GO_ON)

    def action_scroll(self, rows: int) -> None:
        """Read on."""
        self.query_one(Sheet).scroll_rows(rows)


def problem(error: AirlockError) -> Telling:
    """Return what to say about something that was foreseen and went wrong."""
    return Telling(
        heading="This did not work",
        sentence="The appliance stopped here. Nothing happens until you decide what to do.",
        lines=(
            SheetLine("Error", f"✗ {error.id}"),
            SheetLine("What happened", sentence(error.what)),
            SheetLine("What to do next", f"► {error.next}"),
        ),
        offered=frozenset({AfterTold.QUIT}),
    )
