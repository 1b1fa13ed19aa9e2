"""The stage that flows play on: one screen at a time, and a desk that is asked off the stage."""

from collections.abc import Callable
from typing import Protocol, TypeVar

from appliance.tui.challenge import Draw
from appliance.tui.desk import Desk, Standing
from appliance.tui.screens.frame import Frame

Answer = TypeVar("Answer")
Result = TypeVar("Result")


class Stage(Protocol):
    """What a flow may do. A flow decides what comes next; screens draw and report keystrokes.

    `standing` is how things stood when they were looked at last; `fps` how many frames a second
    codes are shown at. Every call raises the AirlockError of the desk's call.
    """

    desk: Desk
    draw: Draw
    standing: Standing
    fps: int

    async def look(self) -> None:
        """Learn anew how things stand."""

    async def show(self, screen: Frame[Answer]) -> Answer:
        """Put a screen up and return what the person at it answered."""

    async def ask_desk(self, doing: str, call: Callable[[], Result]) -> Result:
        """Call the desk from a thread while the screen says what is being done."""

    async def follow(
        self,
        screen: Frame[None],
        call: Callable[[], Result],
        stop: Callable[[], None] | None = None,
    ) -> Result:
        """Call the desk from a thread while `screen` shows progress; its answer calls `stop`."""
