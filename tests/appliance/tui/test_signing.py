import threading
from dataclasses import replace

import pytest
from textual.worker import WorkerFailed

from appliance.errors import HsmError, JournalBroken
from appliance.tui.desk import (
    AlreadyAnswered,
    Outgoing,
    RefusalToShow,
    Standing,
    TransferProgress,
)
from appliance.wire.messages import SignerApproval
from tests.appliance.tui.driving import SIZES, at
from tests.appliance.tui.scenes import INTERRUPTED, REFUSAL, begin_approving, read_all
from tests.appliance.tui.simulated_desk import PASSPHRASE, SimulatedDesk

BATCH = "W-2025-11-07-1"


@pytest.mark.parametrize("size", SIZES)
async def test_a_batch_goes_from_the_link_to_its_response(size: tuple[int, int]) -> None:
    desk = SimulatedDesk()
    async with at(desk, size) as person:
        await begin_approving(person)
        await person.approve(1)
        assert person.says("approval 2 of 2", "Anna Wong ✓ approved")
        await person.approve(3)
        assert person.says("Signatures", "Words: acid")
        await person.press("escape")
        assert person.says("How things stand", "on record, and can be shown again")
    assert desk.record == [
        "receive by qr",
        "approve by Anna Wong",
        "approve by Chloe Ho",
        f"sign {BATCH} for Anna Wong and Chloe Ho",
    ]


async def test_enter_pressed_through_never_approves() -> None:
    desk = SimulatedDesk()
    async with at(desk) as person:
        await read_all(person)
        await person.hammer("enter")
        assert person.says("Review batch")
        await person.press("f8")
        await person.hammer("enter")
        assert person.says("Who are you?")
        await person.type("1")
        await person.hammer("enter")
        assert person.says("type group")
        await person.type("3807")
        await person.hammer("enter")
        assert person.says("Your passphrase:")
        await person.type(PASSPHRASE)
        await person.hammer("enter")
        assert person.says("Type the word approve and press Enter.")
        await person.hammer("enter")
        assert person.says("Type the word approve in full")
    assert desk.record == ["receive by qr"]


async def test_nothing_is_focused_but_a_line_to_type_in() -> None:
    async with at(SimulatedDesk()) as person:
        assert person.focused == "NoneType"
        await read_all(person)
        assert person.focused == "NoneType"
        await person.press("f8")
        assert person.focused == "Entry"


async def test_the_word_approve_must_be_typed_in_full() -> None:
    desk = SimulatedDesk()
    async with at(desk) as person:
        await begin_approving(person)
        await person.approve(1, word="yes")
        assert person.says("Type the word approve in full")
        await person.press("escape")
        assert person.says("Review batch")
    assert desk.record == ["receive by qr"]


async def test_approving_is_not_offered_before_every_page_was_seen() -> None:
    desk = SimulatedDesk()
    async with at(desk) as person:
        await person.press("f3")
        for unseen in (3, 2, 1):
            assert "F8" not in person.shown
            assert person.says(f"{unseen} page", "not seen yet", "F9 Reject")
            await person.press("f8")
            assert person.says("Review batch")
            await person.press("space")
        assert person.says("F8 Approve", "F9 Reject", "Every page was seen")


async def test_a_wrong_answer_approves_nothing_and_voids_what_was_given() -> None:
    desk = SimulatedDesk()
    async with at(desk) as person:
        await begin_approving(person)
        await person.approve(1)
        await person.enter("2")
        await person.enter("3808")
        assert person.says("Wrong answer. Nothing is approved")
        await person.press("enter")
        assert person.says("Review batch", "seen 4")
        await person.press("f8")
        assert person.says("approval 1 of 2")
        assert "✓ approved" not in person.shown
    assert "sign" not in " ".join(desk.record)


