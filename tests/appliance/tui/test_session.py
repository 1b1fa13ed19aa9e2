from dataclasses import replace

from appliance.tui.desk import Medium
from tests.appliance.tui.driving import at
from tests.appliance.tui.simulated_desk import (
    CLOSED,
    OPEN,
    PASSPHRASE,
    SIGNERS,
    UNFOUNDED,
    SimulatedDesk,
)


async def test_two_signers_open_the_session() -> None:
    desk = SimulatedDesk(CLOSED)
    async with at(desk) as person:
        assert person.says("NOT YET compared with the HSM", "Open the session: 2 more")
        await person.press("f2")
        await person.enter("1")
        await person.enter(PASSPHRASE)
        assert person.says("signer 2 of 2", "Anna Wong ✓ present")
        await person.enter("3")
        await person.enter(PASSPHRASE)
        assert person.says("The session is open", "✓ compared with the HSM")
    assert desk.state.present == (SIGNERS[0], SIGNERS[2])


async def test_nobody_counts_twice() -> None:
    async with at(SimulatedDesk(replace(CLOSED, present=SIGNERS[:1]))) as person:
        await person.press("f2")
        await person.enter("1")
        assert person.says("Anna Wong: present already. Another signer must come.")


async def test_a_wrong_passphrase_is_explained_and_asked_again() -> None:
    desk = SimulatedDesk(CLOSED)
    async with at(desk) as person:
        await person.press("f2")
        await person.enter("2")
        await person.enter("wrong")
        assert person.says("Open a session: Ben Lee", "does not open the share. Type it again.")
        await person.enter(PASSPHRASE)
        assert desk.state.present == ("Ben Lee",)


async def test_a_passphrase_never_shows() -> None:
    async with at(SimulatedDesk(CLOSED)) as person:
        await person.press("f2")
        await person.enter("2")
        await person.type("hunter2")
        assert person.says("*******")
        assert "hunter" not in person.shown
        await person.press("backspace")
        assert not person.says("*******")
        await person.press("ctrl+u")
        assert "*" not in person.shown


async def test_numbers_that_are_nobody_are_refused() -> None:
    async with at(SimulatedDesk(CLOSED)) as person:
        await person.press("f2")
        for text in ("0", "4", "-1", "1.0", "x", "9999999", ""):
            await person.enter(text)
            assert person.says("Type a number from 1 to 3."), text


async def test_escape_goes_back_without_opening() -> None:
    desk = SimulatedDesk(CLOSED)
    async with at(desk) as person:
        await person.press("f2", "escape")
        assert person.says("Back without opening the session")
    assert desk.state == CLOSED


async def test_a_session_is_closed_by_a_key() -> None:
    desk = SimulatedDesk()
    async with at(desk) as person:
        await person.press("f8")
        assert person.says("The session is closed", "○ closed")
    assert desk.record == ["close"]


async def test_quitting_takes_the_word() -> None:
    async with at(SimulatedDesk()) as person:
        await person.press("f10", "enter", "enter")
        assert person.says("Type the word quit in full")
        await person.enter("yes")
        assert person.says("Type the word quit in full")
        await person.press("escape")
        assert person.says("How things stand")
        await person.press("f10")
        await person.enter("quit")
        assert person.app._exit
        assert person.app.bug is None


async def test_terminal_shortcuts_of_others_do_nothing() -> None:
    async with at(SimulatedDesk()) as person:
        await person.press("ctrl+q", "ctrl+c", "ctrl+p", "tab", "ctrl+backslash")
        assert not person.app._exit
        assert person.says("How things stand")


async def test_keys_are_offered_only_where_they_do_something() -> None:
    async with at(SimulatedDesk(replace(OPEN, last_response=None, links=(Medium.QR,)))) as person:
        assert person.says("F3 Receive by QR")
        for absent in ("F2", "F4", "F5", "F6", "F7"):
            assert f"{absent} " not in person.shown
    async with at(SimulatedDesk(UNFOUNDED)) as person:
        assert person.says("F3 Receive by QR", "F4 Receive by serial")
        for absent in ("F2", "F5", "F6", "F7", "F8"):
            assert f"{absent} " not in person.shown


async def test_an_interrupted_batch_is_named_and_explained() -> None:
    state = replace(OPEN, interrupted="W-9")
    async with at(SimulatedDesk(state)) as person:
        assert person.says("the signing of batch W-9 was interrupted", "burn", "F5", "F6")
    async with at(SimulatedDesk(replace(state, interrupted_signed=True))) as person:
        assert person.says("its signatures are on record", "F5")
        assert "F6" not in person.shown
