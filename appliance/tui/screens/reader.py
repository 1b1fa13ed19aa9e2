"""Reading page by page. What comes after reading is offered once every page was seen to its end."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Static

from appliance.model.batch import SheetLine, SheetSection
from appliance.tui.glyphs import paintable
from appliance.tui.screens.frame import Frame
from appliance.tui.widgets.sheet import Sheet


class AfterReading(Enum):
    """What people decided."""

    ACCEPT = "accept"
    REJECT = "reject"
    LEAVE = "leave"


@dataclass(frozen=True, slots=True)
class Pages:
    """What there is to read, the words that name it, and what has been seen of it before."""

    heading: str
    sections: tuple[SheetSection, ...]
    words: tuple[str, ...]
    seen: frozenset[int] = frozenset()


class Reader(Frame[AfterReading]):
    """Shows one section at a time; the others cost nothing until they are turned to."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space,pagedown,right", "forward", "Read on", key_display="Space"),
        Binding("pageup,left", "back", "Back", key_display="PgUp"),
        Binding("down", "scroll(1)", "", show=False),
        Binding("up", "scroll(-1)", "", show=False),
        Binding("n", "next_unseen", "Next unseen page", key_display="N"),
    ]

    def __init__(self, pages: Pages) -> None:
        super().__init__(pages.heading)
        self._pages = pages
        self._index = 0
        self.seen = set(pages.seen)

    @property
    def unseen(self) -> int:
        """How many pages have not been seen to their end."""
        return len(self._pages.sections) - len(self.seen)

    def body(self) -> Iterable[Widget]:
        """Yield where we are, the page, and the words of the whole."""
        yield Static("", markup=False, id="title")
        yield Sheet()
        if self._pages.words:
            words = f"Words: {' '.join(map(paintable, self._pages.words))}"
            yield Static(words, markup=False, id="words")

    def on_mount(self) -> None:
        """Open the first page."""
        self.turn_to(0)

    def turn_to(self, index: int) -> None:
        """Show another page from its beginning."""
        self._index = index
        section = self._pages.sections[index]
        self.query_one("#title", Static).update(paintable(section.title))
        self.query_one(Sheet).lines = tuple(
            SheetLine(paintable(line.label), paintable(line.value)) for line in section.lines
        )

    def on_sheet_moved(self, event: Sheet.Moved) -> None:
        """Keep count of what was seen."""
        if event.end and self._index not in self.seen:
            self.seen.add(self._index)
            self.refresh_bindings()
        pages = len(self._pages.sections)
        place = f"page {self._index + 1:,} of {pages:,}, seen {len(self.seen):,}"
        self.set_heading(f"{self._pages.heading}: {place}")
        self.say(self.remark(self.query_one(Sheet).below))

    def remark(self, below: int) -> str:
        """Return what to say about the rest: of this page, then of the others."""
        if below:
            return f"▼ {below:,} more lines on this page"
        if self.unseen:
            pages = "1 page is" if self.unseen == 1 else f"{self.unseen:,} pages are"
            return f"○ {pages} not seen yet"
        return "✓ Every page was seen"

    def offers(self, action: str, _parameters: tuple[object, ...]) -> bool:
        """Offer nothing that ends the reading well before everything was seen."""
        if action == "accept":
            return not self.unseen
        return action != "next_unseen" or bool(self.unseen)

    def action_forward(self) -> None:
        """Read on: the rest of this page, then the next."""
        sheet = self.query_one(Sheet)
        if sheet.below:
            sheet.scroll_rows(max(1, sheet.size.height - 1))
        elif self._index + 1 < len(self._pages.sections):
            self.turn_to(self._index + 1)

    def action_back(self) -> None:
        """Go back: the earlier part of this page, then the page before."""
        sheet = self.query_one(Sheet)
        if sheet.top:
            sheet.scroll_rows(-max(1, sheet.size.height - 1))
        elif self._index:
            self.turn_to(self._index - 1)

    def action_scroll(self, rows: int) -> None:
        """Move within the page."""
        self.query_one(Sheet).scroll_rows(rows)

    def action_next_unseen(self) -> None:
        """Turn to the first page that was not seen to its end."""
        pages = range(len(self._pages.sections))
        self.turn_to(next(index for index in pages if index not in self.seen))

    def action_accept(self) -> None:
        """Go on to what reading leads to."""
        self.answer(AfterReading.ACCEPT)

    def action_leave(self) -> None:
        """Leave; nothing is recorded."""
        self.answer(AfterReading.LEAVE)


class Review(Reader):
    """The review sheet of a batch."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f8", "accept", "Approve", key_display="F8"),
        Binding("f9", "reject", "Reject", key_display="F9"),
        Binding("escape", "leave", "Leave, nothing recorded", key_display="Esc"),
    ]

    def remark(self, below: int) -> str:
        """Add what is missing before anyone can approve."""
        if self.unseen:
            return f"{super().remark(below)}; approving comes after the last"
        return f"{super().remark(below)}: approve or reject"

    def action_reject(self) -> None:
        """Go on to rejecting; possible at any time."""
        self.answer(AfterReading.REJECT)


class Proposal(Reader):
    """The founding proposal."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f8", "accept", "The words agree", key_display="F8"),
        Binding("escape", "leave", "Leave, nothing recorded", key_display="Esc"),
    ]

    def remark(self, below: int) -> str:
        """Add what to do with the words."""
        if self.unseen:
            return super().remark(below)
        return "✓ Every page was seen. Now compare all the words aloud."


class LookUp(Reader):
    """One page of the sheet, read again to answer a question about it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f3,escape", "leave", "Back to the question", key_display="F3"),
    ]

    def __init__(self, pages: Pages, question: str) -> None:
        super().__init__(pages)
        self._question = question

    def remark(self, below: int) -> str:
        """Repeat the question, unless the page goes on."""
        return super().remark(below) if below else f"● {self._question}"