async def test_the_question_does_not_show_what_it_asks_for() -> None:
    async with at(SimulatedDesk()) as person:
        await begin_approving(person)
        await person.enter("1")
        assert person.says("Transaction 3: type group 10 of the destination.")
        assert "3807" not in person.shown
        await person.press("f3")
        assert person.says("0x86 17E3 40B3 D01F A5F1 1F30 6F40 90FD 50E2 3807 0D")
        await person.press("f3")
        assert person.says("Transaction 3: type group 10 of the destination.")


async def test_the_same_signer_cannot_approve_twice() -> None:
    desk = SimulatedDesk()
    async with at(desk) as person:
        await begin_approving(person)
        await person.approve(1)
        await person.enter("1")
        assert person.says("Anna Wong: approved already. Another signer must come.")


async def test_a_wrong_passphrase_is_asked_again_and_nothing_is_lost() -> None:
    desk = SimulatedDesk()
    async with at(desk) as person:
        await begin_approving(person)
        await person.enter("1")
        await person.enter("3807")
        await person.enter("wrong")
        await person.enter("approve")
        assert person.says("does not open the share")
        await person.enter(PASSPHRASE)
        await person.enter("approve")
        assert person.says("approval 2 of 2")


async def test_leaving_the_review_records_nothing_and_says_so() -> None:
    desk = SimulatedDesk()
    async with at(desk) as person:
        await person.press("f3", "escape")
        assert person.says("How things stand", "Nothing was recorded")
    assert desk.record == ["receive by qr"]


async def test_a_signer_rejects_with_a_reason_at_any_time() -> None:
    desk = SimulatedDesk()
    async with at(desk) as person:
        await person.press("f3", "f9")
        await person.enter("2")
        await person.enter("  wrong client ")
        await person.enter(PASSPHRASE)
        assert person.says("Reason: wrong client")
        await person.enter("no")
        assert len(desk.record) == 1
        await person.enter("reject")
        assert person.says("Rejection")
    assert desk.record[-1] == f"reject {BATCH} by Ben Lee: wrong client"


async def test_a_reason_fits_the_record() -> None:
    async with at(SimulatedDesk()) as person:
        await person.press("f3", "f9")
        await person.enter("2")
        await person.enter("x" * 201)
        assert person.says("Use at most 200 characters.")


async def test_signing_cannot_be_left() -> None:
    desk = SimulatedDesk(signed=(1, 3))
    async with at(desk) as person:
        await begin_approving(person)
        await person.approve(1)
        await person.approve(2)
        assert person.says("1 of 3 digests are signed", "33 %", "Approved by Anna Wong and Ben")
        await person.press("escape", "f10", "ctrl+q", "enter")
        assert person.says("1 of 3 digests are signed")


class FailingHsm(SimulatedDesk):
    def sign(self, *_: object) -> Outgoing:
        raise HsmError("the HSM went away")


async def test_a_failure_while_signing_is_shown_and_leads_back() -> None:
    async with at(FailingHsm()) as person:
        await begin_approving(person)
        await person.approve(1)
        await person.approve(2)
        assert person.says("✗ HSM", "The HSM went away.", "Check that the HSM is connected")
        await person.press("enter")
        assert person.says("How things stand")


async def test_receiving_says_what_is_true_and_can_be_stopped() -> None:
    progress = (TransferProgress(0, 0, 2, 2), TransferProgress(7, 40, 12, 3))
    desk = SimulatedDesk(arrives=False, transfer=progress)
    async with at(desk) as person:
        await person.press("f4")
        assert person.says("7 of 40 symbols", "12 frames seen, 3 of them lost", "17 %")
        await person.press("escape")
        assert person.says("Receiving was stopped. What arrived is kept")
    assert desk.record == ["receive by serial"]
    assert desk.stopped.is_set()


