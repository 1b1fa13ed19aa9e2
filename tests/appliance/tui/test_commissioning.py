from dataclasses import replace

from tests.appliance.tui.driving import Person, at
from tests.appliance.tui.scenes import compare_words, read_proposal, words_agree
from tests.appliance.tui.simulated_desk import SIGNERS, UNFOUNDED, SimulatedDesk


async def enrol(person: Person, name: str, passphrase: str) -> None:
    await person.enter(name)
    await person.enter(passphrase)
    await person.enter(passphrase)


async def test_an_appliance_is_founded() -> None:
    desk = SimulatedDesk(UNFOUNDED)
    async with at(desk) as person:
        await words_agree(person)
        for number, name in enumerate(SIGNERS, 1):
            assert person.says(f"Enrol signer {number} of 3")
            await enrol(person, name, f"{name} has long words")
        assert person.says("transport PIN", "Any 2 of them will open the HSM")
        await person.enter("123456")
        assert person.says("Announcement", "TEST")
    assert desk.record[0] == "receive by qr"
    assert desk.record[1] == "enrol Anna Wong: 24 characters"
    assert desk.record[-1] == "found with 123456"


async def test_every_page_of_the_proposal_must_be_seen() -> None:
    async with at(SimulatedDesk(UNFOUNDED)) as person:
        await person.press("f3")
        assert "F8" not in person.shown
        await person.press("f8", "space", "space")
        assert person.says("F8 The words agree", "Now compare all the words aloud")


async def test_words_that_differ_found_nothing() -> None:
    desk = SimulatedDesk(UNFOUNDED)
    async with at(desk) as person:
        await compare_words(person)
        for text in ("", "acid", "bolt acid", "acid bolt calm"):
            await person.enter(text)
            assert person.says("Those are not the first two words"), text
        await person.press("escape")
        assert person.says("Back without founding. Nothing was recorded.")
    assert desk.record == ["receive by qr"]


async def test_leaving_the_proposal_records_nothing() -> None:
    async with at(SimulatedDesk(UNFOUNDED)) as person:
        await read_proposal(person)
        await person.press("escape")
        assert person.says("Nothing was recorded")


async def test_short_and_mistyped_passphrases_are_refused() -> None:
    desk = SimulatedDesk(UNFOUNDED)
    async with at(desk) as person:
        await words_agree(person)
        await person.enter("Anna")
        await person.enter("x" * 11)
        assert person.says("That has 11 characters. Use 12 or more.")
        await person.enter("x" * 12)
        await person.enter("x" * 13)
        assert person.says("The two were not the same")
        await person.enter("y" * 12)
        await person.enter("y" * 12)
    assert desk.record[-1] == "enrol Anna: 12 characters"


async def test_two_signers_have_two_names() -> None:
    desk = SimulatedDesk(replace(UNFOUNDED, enrolled=("Anna",)))
    async with at(desk) as person:
        await words_agree(person)
        assert person.says("Enrol signer 2 of 3", "Enrolled so far: Anna.")
        await person.enter("Anna ")
        assert person.says("That name is enrolled already")
        await person.enter("N" * 65)
        assert person.says("Use at most 64 characters.")
