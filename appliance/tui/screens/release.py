"""A message leaving as an animated QR code, as large as the terminal allows."""

import asyncio
from dataclasses import dataclass, replace
from enum import Enum
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Static

from appliance.model.text import literal
from appliance.tui.desk import Outgoing
from appliance.tui.glyphs import sentence
from appliance.tui.screens.frame import Frame
from appliance.tui.widgets.banner import Banner
from appliance.tui.widgets.key_bar import KeyBar
from appliance.tui.widgets.qr_image import QrImage
from appliance.wire import qr
from appliance.wire.errors import ScreenTooSmall, TransferTooLarge
from appliance.wire.qr import Correction
from appliance.wire.showing import Pace, Show, Shown, step

PANEL = 30
"""Columns that the words beside the code need at least."""
OTHER = {Correction.LOW: Correction.MEDIUM, Correction.MEDIUM: Correction.LOW}


class AfterRelease(Enum):
    """What people do next."""

    DONE = "done"
    SEND = "send"


@dataclass(frozen=True, slots=True)
class Manner:
    """How a message is shown, kept from one time to the next.

    `version` is the densest that people want, None for the largest that fits; `first` is the first
    symbol of the transfer that was not shown yet.
    """

    fps: int
    version: int | None = None
    correction: Correction = Correction.LOW
    first: int = 0


class Release(Frame[AfterRelease]):
    """Shows part after part, those that follow made ahead; a message that fits one is shown still.

    Speed and density change while it runs, and the transfer goes on.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("plus,equals_sign", "speed(1)", "Faster", key_display="+"),
        Binding("minus", "speed(-1)", "Slower", key_display="-"),
        Binding("left_square_bracket", "density(-1)", "Coarser", key_display="["),
        Binding("right_square_bracket", "density(1)", "Denser", key_display="]"),
        Binding("m", "correction", "Sturdier", key_display="M"),
        Binding("space", "words", "Code alone, or words", key_display="Space"),
        Binding("f4", "send", "Send by serial", key_display="F4"),
        Binding("escape,f10", "done", "Done", key_display="Esc"),
    ]

    def __init__(self, outgoing: Outgoing, manner: Manner, said: str = "", *, serial: bool) -> None:
        super().__init__(literal(outgoing.title))
        self._outgoing = outgoing
        self._manner = manner
        self._serial = serial
        self._said = said
        self._pace = Pace(manner.fps)
        self._show: Show | None = None
        self._largest = 0
        self._changed = asyncio.Event()
        # Kept, because they can no longer be asked for while the screen is being taken down.
        self._image = QrImage()
        self._figures = Static("", markup=False, id="figures")

    @property
    def manner(self) -> Manner:
        """How the message is shown by now."""
        first = self._show.first if self._show else self._manner.first
        return replace(self._manner, fps=self._pace.fps, first=first)

    def compose(self) -> ComposeResult:
        """Put the words beside the code, which gets every row there is."""
        with Horizontal():
            with Vertical(id="panel"):
                yield Banner(self.standing)
                yield Static(self._heading, markup=False, id="heading")
                yield Static(self._said, markup=False, id="said")
                words = f"Words: {' '.join(map(literal, self._outgoing.words))}"
                yield Static(words, markup=False, id="words")
                yield self._figures
                yield KeyBar()
            yield self._image

    def on_mount(self) -> None:
        """Begin."""
        self.run_worker(self._play(), name="play")

    def on_resize(self) -> None:
        """Give the code its place and go on with the largest one that fits there."""
        self._lay_out()

    def _lay_out(self) -> None:
        columns, rows = self.app.size
        beside = min(2 * rows, columns - PANEL)
        alone = self.has_class("alone")
        self._image.styles.width = "1fr" if alone else beside
        try:
            self._largest = qr.version_for_cells(columns if alone else beside, rows)
            self._take_up()
        except (ScreenTooSmall, TransferTooLarge) as error:
            self._stop()
            self.say(f"✗ {sentence(error.what)} {error.next}")

    def _take_up(self) -> None:
        """Show the wanted density, as far as it fits; of another cut only where none else does."""
        version = min(self._manner.version or self._largest, self._largest)
        density = (version, self._manner.correction)
        if self._show is None or not self._show.change(*density):
            first = self._show.first if self._show else self._manner.first
            self._stop()
            self._show = Show(self._outgoing.shown, *density, first)
        self._changed.set()
        self.refresh_bindings()

    def _stop(self) -> None:
        if self._show is not None:
            self._show.close()
        self._show = None

    async def _play(self) -> None:
        try:
            while not self.answered.done():
                if self._show is None:
                    await self._change()
                else:
                    await self._play_part(self._show)
        finally:
            self._stop()

    async def _play_part(self, show: Show) -> None:
        clock = asyncio.get_running_loop().time
        self._changed.clear()
        await asyncio.sleep(self._pace.wait(clock()))
        if self._changed.is_set() or self.answered.done():
            return
        shown = await asyncio.wrap_future(show.next())
        self._image.modules = shown.modules
        await self._painted()
        self._pace.shown(clock())
        self._say_part(shown)
        if shown.needed == 1:
            await self._change()

    async def _change(self) -> None:
        """Wait until something else is to be shown, or nothing more."""
        await self._changed.wait()
        self._changed.clear()

    def answer(self, answer: AfterRelease) -> None:
        """Give the one answer; nothing more is shown."""
        self._manner = self.manner
        super().answer(answer)
        self._changed.set()

    async def _painted(self) -> None:
        """Wait until what was changed is on the screen, so that no frame is overtaken."""
        painted = asyncio.Event()
        self.call_after_refresh(painted.set)
        await painted.wait()

    def _say_part(self, shown: Shown) -> None:
        version, correction = shown.modules.version, self._manner.correction
        lines = [
            "One part, shown still."
            if shown.needed == 1
            else f"Part {shown.number:,}; any {shown.needed:,} are enough.",
            f"Version {version}-{correction.value}, at most {self._largest}.",
        ]
        if shown.needed > 1:
            lines.append(f"{self._pace.reached:.1f} of {self._pace.fps} frames a second.")
        self._figures.update("\n".join(lines), layout=False)

    def offers(self, action: str, _parameters: tuple[object, ...]) -> bool:
        """Offer the serial link only where there is one, and speed only to what moves."""
        moves = self._show is not None and self._show.needed > 1
        offered = {"send": self._serial, "speed": moves, "density": bool(self._show)}
        return offered.get(action, True)

    def action_speed(self, by: int) -> None:
        """Show more or fewer frames a second."""
        self._pace.change(by)

    def action_density(self, direction: int) -> None:
        """Go on with smaller or larger symbols."""
        if self._show is not None:
            self._try(step(self._show.version, direction, self._largest), self._manner.correction)

    def action_correction(self) -> None:
        """Go on with symbols that restore more, or less."""
        if self._show is not None:
            self._try(self._show.version, OTHER[self._manner.correction])

    def _try(self, version: int, correction: Correction) -> None:
        """Change the density, unless it is too small for what the transfer is made of."""
        if self._show is not None and self._show.change(version, correction):
            wanted = None if version == self._largest else version
            self._manner = replace(self._manner, version=wanted, correction=correction)
            self._changed.set()
            self.refresh_bindings()

    def action_words(self) -> None:
        """Give the code all of the screen, or put the words beside it again."""
        self.toggle_class("alone")
        self._lay_out()

    def action_send(self) -> None:
        """Send it by serial instead."""
        self.answer(AfterRelease.SEND)

    def action_done(self) -> None:
        """Leave; the message is on record and can be shown again."""
        self.answer(AfterRelease.DONE)
