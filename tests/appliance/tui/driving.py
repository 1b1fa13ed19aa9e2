"""A person at the keyboard: presses keys, waits for the screen to come to rest, reads it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from textual import events
from textual.pilot import Pilot

from appliance.tui.app import AirlockApp
from appliance.tui.screens.frame import Frame
from tests.appliance.tui.simulated_desk import PASSPHRASE, SimulatedDesk

SIZES = [(80, 25), (240, 67)]
SMALL = SIZES[0]


def last(below: int) -> int:
    """Draw the last of everything, so that tests know what is asked."""
    return below - 1


class Person:
    """Drives one app."""

    def __init__(self, app: AirlockApp, pilot: Pilot[None]) -> None:
        self.app = app
        self.pilot = pilot

    async def settle(self) -> None:
        """Wait for the next screen that can be answered, and for what it says."""
        async with asyncio.timeout(20):
            while not self._is_at_rest():
                await self.pilot.pause()
        await self.pilot.pause()
        await self.pilot.pause()

    def _is_at_rest(self) -> bool:
        if self.app._exit or self.app.bug is not None:
            return True
        screen = self.app.screen
        return (
            isinstance(screen, Frame)
            and screen is self.app._frame
            and screen.is_mounted
            and not screen.answered.done()
        )

    async def press(self, *keys: str) -> None:
        """Press keys one after another, each on the screen that the last one led to."""
        for key in keys:
            await self.pilot.press(key)
            await self.settle()

    async def hammer(self, key: str, times: int = 50) -> None:
        """Press one key again and again without looking."""
        for _ in range(times):
            self.app.post_message(events.Key(key, None))
        await self.settle()

    async def enter(self, text: str) -> None:
        """Type a text and press Enter."""
        await self.type(text)
        await self.press("enter")

    async def type(self, text: str) -> None:
        """Type a text, faster than Pilot does."""
        for character in text:
            name = "space" if character == " " else character
            self.app.post_message(events.Key(name, character))
        await self.settle()

    async def approve(self, number: int, answer: str = "3807", word: str = "approve") -> None:
        """Go through everything that one signer is asked."""
        await self.enter(str(number))
        await self.enter(answer)
        await self.enter(PASSPHRASE)
        await self.enter(word)

    @property
    def focused(self) -> str:
        """What has the focus, by the name of its kind."""
        return type(self.app.focused).__name__

    @property
    def shown(self) -> str:
        """The screen as lines of text."""
        strips = self.app.screen._compositor.render_strips()
        return "\n".join(strip.text.rstrip() for strip in strips)

    def says(self, *texts: str) -> bool:
        """Return whether every text is on the screen, however it is broken into lines."""
        shown = " ".join(self.shown.split())
        return all(" ".join(text.split()) in shown for text in texts)


@asynccontextmanager
async def at(desk: SimulatedDesk, size: tuple[int, int] = SMALL) -> AsyncIterator[Person]:
    """Sit down at the terminal of a desk."""
    app = AirlockApp(desk, draw=last)
    async with app.run_test(size=size) as pilot:
        person = Person(app, pilot)
        await person.settle()
        try:
            yield person
        finally:
            desk.stopped.set()
            desk.released.set()
