"""How things stand, and what can be done now."""

from collections.abc import Iterable, Iterator
from enum import Enum
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Static

from appliance.model.batch import SheetLine
from appliance.model.text import grouped, literal
from appliance.tui.desk import Medium, Standing
from appliance.tui.screens.frame import Frame
from appliance.tui.widgets.sheet import Sheet


class Choice(Enum):
    """What can be done from here."""

    OPEN_SESSION = "open_session"
    RECEIVE_QR = "receive_qr"
    RECEIVE_SERIAL = "receive_serial"
    RESUME = "resume"
    BURN = "burn"
    SHOW_AGAIN = "show_again"
    CLOSE_SESSION = "close_session"
    SHOW_WALLET = "show_wallet"
    QUIT = "quit"


class Idle(Frame[Choice]):
    """Answers what the person wants to do."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f2", "choose('open_session')", "Open session", key_display="F2"),
        Binding("f3", "choose('receive_qr')", "Receive by QR", key_display="F3"),
        Binding("f4", "choose('receive_serial')", "Receive by serial", key_display="F4"),
        Binding("f5", "choose('resume')", "Resume batch", key_display="F5"),
        Binding("f6", "choose('burn')", "Burn batch", key_display="F6"),
        Binding("f7", "choose('show_again')", "Show last response", key_display="F7"),
        Binding("f8", "choose('close_session')", "Close session", key_display="F8"),
        Binding("f9", "choose('show_wallet')", "Show wallet", key_display="F9"),
        Binding("f10", "choose('quit')", "Quit", key_display="F10"),
        Binding("down,pagedown", "scroll(1)", "", show=False),
        Binding("up,pageup", "scroll(-1)", "", show=False),
    ]

    def __init__(self, standing: Standing, last: str = "") -> None:
        super().__init__("How things stand")
        self._facts = standing
        self._last = last

    def body(self) -> Iterable[Widget]:
        """Yield the facts, and one sentence about what to do next."""
        yield Sheet(tuple(facts(self._facts)))
        yield Static(f"► {next_step(self._facts)}", markup=False, classes="next")

    def on_mount(self) -> None:
        """Say what the last errand came to."""
        if self._last:
            self.say(f"● {self._last}")

    def offers(self, action: str, parameters: tuple[object, ...]) -> bool:
        """Offer only what is possible as things stand."""
        return action != "choose" or Choice(parameters[0]) in choices(self._facts)

    def action_choose(self, choice: str) -> None:
        """Go and do it."""
        self.answer(Choice(choice))

    def action_scroll(self, rows: int) -> None:
        """Read on where the console is too small for everything."""
        self.query_one(Sheet).scroll_rows(rows)

    def on_key(self, event: events.Key) -> None:
        """Say which keys do something, to whoever presses one that does not."""
        if event.is_printable or event.key == "enter":
            self.say("● Nothing happened. The keys that do something are in the last line.")


def choices(standing: Standing) -> frozenset[Choice]:
    """Return what is possible as things stand.

    A founded appliance works in an open session only: before, its journal was not compared with
    the HSM, so that nothing it would say about a batch could be relied on.
    """
    ready = standing.open or not standing.founded
    interrupted = standing.open and standing.interrupted is not None
    possible = {
        Choice.QUIT: True,
        Choice.RECEIVE_QR: ready and Medium.QR in standing.links,
        Choice.RECEIVE_SERIAL: ready and Medium.SERIAL in standing.links,
        Choice.OPEN_SESSION: standing.founded and not standing.open,
        Choice.CLOSE_SESSION: standing.founded and (standing.open or bool(standing.present)),
        Choice.RESUME: interrupted,
        Choice.BURN: interrupted and not standing.interrupted_signed,
        Choice.SHOW_AGAIN: standing.last_response is not None,
        Choice.SHOW_WALLET: standing.founded and standing.open,
    }
    return frozenset(choice for choice, is_possible in possible.items() if is_possible)


def facts(standing: Standing) -> Iterator[SheetLine]:
    """Yield how things stand, a line each; what needs attention is marked."""
    if standing.notice:
        yield SheetLine("Notice", f"⚠ {literal(standing.notice)}")
    if not standing.founded:
        yield SheetLine("Founded", "○ not yet")
        names = ", ".join(map(literal, standing.enrolled)) or "nobody yet"
        yield SheetLine("Signers enrolled", names)
        return
    yield SheetLine("Appliance", grouped(literal(standing.appliance)))
    yield SheetLine("Session", _session(standing))
    yield SheetLine("Journal", _journal(standing))
    yield SheetLine("  entries", f"{standing.journal_entries:,}")
    yield SheetLine("  head", " ".join(map(literal, standing.journal_words)))
    if standing.interrupted is not None:
        yield from _interrupted(literal(standing.interrupted), signed=standing.interrupted_signed)
    shown = "on record" if standing.last_response else "none yet"
    yield SheetLine("Last response", shown)


def _session(standing: Standing) -> str:
    present = ", ".join(map(literal, standing.present)) or "nobody yet"
    count = f"{len(standing.present)} of {standing.needed} signers present: {present}"
    return f"● open, {count}" if standing.open else f"○ closed, {count}"


def _journal(standing: Standing) -> str:
    if standing.compared:
        return "✓ compared with the HSM"
    return "⚠ NOT YET compared with the HSM; opening a session does it"


def _interrupted(batch: str, *, signed: bool) -> Iterator[SheetLine]:
    yield SheetLine("Interrupted", f"⚠ the signing of batch {batch} was interrupted")
    if signed:
        yield SheetLine("  resume", "its signatures are on record; finish it and show them")
        return
    yield SheetLine("  resume", "sign the same digests again, and no others")
    yield SheetLine("  burn", "give it up for ever; its inputs and nonces stay reserved")


def next_step(standing: Standing) -> str:
    """Return one sentence about what to do next."""
    if not standing.founded:
        return "Receive the founding proposal that operations made for this appliance."
    if not standing.open:
        missing = max(0, standing.needed - len(standing.present))
        return f"Open the session: {missing} more of the signers must be present."
    if standing.interrupted is not None:
        return "Finish the interrupted batch: nothing else can be signed before."
    return "Ready. Receive a batch from the coordinator."
