"""The code on the screen, rendered to pixels as a console would, read by the camera's reader."""

import asyncio
import os
from collections.abc import Callable
from hashlib import shake_128

import numpy as np
import pytest
from numpy.typing import NDArray
from rich.segment import Segment

from appliance.tui.screens.release import Release
from appliance.tui.widgets.qr_image import QrImage
from appliance.wire.fountain import Decoder, Encoder, Part
from tests import symbols
from tests.appliance.tui.driving import Person, at
from tests.appliance.tui.simulated_desk import SimulatedDesk

CAPACITIES = [((80, 25), 6), ((160, 50), 18), ((240, 67), 27)]


def pixels(person: Person) -> NDArray[np.uint8]:
    """Return the screen at two pixels a cell each way, enough to read a code from."""
    strips = person.app.screen._compositor.render_strips()
    halves = [line for strip in strips for line in zip(*map(halves_of, strip), strict=True)]
    return np.array([np.concatenate(line) for line in halves], np.uint8).repeat(2, 0).repeat(2, 1)


def halves_of(segment: Segment) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    style = segment.style
    assert style is not None
    fore, back = grey(style.color), grey(style.bgcolor)
    upper, lower = (
        np.array([fore if glyph in inked else back for glyph in segment.text], np.uint8)
        for inked in ("▀█", "▄█")
    )
    return upper, lower


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
        (part,) = symbols.read(image)
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
                for part in symbols.read(await first_code(person)):
                    decoder.add(part)
                await person.pilot.pause(0.02)
    assert decoder.message == message


async def test_the_code_gets_all_of_the_screen_and_gives_it_back() -> None:
    async with at(SimulatedDesk(message=os.urandom(700)), (80, 48)) as person:
        await person.press("f7")
        await first_code(person)
        beside = version_shown(person)
        await person.press("space")
        await until(person, lambda: version_shown(person) > beside)
        assert not person.says("Words")
        assert symbols.read(pixels(person))
        await person.press("space")
        await until(person, lambda: version_shown(person) == beside)
        assert person.says("Words", "Code alone, or words")


async def test_a_change_of_density_keeps_what_was_received() -> None:
    message = shake_128(b"message").digest(9_000)
    decoder, versions = Decoder(), set()
    async with at(SimulatedDesk(message=message), (160, 50)) as person:
        await person.press("f7")
        keys = iter(["left_square_bracket", "m", "right_square_bracket", "left_square_bracket"])
        async with asyncio.timeout(60):
            while not decoder.progress.complete:
                for part in symbols.read(await first_code(person)):
                    decoder.add(part)
                versions.add(version_shown(person))
                if decoder.progress.rank > 10 * len(versions) and (key := next(keys, None)):
                    await person.press(key)
                await person.pilot.pause(0.02)
        assert decoder.progress.refused == 0
    assert decoder.message == message
    assert len(versions) > 1


async def test_no_key_makes_symbols_too_small_for_the_transfer() -> None:
    async with at(SimulatedDesk(message=os.urandom(20_000)), (160, 50)) as person:
        await person.press("f7")
        await first_code(person)
        await person.hammer("left_square_bracket", 30)
        await person.press("escape")
        assert person.says("How things stand")


async def test_a_smaller_symbol_is_drawn_larger() -> None:
    async with at(SimulatedDesk(message=b"short"), (160, 50)) as person:
        await person.press("f7")
        await first_code(person)
        while version_shown(person) > 6:
            await person.press("left_square_bracket")
            await person.pilot.pause()
        assert len(person.app.screen.query_one(QrImage)._lines) == 49
        (part,) = symbols.read(pixels(person))
        assert Part.parse(part).number == 0


async def test_serial_goes_on_with_the_same_transfer() -> None:
    message = shake_128(b"message").digest(9_000)
    decoder, desk = Decoder(), SimulatedDesk(message=message)
    async with at(desk, (160, 50)) as person:
        await person.press("f7")
        while decoder.progress.rank < 20:
            for part in symbols.read(await first_code(person)):
                decoder.add(part)
        shown = decoder.progress.rank
        await person.press("f4")
        before = person.app.screen
        assert isinstance(before, Release)
        assert before.manner.first >= shown
    for part in Encoder(message, 1024).parts():
        if decoder.add(part).complete:
            break
    assert decoder.progress.refused == 0
    assert decoder.message == message


async def until(person: Person, is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not is_so():
            await person.pilot.pause(0.02)


def version_shown(person: Person) -> int:
    modules = person.app.screen.query_one(QrImage).modules
    assert modules is not None
    return modules.version


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
