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
from appliance.tui.screens.frame import Frame
from appliance.tui.widgets.banner import Banner
from appliance.tui.widgets.key_bar import KeyBar
from appliance.tui.widgets.qr_image import QrImage
from appliance.wire import qr
from appliance.wire.errors import ScreenTooSmall, TransferTooLarge
from appliance.wire.fountain import MAX_PART_NUMBER, Encoder

PANEL = 30
"""Columns for the words beside the code."""
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

    def compose(self) -> ComposeResult:
        """Put the words beside the code, which gets every row there is."""
        with Horizontal():
            with Vertical(id="panel"):
                yield Banner(self.standing)
                yield Static(self._heading, markup=False, id="heading")
                words = f"Words: {' '.join(map(literal, self._outgoing.words))}"
                yield Static(words, markup=False, id="words")
                yield Static("", markup=False, id="figures")
                yield Static(self._said, markup=False, id="said")
                yield KeyBar()
            yield QrImage()

    def on_resize(self) -> None:
        """Begin anew with the largest code that fits now."""
        self.run_worker(self._play(), name="play", exclusive=True)

    async def _play(self) -> None:
        area = self.app.size
        try:
            version = qr.version_for_cells(area.width - PANEL, area.height)
            encoder = Encoder(self._outgoing.message, qr.part_size(version))
        except (ScreenTooSmall, TransferTooLarge) as error:
            self.say(f"✗ {error.what}. {error.next}")
            return
        clock = asyncio.get_running_loop().time
        due = clock()
        for number in range(MAX_PART_NUMBER):
            modules = await asyncio.to_thread(_symbol, encoder, number, version)
            await asyncio.sleep(due - clock())
            self.query_one(QrImage).modules = modules
            self._say_part(number + 1, encoder.transfer.symbols)
            if encoder.transfer.symbols == 1:
                return
            due = max(due + 1 / self.fps, clock())

    def _say_part(self, number: int, needed: int) -> None:
        if needed == 1:
            figures = "One part, shown still."
        else:
            figures = f"Part {number:,}; any {needed:,} are enough.\n{self.fps} frames a second."
        self.query_one("#figures", Static).update(figures)

    def offers(self, action: str, _parameters: tuple[object, ...]) -> bool:
        """Offer the serial link only where there is one."""
        return action != "send" or self._serial

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