async def test_a_refused_batch_shows_what_refuses_first_and_is_recorded() -> None:
    desk = SimulatedDesk(reading=REFUSAL)
    async with at(desk, SIZES[1]) as person:
        await person.press("f3")
        shown = person.shown
        order = [shown.index(rule) for rule in ("CLAIM-MISMATCH", "WHITELIST", "FEE-CEILING")]
        assert order == sorted(order)
        assert person.says("for 2 reasons", "Do not sign. Keep the request", "tx-2, output 1")
        await person.press("enter")
        assert person.says("Refusal")
    assert desk.record[-1] == "refuse W-2025-11-07-2"


class MuteDesk(SimulatedDesk):
    """A desk whose request came in a public format, which has no word for a refusal."""

    def refuse(self, refusal: RefusalToShow) -> Outgoing:
        return replace(super().refuse(refusal), unspoken=("UNATTRIBUTED: not this wallet",))


async def test_what_no_public_format_can_say_is_said_in_words_and_nothing_is_shown() -> None:
    desk = MuteDesk(reading=REFUSAL)
    async with at(desk, SIZES[1]) as person:
        await person.press("f3", "enter")
        assert person.says(
            "Nothing was signed", "nothing is shown", "UNATTRIBUTED: not this wallet"
        )
        await person.press("enter")
        assert person.says("How things stand", "Nothing was signed, and nothing was shown")
    assert desk.record[-1] == "refuse W-2025-11-07-2"


async def test_a_refusal_can_be_left_unrecorded() -> None:
    desk = SimulatedDesk(reading=REFUSAL)
    async with at(desk) as person:
        await person.press("f3", "escape")
        assert person.says("was refused. Nothing was recorded.")
    assert desk.record == ["receive by qr"]


async def test_an_answered_request_leads_to_its_recorded_response() -> None:
    desk = SimulatedDesk(reading=AlreadyAnswered("W-3", b"\2" * 32))
    async with at(desk) as person:
        await person.press("f3")
        assert person.says("Already answered", "Nothing is signed a second time", "W-3")
        await person.press("f7")
        assert person.says("Recorded response")
    assert desk.record == ["receive by qr", "show by qr"]


async def test_an_interrupted_batch_is_resumed() -> None:
    desk = SimulatedDesk(INTERRUPTED)
    async with at(desk) as person:
        await person.press("f5")
        assert person.says("Signatures")
    assert desk.record == ["resume"]


async def test_an_interrupted_batch_is_burnt_by_the_word_only() -> None:
    desk = SimulatedDesk(INTERRUPTED)
    async with at(desk) as person:
        await person.press("f6", "enter")
        await person.enter("resume")
        assert desk.record == []
        await person.enter("burn")
        assert person.says("Burnt")
    assert desk.record == ["burn"]


class BrokenJournal(SimulatedDesk):
    def standing(self) -> Standing:
        raise JournalBroken("entry 7 does not follow from entry 6")


async def test_a_journal_that_is_broken_from_the_start_is_said_and_can_be_left() -> None:
    async with at(BrokenJournal()) as person:
        assert person.says("JOURNAL-BROKEN", "Sign nothing.")
        await person.press("enter")
        assert person.says("JOURNAL-BROKEN")
        await person.press("f10")
        await person.enter("quit")
        assert person.app._exit


class Buggy(SimulatedDesk):
    def approve(self, *_: object) -> SignerApproval:
        raise KeyError("a bug")


async def test_a_bug_ends_the_app_and_prints_no_secret(
    capfd: pytest.CaptureFixture[str],
) -> None:
    async def approve() -> None:
        async with at(Buggy()) as person:
            await begin_approving(person)
            await person.approve(1)

    with pytest.raises(WorkerFailed, match="a bug"):
        await approve()
    printed = capfd.readouterr()
    assert PASSPHRASE not in printed.out + printed.err


async def test_the_desk_is_asked_off_the_screens_thread() -> None:
    threads = set()

    class Watching(SimulatedDesk):
        def standing(self) -> Standing:
            threads.add(threading.current_thread())
            return super().standing()

    async with at(Watching()) as person:
        assert person.says("How things stand")
    assert threading.main_thread() not in threads
