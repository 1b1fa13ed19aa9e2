"""The offline terminal: it shows what the desk says, takes keystrokes, and decides nothing."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path, PurePath
from typing import Any, ClassVar, TypeVar

from textual.app import App
from textual.binding import BindingType
from textual.worker import WorkerFailed

from appliance.errors import AirlockError
from appliance.tui.challenge import Draw
from appliance.tui.desk import Desk, Medium, Standing
from appliance.tui.flows.commissioning import found
from appliance.tui.flows.session import close_session, confirm_quit, open_session
from appliance.tui.flows.signing import answer_request, burn, resume, show_last
from appliance.tui.flows.wallet import show_wallet
from appliance.tui.screens.frame import Frame
from appliance.tui.screens.idle import Choice, Idle
from appliance.tui.screens.told import AfterTold, Told, problem
from appliance.tui.stage import Stage

Answer = TypeVar("Answer")
Result = TypeVar("Result")

FRAMES_PER_SECOND = 15
"""Half of what a usual camera takes in, so that every frame is seen whole once."""


async def receive(stage: Stage, medium: Medium) -> str:
    """Take in what this appliance can use: a proposal before it is founded, then requests."""
    if stage.standing.founded:
        return await answer_request(stage, medium)
    return await found(stage, medium)


ERRANDS: dict[Choice, Callable[[Stage], Awaitable[str]]] = {
    Choice.OPEN_SESSION: open_session,
    Choice.RECEIVE_QR: partial(receive, medium=Medium.QR),
    Choice.RECEIVE_SERIAL: partial(receive, medium=Medium.SERIAL),
    Choice.RESUME: resume,
    Choice.BURN: burn,
    Choice.SHOW_AGAIN: show_last,
    Choice.CLOSE_SESSION: close_session,
    Choice.SHOW_WALLET: show_wallet,
}


class AirlockApp(App[None], inherit_bindings=False):
    """The screens of one desk, one at a time. `draw` decides what signers are asked.

    It runs until people quit, or until there is a bug: then `bug` is the exception, and the app has
    ended. An AirlockError is no bug; it is shown.
    """

    CSS_PATH: ClassVar[str | PurePath | list[str | PurePath] | None] = Path(__file__).with_name(
        "appliance.tcss"
    )
    BINDINGS: ClassVar[list[BindingType]] = []
    ENABLE_COMMAND_PALETTE = False
    ALLOW_SELECT = False

    def __init__(
        self, desk: Desk, fps: int = FRAMES_PER_SECOND, draw: Draw = secrets.randbelow
    ) -> None:
        super().__init__()
        self.desk = desk
        self.draw = draw
        self.fps = fps
        self.standing: Standing
        self._known: Standing | None = None
        self.bug: BaseException | None = None
        self._frame: Frame[Any] | None = None
        self._last = ""

    def on_mount(self) -> None:
        """Begin."""
        self.run_worker(self._attend(), name="flow")

    async def _attend(self) -> None:
        """Do one errand after another, until people quit."""
        while await self._goes_on():
            pass
        self.exit()

    async def _goes_on(self) -> bool:
        """Ask what to do and do it; return whether there is to be another time."""
        try:
            await self.look()
            choice = await self.show(Idle(self.standing, self._last))
            if choice is Choice.QUIT:
                return not await confirm_quit(self)
            self._last = await ERRANDS[choice](self)
        except AirlockError as error:
            self._last = ""
            if await self.show(Told(problem(error))) is AfterTold.QUIT:
                return not await confirm_quit(self)
        return True

    async def look(self) -> None:
        """Learn anew how things stand."""
        self.standing = self._known = await asyncio.to_thread(self.desk.standing)

    async def show(self, screen: Frame[Answer]) -> Answer:
        """Put a screen up in place of the last one and return its answer."""
        await self._put_up(screen)
        return await screen.answered

    async def ask_desk(self, doing: str, call: Callable[[], Result]) -> Result:
        """Call the desk from a thread; the last screen stays up, deaf, and says what is done."""
        if self._frame is not None:
            self._frame.busy(doing)
        return await asyncio.to_thread(call)

    async def follow(
        self,
        screen: Frame[None],
        call: Callable[[], Result],
        stop: Callable[[], None] | None = None,
    ) -> Result:
        """Call the desk from a thread while `screen` shows progress; its answer calls `stop`."""
        await self._put_up(screen)
        work = asyncio.ensure_future(asyncio.to_thread(call))
        try:
            await asyncio.wait((work, screen.answered), return_when=asyncio.FIRST_COMPLETED)
            if stop is not None and not work.done():
                await asyncio.to_thread(stop)
            return await work
        except asyncio.CancelledError:
            # The app is ending: let go of the thread, or the interpreter waits for it.
            if stop is not None:
                stop()
            raise

    async def _put_up(self, screen: Frame[Answer]) -> None:
        screen.standing = self._known
        first, self._frame = self._frame is None, screen
        await (self.push_screen(screen) if first else self.switch_screen(screen))

    def _handle_exception(self, error: Exception) -> None:
        """End the app because of a bug.

        Textual would print a traceback with local variables, and those may be secrets.
        """
        self.bug = self.bug or (error.error if isinstance(error, WorkerFailed) else error)
        super()._handle_exception(error)

    def _fatal_error(self) -> None:
        self._close_messages_no_wait()


def run(desk: Desk, fps: int = FRAMES_PER_SECOND) -> None:
    """Run the terminal until people quit. Raises whatever bug ended it."""
    app = AirlockApp(desk, fps)
    app.run(mouse=False)
    if app.bug is not None:
        raise app.bug
