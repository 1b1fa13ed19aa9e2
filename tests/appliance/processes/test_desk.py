"""The terminal's desk over the real signer process and a real token: the day as signers live it."""

from dataclasses import replace

import pytest

from appliance.errors import AirlockError, JournalNewer
from appliance.journal.file import read_entries, read_history
from appliance.model.entry import ResponseShown, SessionOpened
from appliance.processes.desk import ApplianceDesk
from appliance.tui.desk import AlreadyAnswered, Medium, RefusalToShow, SheetToReview
from appliance.wire import record
from appliance.wire.envelope import Envelope
from appliance.wire.messages import (
    BatchRefused,
    BatchRejected,
    BatchSigned,
    SigningResponse,
    message_digest,
)
from appliance.wire.statement import StatementType
from tests.appliance.processes.conftest import PASSPHRASES, Device, clock, open_session


def read_response(device: Device, message: bytes) -> SigningResponse:
    purpose = (device.genesis.realm, StatementType.SIGNING_RESPONSE)
    attestation = device.genesis.manifest.attestation
    return record.decode(SigningResponse, Envelope.parse(message).verify(attestation, purpose))


def sheet_of(desk: ApplianceDesk, envelope: bytes) -> SheetToReview:
    reading = desk.read(envelope)
    assert isinstance(reading, SheetToReview), reading
    return reading


def sign(desk: ApplianceDesk, envelope: bytes) -> bytes:
    sheet = sheet_of(desk, envelope)
    given = tuple(desk.approve(sheet, name, PASSPHRASES[name]) for name in ("Ada", "Ben"))
    return desk.sign(sheet, given, lambda *_: None).message


def test_a_day_from_opening_to_closing(device: Device, desk: ApplianceDesk) -> None:
    assert not desk.standing().compared
    open_session(desk)
    assert desk.standing().compared
    envelope = device.honest()
    response = read_response(device, sign(desk, envelope))
    assert response.request == message_digest(envelope)
    assert isinstance(response.outcome, BatchSigned)
    desk.close_session()
    assert device.verify_journal("--deep") == 0
    bodies = [type(entry.body) for entry in read_entries(device.journal.read_bytes())]
    assert SessionOpened in bodies


def test_a_session_opens_only_with_two_signers(desk: ApplianceDesk) -> None:
    standing = desk.open_session("Ada", PASSPHRASES["Ada"])
    assert (standing.present, standing.open) == (("Ada",), False)
    standing = desk.open_session("Ada", PASSPHRASES["Ada"])
    assert (standing.present, standing.open) == (("Ada",), False)
    standing = desk.open_session("Cho", PASSPHRASES["Cho"])
    assert standing.open


@pytest.mark.parametrize(
    ("name", "passphrase", "told"),
    [
        ("Ada", "not the passphrase at all", "PASSPHRASE"),
        ("Ada", "short", "PASSPHRASE"),
        ("Mei", PASSPHRASES["Ada"], "APPROVAL"),
        ("Nobody", PASSPHRASES["Ada"], "APPROVAL"),
    ],
)
def test_a_session_does_not_open_to_anybody_else(
    desk: ApplianceDesk, name: str, passphrase: str, told: str
) -> None:
    with pytest.raises(AirlockError) as error:
        desk.open_session(name, passphrase)
    assert error.value.id == told
    assert desk.standing().present == ()


def test_a_refused_batch_is_answered_and_its_requests_live_on(
    device: Device, desk: ApplianceDesk
) -> None:
    open_session(desk)
    coordinator = device.coordinator
    late = replace(coordinator.request(coordinator.content()), expires=clock() - 5)
    refusal = desk.read(coordinator.seal(late))
    assert isinstance(refusal, RefusalToShow)
    response = read_response(device, desk.refuse(refusal).message)
    assert isinstance(response.outcome, BatchRefused)
    assert {f.rule for f in response.outcome.findings} == {"EXPIRED"}
    again = coordinator.seal(coordinator.request(coordinator.content(), 2, clock()))
    assert isinstance(desk.read(again), SheetToReview)


