"""A refused batch: every finding, those that refuse first, each with its next step."""

from collections.abc import Iterable, Iterator
from enum import Enum
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Static

from appliance.model.batch import SheetLine
from appliance.model.text import literal
from appliance.tui.desk import RefusalToShow
from appliance.tui.screens.frame import Frame
from appliance.tui.widgets.sheet import Sheet
from appliance.wire.messages import Finding
from appliance.wire.terms import Severity

ORDER = (Severity.REFUSE, Severity.ATTENTION, Severity.INFO)
SAYS = {
    Severity.REFUSE: "✗ refuses",
    Severity.ATTENTION: "⚠ asks for attention",
    Severity.INFO: "● informs",
}


class AfterRefusal(Enum):
    """What becomes of the refusal."""

    RECORD = "record"
    LEAVE = "leave"


class Refused(Frame[AfterRefusal]):
    """Answers whether the refusal is recorded and shown to the coordinator."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f3", "record", "Record the refusal and show it", key_display="F3"),
        Binding("enter", "record", "", show=False),
        Binding("down", "scroll(1)", "", show=False),
        Binding("up", "scroll(-1)", "", show=False),
        Binding("pagedown,space", "page(1)", "Read on", key_display="Space"),
        Binding("pageup", "page(-1)", "Back", key_display="PgUp"),
        Binding("escape", "leave", "Leave, nothing recorded", key_display="Esc"),
    ]

    def __init__(self, refusal: RefusalToShow) -> None:
        super().__init__(f"Batch {literal(refusal.batch)} is REFUSED")
        self._refusal = refusal

    def body(self) -> Iterable[Widget]:
        """Yield the verdict and every finding."""
        refusing = sum(one.severity is Severity.REFUSE for one in self._refusal.findings)
        yield Static(
            f"✗ The appliance refuses this batch for {_reasons(refusing)}."
            " Nothing of it can be signed.",
            markup=False,
            classes="ask",
        )
        yield Sheet(tuple(finding_lines(self._refusal)))

    def on_sheet_moved(self, event: Sheet.Moved) -> None:
        """Say whether there is more below."""
        more = f"▼ {self.query_one(Sheet).below:,} more lines below"
        self.say("" if event.end else more)

    def action_record(self) -> None:
        """Put it on record."""
        self.answer(AfterRefusal.RECORD)

    def action_leave(self) -> None:
        """Leave it unrecorded."""
        self.answer(AfterRefusal.LEAVE)

    def action_scroll(self, rows: int) -> None:
        """Read on, line by line."""
        self.query_one(Sheet).scroll_rows(rows)

    def action_page(self, pages: int) -> None:
        """Read on, screen by screen."""
        sheet = self.query_one(Sheet)
        sheet.scroll_rows(pages * max(1, sheet.size.height - 1))


def _reasons(count: int) -> str:
    return "1 reason" if count == 1 else f"{count:,} reasons"


def finding_lines(refusal: RefusalToShow) -> Iterator[SheetLine]:
    """Yield every finding with its next step, in order of weight."""
    steps = dict(refusal.next_steps)
    for finding in sorted(refusal.findings, key=lambda one: ORDER.index(one.severity)):
        yield from _lines(finding, steps.get(finding.rule, ""))


def _lines(finding: Finding, step: str) -> Iterator[SheetLine]:
    yield SheetLine(literal(finding.rule), SAYS[finding.severity])
    if finding.where:
        yield SheetLine("  where", literal(finding.where))
    yield SheetLine("  what", literal(finding.message))
    if step:
        yield SheetLine("  next", f"► {literal(step)}")
    yield SheetLine("", "")
