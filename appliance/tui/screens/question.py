"""One question, one line to type the answer in."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import Enum
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Static

from appliance.tui.screens.frame import Frame
from appliance.tui.widgets.entry import Entry

MAX_TYPED = 256


class Aside(Enum):
    """Instead of an answer, the person wants to read the place in question again."""

    READ_AGAIN = "read again"


@dataclass(frozen=True, slots=True)
class Asking:
    """What to ask. `check` returns a complaint in one sentence, or nothing if the answer will do.

    `told` is what people should know first, a line each. `complaint` is about the last attempt.
    """

    heading: str
    told: tuple[str, ...]
    ask: str
    check: Callable[[str], str | None]
    masked: bool = False
    complaint: str = ""
    aside: bool = False

    def again(self, complaint: str) -> "Asking":
        """Return the same question with a complaint about the last answer."""
        return replace(self, complaint=complaint)


def typed_word(word: str) -> Callable[[str], str | None]:
    """Return a check that takes exactly `word`."""

    def check(text: str) -> str | None:
        return None if text.strip() == word else f"Type the word {word} in full, or leave with Esc."

    return check


def anything(text: str) -> str | None:
    """Take every answer but an empty one."""
    return None if text.strip() else "Nothing was typed."


class Question(Frame[str | Aside | None]):
    """Answers what was typed once it passes the check; None when the person leaves."""

    AUTO_FOCUS: ClassVar[str | None] = "Entry"
    BINDINGS: ClassVar[list[BindingType]] = [
        # Enter is the entry's own; it stands here to be shown.
        Binding("enter", "nothing", "Continue", key_display="Enter"),
        Binding("f3", "read_again", "Read it in the sheet", key_display="F3"),
        Binding("escape", "leave", "Leave", key_display="Esc"),
    ]

    def __init__(self, asking: Asking) -> None:
        super().__init__(asking.heading)
        self._asking = asking

    def body(self) -> Iterable[Widget]:
        """Yield what to know, the question, and the line to type in."""
        yield Static("\n".join(self._asking.told), markup=False, classes="told")
        yield Static(self._asking.ask, markup=False, classes="ask")
        yield Entry(masked=self._asking.masked, limit=MAX_TYPED)

    def on_mount(self) -> None:
        """Say what was wrong with the last answer."""
        if self._asking.complaint:
            self.complain(self._asking.complaint)

    @on(Entry.Submitted)
    def check_answer(self, event: Entry.Submitted) -> None:
        """Take the answer, or say what is wrong with it."""
        complaint = self._asking.check(event.text)
        if complaint is None:
            self.answer(event.text)
        else:
            self.query_one(Entry).text = ""
            self.complain(complaint)

    def complain(self, complaint: str) -> None:
        """Say what is wrong."""
        self.say(f"✗ {complaint}")

    def busy(self, doing: str) -> None:
        """Take no more keystrokes while something is being done."""
        self.query_one(Entry).disabled = True
        super().busy(doing)

    def offers(self, action: str, _parameters: tuple[object, ...]) -> bool:
        """Offer the sheet only where the question is about it."""
        return action != "read_again" or self._asking.aside

    def action_read_again(self) -> None:
        """Go and read the place in question."""
        self.answer(Aside.READ_AGAIN)

    def action_leave(self) -> None:
        """Leave without an answer."""
        self.answer(None)