def test_a_rejected_batch_burns_its_requests(device: Device, desk: ApplianceDesk) -> None:
    open_session(desk)
    sheet = sheet_of(desk, device.honest())
    outgoing = desk.reject(sheet, "Ada", PASSPHRASES["Ada"], "not what was agreed")
    response = read_response(device, outgoing.message)
    assert response.outcome == BatchRejected("Ada", "not what was agreed")
    coordinator = device.coordinator
    again = coordinator.seal(coordinator.request(coordinator.content(), 2, clock()))
    refusal = desk.read(again)
    assert isinstance(refusal, RefusalToShow)
    assert {f.rule for f in refusal.findings} == {"WITHDRAWAL-BURNT"}


def test_a_response_can_be_shown_again_byte_for_byte_after_a_reboot(
    device: Device, desk: ApplianceDesk
) -> None:
    open_session(desk)
    envelope = device.honest()
    message = sign(desk, envelope)
    desk.end()
    again = device.desk()
    try:
        answered = again.read(envelope)
        assert isinstance(answered, AlreadyAnswered)
        assert again.show(answered.response, Medium.SERIAL).message == message
        assert again.standing().last_response == message_digest(message)
    finally:
        again.end()
    last = list(read_entries(device.journal.read_bytes()))[-1].body
    assert last == ResponseShown(message_digest(message), "serial")


def test_a_lost_signer_process_loses_the_session_and_nothing_else(
    device: Device, desk: ApplianceDesk
) -> None:
    open_session(desk)
    child = desk._signer._child
    assert child is not None
    child.process.kill()
    with pytest.raises(AirlockError):
        desk.standing()
    standing = desk.standing()
    assert not standing.open
    assert standing.notice is not None
    open_session(desk)
    sign(desk, device.honest())


def test_without_a_session_nothing_is_answered(device: Device, desk: ApplianceDesk) -> None:
    sheet = sheet_of(desk, device.honest())
    given = tuple(desk.approve(sheet, name, PASSPHRASES[name]) for name in ("Ada", "Ben"))
    with pytest.raises(AirlockError) as error:
        desk.sign(sheet, given, lambda *_: None)
    assert error.value.id == "SESSION-CLOSED"
    assert read_history(device.journal).unfinished is None


def test_nothing_interrupted_is_neither_resumed_nor_burnt(desk: ApplianceDesk) -> None:
    open_session(desk)
    with pytest.raises(AirlockError, match="no batch was interrupted"):
        desk.resume(lambda *_: None)
    with pytest.raises(AirlockError, match="no batch was interrupted"):
        desk.burn()


def test_a_rolled_back_journal_opens_no_session(device: Device, desk: ApplianceDesk) -> None:
    """Attack: yesterday's data volume is put back, so that a spent nonce looks fresh."""
    yesterday = device.journal.read_bytes()
    open_session(desk)
    sign(desk, device.honest())
    desk.end()
    device.journal.write_bytes(yesterday)
    again = device.desk()
    try:
        again.open_session("Ada", PASSPHRASES["Ada"])
        with pytest.raises(AirlockError) as error:
            again.open_session("Ben", PASSPHRASES["Ben"])
        assert error.value.id == "JOURNAL-ROLLED-BACK"
        assert not again.standing().open
    finally:
        again.end()


def test_an_appliance_is_founded_once(device: Device, desk: ApplianceDesk) -> None:
    with pytest.raises(AirlockError, match="founded already"):
        desk.enrol("Eve", "Eve has a long passphrase")


def test_a_journal_of_a_newer_release_is_named_at_once(device: Device, desk: ApplianceDesk) -> None:
    newer = device.journal.read_bytes().replace(b"JOURNAL 1\n", b"JOURNAL 2\n", 1)
    device.journal.write_bytes(newer)
    with pytest.raises(JournalNewer, match="of format 2"):
        desk.standing()
    assert device.journal.read_bytes() == newer
