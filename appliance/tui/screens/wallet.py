"""A wallet's public side as QR codes, one descriptor or address after another."""

import asyncio
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Static

from appliance.model.text import literal
from appliance.tui.desk import CodeToShow, WalletToShow
from appliance.tui.glyphs import sentence
from appliance.tui.screens.frame import Frame
from appliance.tui.widgets.banner import Banner
from appliance.tui.widgets.key_bar import KeyBar
from appliance.tui.widgets.qr_image import QrImage
from appliance.wire import qr, qr_text, ur
from appliance.wire.errors import ScreenTooSmall, TransferTooLarge
from appliance.wire.public_message import UniformResource

PANEL = 30
"""Columns that the words beside the code need at least."""
SLOWEST, FASTEST = 1, 30


class WalletCodes(Frame[None]):
    """Shows one code at a time, still where it fits one symbol."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right,space", "turn(1)", "Next", key_display="Right"),
        Binding("left", "turn(-1)", "Back", key_display="Left"),
        Binding("plus,equals_sign", "speed(1)", "Faster", key_display="+"),
        Binding("minus", "speed(-1)", "Slower", key_display="-"),
        Binding("escape,f10", "done", "Done", key_display="Esc"),
    ]

    def __init__(self, wallet: WalletToShow, fps: int) -> None:
        super().__init__(f"Wallet {literal(wallet.name)}")
        self.fps = fps
        self._codes = wallet.codes
        self._at = 0
        self._moves = False

    def compose(self) -> ComposeResult:
        """Put the words beside the code, which gets every row there is."""
        with Horizontal():
            with Vertical(id="panel"):
                yield Banner(self.standing)
                yield Static(self._heading, markup=False, id="heading")
                yield Static("", markup=False, id="said")
                yield Static("", markup=False, id="words")
                yield Static("", markup=False, id="figures")
                yield KeyBar()
            yield QrImage()

    def on_resize(self) -> None:
        """Begin anew with a code that fits now."""
        self.query_one(QrImage).styles.width = self._columns
        self._begin()

    @property
    def _columns(self) -> int:
        columns, rows = self.app.size
        return min(2 * rows, columns - PANEL)

    def _begin(self) -> None:
        code = self._codes[self._at]
        title = f"{self._at + 1:,} of {len(self._codes):,}: {literal(code.title)}"
        self.query_one("#words", Static).update(title)
        self.query_one(QrImage).modules = None
        self.run_worker(self._play(code), name="play", exclusive=True)

    async def _play(self, code: CodeToShow) -> None:
        try:
            largest = qr.version_for_cells(self._columns, self.app.size.height)
            match code.content:
                case str(text):
                    await self._show_still(await asyncio.to_thread(text_symbol, text, largest))
                case UniformResource() as resource:
                    await self._show_resource(resource, largest)
        except (ScreenTooSmall, TransferTooLarge) as error:
            self.say(f"✗ {sentence(error.what)} {error.next}")

    async def _show_still(self, modules: qr.Modules) -> None:
        self._moves = False
        self.refresh_bindings()
        self.query_one(QrImage).modules = modules
        self.query_one("#figures", Static).update("One code, shown still.")

    async def _show_resource(self, resource: UniformResource, largest: int) -> None:
        size = max(1, qr_text.fragment_size(resource.type, largest))
        encoder = ur.Encoder(resource.type, resource.body, size)
        needed = encoder.transfer.fragments
        if needed == 1:
            part = next(encoder.parts())
            await self._show_still(await asyncio.to_thread(part_symbol, part, largest))
            return
        self._moves = True
        self.refresh_bindings()
        for number, part in enumerate(encoder.parts(), 1):
            modules = await asyncio.to_thread(qr_text.symbol, part, largest)
            self.query_one(QrImage).modules = modules
            self.query_one("#figures", Static).update(f"Part {number:,}; {needed:,} are needed.")
            await asyncio.sleep(1 / self.fps)

    def offers(self, action: str, _parameters: tuple[object, ...]) -> bool:
        """Offer speed only to what moves, and turning only where there is more than one code."""
        return {"speed": self._moves, "turn": len(self._codes) > 1}.get(action, True)

    def action_turn(self, step: int) -> None:
        """Show the next code, or the one before; after the last comes the first."""
        self._at = (self._at + step) % len(self._codes)
        self._begin()

    def action_speed(self, step: int) -> None:
        """Show more or fewer frames a second."""
        self.fps = min(FASTEST, max(SLOWEST, self.fps + step))

    def action_done(self) -> None:
        """Leave."""
        self.answer(None)


def text_symbol(text: str, largest: int) -> qr.Modules:
    """Return the smallest symbol of a text as it stands. Raises TransferTooLarge."""
    data = text.encode()
    for version in range(1, largest + 1):
        if len(data) <= qr.part_size(version):
            return qr.symbol(data, version)
    raise TransferTooLarge(f"a text of {len(data):,} bytes fits no code on this screen")


def part_symbol(part: str, largest: int) -> qr.Modules:
    """Return the smallest symbol of a UR's part, which the largest one holds."""
    fitting = (v for v in range(1, largest) if len(part) <= qr_text.capacity(v))
    return qr_text.symbol(part, next(fitting, largest))
