"""The screen of a message that arrives by camera: what it sees, and what to do about it."""

from dataclasses import replace

import pytest
from rich.segment import Segment

from appliance.tui.desk import CameraSight, TransferProgress
from appliance.tui.screens.progress import ADVICE
from appliance.tui.widgets.preview import Preview
from appliance.wire.sight.hints import Hint
from appliance.wire.sight.preview import HEIGHT, WIDTH
from tests.appliance.tui.driving import SIZES, Person, at
from tests.appliance.tui.scenes import FILMED, SIGHT
from tests.appliance.tui.simulated_desk import SimulatedDesk

LEFT_WHITE = bytes(3 if x < WIDTH // 2 else 0 for _ in range(HEIGHT) for x in range(WIDTH))


def filming(*sights: CameraSight) -> SimulatedDesk:
    return SimulatedDesk(
        arrives=False, transfer=tuple(replace(FILMED, sight=sight) for sight in sights)
    )


def painted(person: Person) -> list[list[Segment]]:
    preview = person.app.screen.query_one(Preview)
    return [list(preview.render_line(y)) for y in range(preview.size.height)]


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_everything_is_on_the_screen_at_once(size: tuple[int, int]) -> None:
    async with at(filming(replace(SIGHT, picture=b"")), size) as person:
        await person.press("f3")
        assert person.says("12 of 40 symbols", "30 %", "350 frames seen, 40 of them lost")
        assert person.says("18,400 bytes a second", "About 3 s to go", "Camera 0: HD Webcam")
        assert person.says("12 frames came too fast", "► The code is too small", "Move closer.")
        assert person.says("C Next camera", "Esc Stop")
        assert len(painted(person)) == (9 if size == SIZES[0] else 18)


@pytest.mark.parametrize("hint", Hint)
async def test_every_hint_says_what_to_do(hint: Hint) -> None:
    async with at(filming(replace(SIGHT, hint=hint))) as person:
        await person.press("f3")
        assert person.says(ADVICE[hint])


async def test_a_hint_goes_when_things_are_well_again() -> None:
    async with at(filming(SIGHT, replace(SIGHT, hint=None))) as person:
        await person.press("f3")
        assert "►" not in person.shown


async def test_another_camera_is_a_key_away_and_ends_nothing() -> None:
    desk = filming(SIGHT)
    async with at(desk) as person:
        await person.press("f3", "c", "c")
        assert person.says("12 of 40 symbols")
        await person.press("escape")
    assert desk.record == ["receive by qr", "next camera", "next camera"]


async def test_the_only_camera_offers_no_other() -> None:
    desk = filming(replace(SIGHT, cameras=1))
    async with at(desk) as person:
        await person.press("f3", "c")
        assert "Next camera" not in person.shown
    assert desk.record == ["receive by qr"]


async def test_by_serial_there_is_no_picture() -> None:
    desk = SimulatedDesk(arrives=False, transfer=(TransferProgress(1, 4, 2, 1, seconds_left=200),))
    async with at(desk) as person:
        await person.press("f4")
        assert person.says("1 of 4 symbols", "About 4 min to go")
        assert not person.app.screen.query(Preview)


async def test_the_picture_stays_until_the_next_one() -> None:
    async with at(filming(replace(SIGHT, picture=LEFT_WHITE), replace(SIGHT, picture=b""))) as one:
        await one.press("f3")
        for row in painted(one):
            assert [len(segment.text) for segment in row] == [16, 16]
            white, black = (segment.style for segment in row)
            assert white is not None
            assert black is not None
            assert (str(white.bgcolor), str(black.bgcolor)) != (str(black.bgcolor),) * 2


@pytest.mark.parametrize("picture", [b"", b"\x1b[2J", bytes(WIDTH), bytes([255]) * WIDTH * HEIGHT])
async def test_what_is_no_picture_paints_no_text(picture: bytes) -> None:
    async with at(filming(replace(SIGHT, picture=picture))) as person:
        await person.press("f3")
        for row in painted(person):
            assert all(set(segment.text) == {" "} for segment in row)
            assert sum(len(segment.text) for segment in row) == 32


async def test_the_name_of_a_camera_is_shown_literally() -> None:
    async with at(filming(replace(SIGHT, name="0: \x1b[2J[red]x\u202e"))) as person:
        await person.press("f3")
        assert person.says(r"Camera 0: \u{1b}[2J[red]x\u{202e}")
