"""The code on the screen, rendered to pixels as a console would, read by the camera's reader."""

import asyncio
import os

import numpy as np
import pytest
from numpy.typing import NDArray
from rich.segment import Segment

from appliance.tui.widgets.qr_image import QrImage
from appliance.wire import qr
from appliance.wire.fountain import Decoder
from tests.appliance.tui.driving import Person, at
from tests.appliance.tui.simulated_desk import SimulatedDesk

CELL_WIDTH, CELL_HEIGHT = 8, 16
CAPACITIES = [((80, 25), 6), ((160, 50), 18), ((240, 67), 27)]


def pixels(person: Person) -> NDArray[np.uint8]:
    strips = person.app.screen._compositor.render_strips()
    return np.concatenate([np.concatenate(list(map(cells, strip)), axis=1) for strip in strips])


def cells(segment: Segment) -> NDArray[np.uint8]:
    style = segment.style
    assert style is not None
    fore, back = (grey(style.color), grey(style.bgcolor))
    image = np.full((CELL_HEIGHT, CELL_WIDTH * len(segment.text)), back, np.uint8)
    for at_cell, glyph in enumerate(segment.text):
        part = image[:, at_cell * CELL_WIDTH : (at_cell + 1) * CELL_WIDTH]
        if glyph == "▀":
            part[: CELL_HEIGHT // 2] = fore
        elif glyph == "▄":
            part[CELL_HEIGHT // 2 :] = fore
        elif glyph != " ":
            part[4:12, 2:6] = fore
    return image


def grey(colour: object) -> int:
    triplet = getattr(colour, "triplet", None)
    return 0 if triplet is None else sum(triplet) // 3


@pytest.mark.parametrize(("size", "version"), CAPACITIES)
async def test_the_code_fills_the_screen_and_can_be_read(
    size: tuple[int, int], version: int
) -> None:
    message = os.urandom(60)
    async with at(SimulatedDesk(message=message), size) as person:
        await person.press("f7")
        image = await first_code(person)
        decoder = Decoder()
        (part,) = qr.read(image)
        decoder.add(part)
        assert decoder.message == message
        modules = person.app.screen.query_one(QrImage).modules
        assert modules is not None
        assert modules.version == version


async def first_code(person: Person) -> NDArray[np.uint8]:
    async with asyncio.timeout(20):
        while not person.says("shown still") and not person.says("are enough"):
            await person.pilot.pause(0.02)
    await person.pilot.pause()
    return pixels(person)


async def test_a_long_message_is_read_from_an_animation() -> None:
    message = os.urandom(700)
    decoder = Decoder()
    async with at(SimulatedDesk(message=message)) as person:
        await person.press("f7")
        async with asyncio.timeout(60):
            while not decoder.progress.complete:
                for part in qr.read(await first_code(person)):
                    decoder.add(part)
                await person.pilot.pause(0.02)
    assert decoder.message == message


async def test_speed_is_adjusted_within_bounds_and_remembered() -> None:
    async with at(SimulatedDesk(message=os.urandom(700))) as person:
        await person.press("f7")
        await first_code(person)
        await person.press("plus", "plus", "minus", "escape")
        assert person.app.fps == 16
        person.app.fps = 2
        await person.press("f7", "minus", "minus", "minus", "escape")
        assert person.app.fps == 1
        person.app.fps = 29
        await person.press("f7", "plus", "equals_sign", "plus", "escape")
        assert person.app.fps == 30


async def test_a_screen_too_small_for_a_code_says_so() -> None:
    async with at(SimulatedDesk(), (40, 12)) as person:
        await person.press("f7")
        async with asyncio.timeout(20):
            while not person.says("✗"):
                await person.pilot.pause(0.02)


async def test_sends_by_serial_and_comes_back() -> None:
    desk = SimulatedDesk()
    async with at(desk) as person:
        await person.press("f7", "f4")
        assert person.says("The coordinator confirmed")
        await person.press("escape")
        assert person.says("How things stand")
    assert desk.record == ["show by qr", "send Recorded response"]
