"""Something takes a while: how far it is, and whether it can be stopped."""

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

from appliance.model.text import literal
from appliance.tui.desk import Medium, TransferProgress
from appliance.tui.screens.frame import Frame
from appliance.tui.widgets.bar import Bar

PLACES = {Medium.QR: "by QR", Medium.SERIAL: "by serial"}


class Progress(Frame[None]):
    """Shows a bar and what is known. `show` may be called in the app's thread only."""

    def __init__(self, heading: str, told: str) -> None:
        super().__init__(heading)
        self._told = told

    def body(self) -> Iterable[Widget]:
        """Yield what this is, the bar, and the figures."""
        yield Static(self._told, markup=False, classes="ask")
        yield Bar()
        yield Static("", markup=False, id="figures")

    def show(self, done: int, of: int, figures: str) -> None:
        """Show how far it is."""
        bar = self.query_one(Bar)
        bar.done, bar.of = done, of
        self.query_one("#figures", Static).update(figures)


class Transfer(Progress):
    """A message on its way in or out. Esc stops it; the flow hears of it by the answer."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "stop", "Stop", key_display="Esc"),
    ]

    class Progressed(Message):
        """More of the message is across."""

        def __init__(self, progress: TransferProgress) -> None:
            super().__init__()
            self.progress = progress

    def report(self, progress: TransferProgress) -> None:
        """Take a report, from any thread."""
        self.post_message(self.Progressed(progress))

    def on_transfer_progressed(self, event: Progressed) -> None:
        """Show what was reported, and nothing else."""
        known = event.progress
        of = f"{known.needed:,}" if known.needed else "a number not known yet"
        figures = (
            f"{known.rank:,} of {of} parts are across."
            f"\n{known.frames:,} frames seen, {known.lost:,} of them lost or damaged."
        )
        self.show(known.rank, known.needed, figures)

    def action_stop(self) -> None:
        """Ask for the end of it; it stays up until the link has stopped."""
        self.answer(None)
        self.busy("Stopping. What arrived is kept.")


def receiving(medium: Medium) -> Transfer:
    """Return the screen of a message that is being received."""
    told = {
        Medium.QR: "Hold the coordinator's animated QR code in front of the camera. Losses are"
        " normal: the parts may come in any order, and the code may be shown as long as needed.",
        Medium.SERIAL: "Start the transfer at the coordinator. The cable may be plugged in again"
        " at any time; what arrived is kept.",
    }
    return Transfer(f"Receive {PLACES[medium]}", told[medium])


def sending(title: str) -> Transfer:
    """Return the screen of a message that is sent over the serial link."""
    told = "Start receiving at the coordinator. It confirms once the message has arrived whole."
    return Transfer(f"Send by serial: {literal(title)}", told)


class Signing(Progress):
    """The HSM is signing `what`. It cannot be left: what was begun must end up in the journal."""

    class Advanced(Message):
        """More digests are signed."""

        def __init__(self, done: int, of: int) -> None:
            super().__init__()
            self.done = done
            self.of = of

    def __init__(self, what: str, approved: str = "") -> None:
        told = (
            f"{approved}The HSM signs, every signature is verified, and all are put on record."
            " Please wait and leave everything connected; this screen cannot be left."
        )
        super().__init__(f"Signing {what}", told)

    def report(self, done: int, of: int) -> None:
        """Take a report, from any thread."""
        self.post_message(self.Advanced(done, of))

    def on_signing_advanced(self, event: Advanced) -> None:
        """Show how many digests are signed."""
        self.show(event.done, event.of, f"{event.done:,} of {event.of:,} digests are signed.")
