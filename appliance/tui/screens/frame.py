"""What every screen has: the realm above, its heading, what is going on, and its keys below."""

import asyncio
from collections.abc import Iterable
from typing import ClassVar, Generic, TypeVar

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Static

from appliance.tui.desk import Standing
from appliance.tui.widgets.banner import Banner
from appliance.tui.widgets.key_bar import KeyBar

Answer = TypeVar("Answer")


class Frame(Screen[None], Generic[Answer], inherit_bindings=False):
    """A screen that is answered once. It stays up, deaf, until the flow shows the next one.

    Nothing on it has the focus, except a line to type in, and no key does what another screen's
    does by being pressed twice: every screen starts with an answer of its own.
    """

    AUTO_FOCUS: ClassVar[str | None] = ""
    ALLOW_SELECT: ClassVar[bool] = False
    ESCAPE_TO_MINIMIZE: ClassVar[bool | None] = False

    def __init__(self, heading: str) -> None:
        super().__init__()
        self.answered: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self.standing: Standing | None = None
        self._heading = heading

    def compose(self) -> ComposeResult:
        """Lay out from the outside in: fixed parts first."""
        yield Banner(self.standing)
        with Vertical(id="middle"), Vertical(id="page"):
            yield Static(self._heading, markup=False, id="heading")
            with Vertical(id="body"):
                yield from self.body()
            yield Static("", markup=False, id="said")
        yield KeyBar()

    def body(self) -> Iterable[Widget]:
        """Yield what is particular to this screen."""
        return ()

    def answer(self, answer: Answer) -> None:
        """Give the one answer of this screen."""
        if not self.answered.done():
            self.answered.set_result(answer)
            self.refresh_bindings()

    def say(self, text: str) -> None:
        """Say what is going on, above the keys."""
        self.query_one("#said", Static).update(text)

    def busy(self, doing: str) -> None:
        """Say what is being done; the keys are gone until the next screen."""
        self.say(f"● {doing}")

    def set_heading(self, heading: str) -> None:
        """Say anew what this screen is about."""
        self.query_one("#heading", Static).update(heading)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer no key once the screen is answered."""
        return not self.answered.done() and self.offers(action, parameters)

    def offers(self, _action: str, _parameters: tuple[object, ...]) -> bool:
        """Return whether the action makes sense now."""
        return True
