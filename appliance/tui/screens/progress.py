"""Something takes a while: how far it is, and whether it can be stopped."""

import asyncio
from collections.abc import Callable, Iterable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

from appliance.model.text import literal
from appliance.tui.desk import CameraSight, Medium, TransferProgress
from appliance.tui.screens.frame import Frame
from appliance.tui.widgets.bar import Bar
from appliance.tui.widgets.preview import Preview
from appliance.wire.sight.hints import Hint

ROOMY = 36
"""Rows of a terminal from which on the picture is shown in full."""
PLACES = {Medium.QR: "by QR", Medium.SERIAL: "by serial"}
ADVICE = {
    Hint.UNPLUGGED: "The camera is gone. Plug it in again; what arrived is kept.",
    Hint.SILENT: "The camera gives no pictures. Wait a moment, or unplug it and plug it in.",
    Hint.UNUSABLE: "The camera gives pictures of no known kind. Take another camera.",
    Hint.BLACK: "The picture is black. Is the lens covered?",
    Hint.TOO_DARK: "Too dark. Make the other screen brighter, or switch on a light.",
    Hint.TOO_BRIGHT: "Too bright. Dim the other screen, or turn it out of the light.",
    Hint.FOREIGN_CODE: "Another kind of code is in view. Show the one of this transfer.",
    Hint.MOVE_CLOSER: "The code is too small in the picture. Move closer.",
    Hint.HOLD_STILL: "The picture is blurred. Hold still; if it stays so, move back a little.",
    Hint.SLOW_DOWN: "Two codes in one picture. Slow the other side down.",
    Hint.NO_CODE: "No code is in view, or it is too far away.",
}


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
        self.show(known.rank, known.needed, "\n".join(figures(known)))

    def action_stop(self) -> None:
        """Ask for the end of it; it stays up until the link has stopped."""
        self.answer(None)
        self.busy("Stopping. What arrived is kept.")


class Filming(Transfer):
    """A message on its way in by camera: what that sees, and what to do if it reads little."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("c", "next_camera", "Next camera", key_display="C"),
    ]

    def __init__(self, heading: str, told: str, next_camera: Callable[[], None]) -> None:
        super().__init__(heading, told)
        self._next_camera = next_camera
        self._cameras = 0

    def body(self) -> Iterable[Widget]:
        """Yield what this is, the bar, and the figures beside the picture."""
        yield Static(self._told, markup=False, classes="ask")
        yield Bar()
        with Horizontal(id="filming"):
            with Vertical():
                yield Static("", markup=False, id="figures")
                yield Static("", markup=False, id="advice")
            yield Preview()

    def on_transfer_progressed(self, event: Transfer.Progressed) -> None:
        """Show what the camera sees, besides what every transfer shows."""
        sight = event.progress.sight
        if sight is None or self.answered.done():
            return
        if sight.picture:
            self.query_one(Preview).picture = sight.picture
        told = f"► {ADVICE[sight.hint]}" if sight.hint else ""
        self.query_one("#advice", Static).update(told)
        if sight.cameras != self._cameras:
            self._cameras = sight.cameras
            self.refresh_bindings()

    def on_resize(self) -> None:
        """Show the picture in full where there is room for it."""
        self.query_one(Preview).set_class(self.app.size.height >= ROOMY, "full")

    def offers(self, action: str, _parameters: tuple[object, ...]) -> bool:
        """Offer another camera only where there is one."""
        return action != "next_camera" or self._cameras > 1

    def action_next_camera(self) -> None:
        """Receive by the next camera."""
        self.run_worker(asyncio.to_thread(self._next_camera), name="next camera")


def figures(known: TransferProgress) -> Iterable[str]:
    """Yield what is known of a transfer, line by line."""
    of = f"{known.needed:,}" if known.needed else "a number not known yet"
    yield f"{known.rank:,} of {of} symbols are across."
    yield f"{known.frames:,} frames seen, {known.lost:,} of them lost or damaged."
    if known.sight is not None:
        yield from _sight(known.sight)
    if known.seconds_left is not None:
        yield f"{duration(known.seconds_left)} to go."


def _sight(sight: CameraSight) -> Iterable[str]:
    if sight.skipped:
        yield f"{sight.skipped:,} frames came too fast to be looked at."
    if sight.bytes_per_second:
        yield f"{sight.bytes_per_second:,} bytes a second."
    yield f"Camera {literal(sight.name)}"


def duration(seconds: int) -> str:
    """Return a time that people wait, in words."""
    if seconds < 1:
        return "Less than a second"
    if seconds < 100:
        return f"About {seconds} s"
    return f"About {-(-seconds // 60):,} min"


def receiving(medium: Medium, next_camera: Callable[[], None]) -> Transfer:
    """Return the screen of a message that is being received."""
    match medium:
        case Medium.QR:
            told = (
                "Hold the coordinator's animated QR code in front of the camera. Losses are"
                " normal: the parts may come in any order, and the code may be shown as long as"
                " needed."
            )
            return Filming(f"Receive {PLACES[medium]}", told, next_camera)
        case Medium.SERIAL:
            told = (
                "Start the transfer at the coordinator. The cable may be plugged in again at any"
                " time; what arrived is kept."
            )
            return Transfer(f"Receive {PLACES[medium]}", told)


def sending(title: str) -> Transfer:
    """Return the screen of a message that is sent over the serial link."""
    told = (
        "Start receiving at the coordinator. It confirms once the message has arrived whole. On a"
        " line with one direction it cannot: stop once people there say that they have it."
    )
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
