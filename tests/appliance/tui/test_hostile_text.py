"""Text that wants to be more than text: it shows as what it is, on every screen that shows any."""

import time
from dataclasses import replace

import pytest

from appliance.errors import HsmError
from appliance.model.batch import SheetLine, SheetSection
from appliance.model.text import literal
from appliance.tui.desk import AlreadyAnswered, RefusalToShow
from appliance.tui.glyphs import GLYPHS
from appliance.wire.messages import Finding
from appliance.wire.terms import Severity
from tests.appliance.tui.driving import SIZES, Person, at
from tests.appliance.tui.scenes import INTERRUPTED
from tests.appliance.tui.simulated_desk import (
    CLOSED,
    SimulatedDesk,
    batch_of,
    overview,
    sheet_of,
)

HOSTILE = [
    "[red]approved[/]",
    "[@click=app.quit]press me[/]",
    "\x1b[2J\x1b[31mAPPROVED",
    "a\nb\r\tc\x00\x7f\x9b31m",
    "abc\u202e\u2066cba",
    "zero\u200b\u200d\ufeffwidth",
    "p\u0430ypal \uff21 e\u0301",
    "✓ ► ● [b]",
    "\\u{202e} \\ \\\\",
    "$background {x} %s",
]


def assert_shown_literally(person: Person, text: str) -> None:
    assert person.says(literal(text)), person.shown
    painted = set(person.shown) - {"\n"}
    assert all(" " <= one <= "~" or one in GLYPHS for one in painted)


@pytest.mark.parametrize("text", HOSTILE)
async def test_sheets_show_it_literally(text: str) -> None:
    section = SheetSection(
        literal(text), (SheetLine(literal(text), "1"), SheetLine("to", literal(text))), ()
    )
    async with at(SimulatedDesk(reading=sheet_of((section, overview(1)))), SIZES[1]) as person:
        await person.press("f3")
        assert_shown_literally(person, text)
        assert person.shown.count(literal(text)) == 3


@pytest.mark.parametrize("text", HOSTILE)
async def test_findings_show_it_literally(text: str) -> None:
    findings = (Finding("WHITELIST", Severity.REFUSE, text, "tx-1"),)
    refusal = RefusalToShow(b"request", text, findings, (("WHITELIST", text),))
    async with at(SimulatedDesk(reading=refusal), SIZES[1]) as person:
        await person.press("f3")
        assert_shown_literally(person, text)
        assert person.shown.count(literal(text)) == 3


@pytest.mark.parametrize("text", HOSTILE)
async def test_idle_errors_and_people_show_it_literally(text: str) -> None:
    desk = SimulatedDesk(replace(INTERRUPTED, interrupted=text, notice=text), error=HsmError(text))
    async with at(desk, SIZES[1]) as person:
        assert person.shown.count(literal(text)) == 2
        await person.press("f3")
        assert person.says(literal(text)[1:])
    async with at(SimulatedDesk(replace(CLOSED, signers=(text,)))) as person:
        await person.press("f2")
        assert_shown_literally(person, text)
        await person.enter("1")
        assert_shown_literally(person, text)
    async with at(SimulatedDesk(reading=AlreadyAnswered(text, b"\2" * 32))) as person:
        await person.press("f3")
        assert_shown_literally(person, text)


async def test_a_sheet_that_is_not_literal_still_controls_nothing() -> None:
    section = SheetSection("\x1b[2J", (SheetLine("\u202e", "[red]x\x1b[0m"),), ())
    async with at(SimulatedDesk(reading=sheet_of((section, overview(1))))) as person:
        await person.press("f3")
        assert person.says(r"\u{1b}[2J", r"\u{202e}", r"[red]x\u{1b}[0m")


async def test_ten_thousand_characters_are_shown_whole() -> None:
    text = "".join(f"{number:05}" for number in range(2_000))
    section = SheetSection("Long", (SheetLine("memo", text), SheetLine("end", "here")), ())
    async with at(SimulatedDesk(reading=sheet_of((section, overview(1))))) as person:
        await person.press("f3")
        seen = ""
        while not person.says("end here"):
            assert person.says("more lines on this page")
            assert person.says("seen 0")
            seen += person.shown
            await person.press("space")
        seen += person.shown
        assert all(f"{number:05}"[1:] in seen.replace("\n", "") for number in (0, 999, 1_999))
        assert person.says("seen 1")


async def test_the_end_of_a_page_must_have_been_on_screen() -> None:
    outputs = tuple(SheetLine(f"Pays {number}", "1 BTC") for number in range(60))
    section = SheetSection("Transaction 1", outputs, ("x" * 40,))
    desk = SimulatedDesk(reading=sheet_of((overview(1), section)))
    async with at(desk) as person:
        await person.press("f3", "space", "space")
        assert person.says("seen 1", "more lines on this page")
        await person.press("f8", "n", "up", "down", "pageup")
        assert "F8" not in person.shown
        while "Pays 59" not in person.shown:
            await person.press("pagedown")
        assert person.says("seen 2", "F8 Approve")


async def test_a_thousand_transactions_open_within_a_second() -> None:
    desk = SimulatedDesk(reading=batch_of(1_000))
    async with at(desk) as person:
        began = time.monotonic()
        await person.press("f3")
        assert person.says("page 1 of 1,001")
        assert time.monotonic() - began < 1.0
        await person.press("space", "n")
        assert person.says("1,000 pages", "page 2 of 1,001") or person.says("page 3 of 1,001")
