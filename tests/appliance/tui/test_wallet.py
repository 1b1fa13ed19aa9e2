"""A wallet's codes on the screen, read by the camera's reader as other software would."""

import asyncio

import pytest

from appliance.tui.desk import CodeToShow, Standing, WalletToShow
from appliance.tui.widgets.qr_image import QrImage
from appliance.wire import camera
from appliance.wire.public_message import UniformResource
from appliance.wire.ur_decoder import Decoder
from tests import symbols
from tests.appliance.tui.driving import Person, at
from tests.appliance.tui.simulated_desk import CLOSED, UNFOUNDED, SimulatedDesk

ADDRESS = "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf"
SHORT = UniformResource("crypto-output", b"\x58\x28" + bytes(range(40)))
LONG = UniformResource("output-descriptor", b"\x59\x02\xbc" + bytes(range(175)) * 4)
WALLETS = (
    WalletToShow("eth", (CodeToShow("eth: address", ADDRESS),)),
    WalletToShow("cold", (CodeToShow("cold: receive", SHORT), CodeToShow("cold: change", LONG))),
)


def desk() -> SimulatedDesk:
    return SimulatedDesk(registered=WALLETS)


async def seen(person: Person) -> tuple[str, ...]:
    """Read the code on the screen once there is one."""
    image = person.app.screen.query_one(QrImage)
    async with asyncio.timeout(20):
        while image.modules is None:
            await person.pilot.pause(0.02)
    await person.pilot.pause()
    return tuple(content.decode() for content in symbols.read(camera.render(image.modules, 400)))


async def test_an_address_is_shown_as_it_reads() -> None:
    async with at(desk()) as person:
        await person.press("f9")
        assert person.says("Which wallet?", "1 eth", "2 cold")
        await person.enter("1")
        assert await seen(person) == (ADDRESS,)
        assert person.says("1 of 1: eth: address")
        assert not person.says("Next")
        await person.press("escape")
        assert person.says("The wallet eth was shown", "How things stand")


async def test_a_descriptor_is_shown_still_and_a_long_one_moves() -> None:
    async with at(desk()) as person:
        await person.press("f9")
        await person.enter("2")
        assert person.says("1 of 2: cold: receive")
        still = Decoder()
        for text in await seen(person):
            still.add(text)
        assert still.message == SHORT.body
        await person.pilot.press("right")
        moving = Decoder()
        async with asyncio.timeout(60):
            while not moving.progress.complete:
                await person.pilot.pause(0.02)
                for text in await seen(person):
                    if text.lower().startswith("ur:output-descriptor/"):
                        moving.add(text)
        assert moving.message == LONG.body
        assert person.says("2 of 2: cold: change", "are needed")
        await person.press("plus", "plus", "minus", "escape")
        assert person.app.fps == 16


@pytest.mark.parametrize("standing", [CLOSED, UNFOUNDED])
async def test_wallets_are_shown_in_an_open_session_only(standing: Standing) -> None:
    async with at(SimulatedDesk(state=standing, registered=WALLETS)) as person:
        assert "F9" not in person.shown
        await person.press("f9")
        assert person.says("How things stand")


async def test_leaving_shows_nothing() -> None:
    async with at(SimulatedDesk(registered=WALLETS)) as person:
        await person.press("f9", "escape")
        assert person.says("Back without showing a wallet.")


async def test_a_screen_too_small_for_a_code_says_so() -> None:
    async with at(desk(), (40, 12)) as person:
        await person.press("f9")
        await person.enter("2")
        async with asyncio.timeout(20):
            while not person.says("✗"):
                await person.pilot.pause(0.02)
