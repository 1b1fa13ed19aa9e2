"""A message leaving as an animated QR code, as large as the terminal allows."""

import asyncio
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
from appliance.wire.fountain import MAX_PART_NUMBER, Encoder

PANEL = 30
"""Columns that the words beside the code need at least."""
SLOWEST, FASTEST = 1, 30


class AfterRelease(Enum):
    """What people do next."""

    DONE = "done"
    SEND = "send"


class Release(Frame[AfterRelease]):
    """Shows part after part, the next one prepared while one is shown.

    A message that fits into one part is shown still.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("plus,equals_sign", "speed(1)", "Faster", key_display="+"),
        Binding("minus", "speed(-1)", "Slower", key_display="-"),
        Binding("f4", "send", "Send by serial", key_display="F4"),
        Binding("escape,f10", "done", "Done", key_display="Esc"),
    ]

    def __init__(self, outgoing: Outgoing, fps: int, said: str = "", *, serial: bool) -> None:
        super().__init__(literal(outgoing.title))
        self.fps = fps
        self._outgoing = outgoing
        self._serial = serial
        self._said = said
        self._moves = False

    def compose(self) -> ComposeResult:
        """Put the words beside the code, which gets every row there is."""
        with Horizontal():
            with Vertical(id="panel"):
                yield Banner(self.standing)
                yield Static(self._heading, markup=False, id="heading")
                yield Static(self._said, markup=False, id="said")
                words = f"Words: {' '.join(map(literal, self._outgoing.words))}"
                yield Static(words, markup=False, id="words")
                yield Static("", markup=False, id="figures")
                yield KeyBar()
            yield QrImage()

    def on_resize(self) -> None:
        """Begin anew with the largest code that fits now, on a square ground."""
        self.query_one(QrImage).styles.width = self._columns
        self.run_worker(self._play(), name="play", exclusive=True)

    @property
    def _columns(self) -> int:
        """Columns for the code: as many as make it square, if the words have enough left."""
        columns, rows = self.app.size
        return min(2 * rows, columns - PANEL)

    async def _play(self) -> None:
        try:
            version = qr.version_for_cells(self._columns, self.app.size.height)
            encoder = Encoder(self._outgoing.message, qr.part_size(version))
        except (ScreenTooSmall, TransferTooLarge) as error:
            self.say(f"✗ {sentence(error.what)} {error.next}")
            return
        self._moves = encoder.transfer.symbols > 1
        self.refresh_bindings()
        clock = asyncio.get_running_loop().time
        due = clock()
        for number in range(MAX_PART_NUMBER):
            modules = await asyncio.to_thread(_symbol, encoder, number, version)
            await asyncio.sleep(due - clock())
            if self.answered.done():
                return
            self.query_one(QrImage).modules = modules
            self._say_part(number + 1, encoder.transfer.symbols)
            if not self._moves:
                return
            due = max(due + 1 / self.fps, clock())

    def _say_part(self, number: int, needed: int) -> None:
        if needed == 1:
            figures = "One part, shown still."
        else:
            figures = (
                f"Part {number:,}; any {needed:,} are enough.\nUp to {self.fps} frames a second."
            )
        self.query_one("#figures", Static).update(figures)

    def offers(self, action: str, _parameters: tuple[object, ...]) -> bool:
        """Offer the serial link only where there is one, and speed only to what moves."""
        offered = {"send": self._serial, "speed": self._moves}
        return offered.get(action, True)

    def action_speed(self, step: int) -> None:
        """Show more or fewer parts a second."""
        self.fps = min(FASTEST, max(SLOWEST, self.fps + step))

    def action_send(self) -> None:
        """Send it by serial instead."""
        self.answer(AfterRelease.SEND)

    def action_done(self) -> None:
        """Leave; the message is on record and can be shown again."""
        self.answer(AfterRelease.DONE)


def _symbol(encoder: Encoder, number: int, version: int) -> qr.Modules:
    return qr.symbol(encoder.part(number), version)
