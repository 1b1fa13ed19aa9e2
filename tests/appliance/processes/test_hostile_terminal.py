"""A terminal process replaced by a hostile program: it holds the channel, and asks for more.

It may know the passphrases that people typed into it today; what it must never get is a signature
over anything but what the signer process itself read, judged and saw approved.
"""

import os
import resource
from collections.abc import Iterator
from dataclasses import replace

import pytest

from appliance import approvals
from appliance.errors import AirlockError
from appliance.journal.file import read_history
from appliance.processes import signer_messages as signer
from appliance.processes.channel import MAX_FRAME
from appliance.processes.desk import ApplianceDesk
from appliance.processes.signer_messages import (
    ApprovalGiven,
    Approve,
    Call,
    Enrol,
    OpenSession,
    Reply,
    SignTransactions,
    Status,
)
from appliance.processes.spawn import Child, spawn
from appliance.tui.desk import RefusalToShow, SheetToReview
from appliance.wire.messages import SignerApproval, UnsignedTransaction
from tests import hostile_coordinator as hostile
from tests.appliance.foreign_wallet import ForeignWallet
from tests.appliance.processes.conftest import PASSPHRASES, Device, clock, open_session
from tests.hostile_coordinator import ETH_ATTACKER, with_transaction


@pytest.fixture
def child(device: Device) -> Iterator[Child]:
    os.environ["SOFTHSM2_CONF"] = str(device.folder / "softhsm2.conf")
    started = spawn("signer", device.settings, Reply, Call)
    for name in ("Ada", "Ben"):
        started.channel.send(OpenSession(name, PASSPHRASES[name]))
        assert isinstance(started.channel.receive(), Status)
    yield started
    started.end()


def ask(child: Child, call: object) -> object:
    child.channel.send(call)
    return child.channel.receive()


def refused(child: Child, call: object) -> str:
    reply = ask(child, call)
    assert isinstance(reply, signer.Failed), reply
    return reply.id


def sheet_of(device: Device, envelope: bytes) -> SheetToReview:
    desk = device.desk()
    reading = desk.read(envelope)
    assert isinstance(reading, SheetToReview)
    return reading


def approved(child: Child, envelope: bytes, sheet: bytes) -> tuple[SignerApproval, ...]:
    given = []
    for name in ("Ada", "Ben"):
        reply = ask(child, Approve(envelope, sheet, name, PASSPHRASES[name]))
        assert isinstance(reply, ApprovalGiven)
        given.append(reply.approval)
    return tuple(given)


def test_no_signature_for_a_request_that_was_altered(device: Device, child: Child) -> None:
    envelope = bytearray(device.honest())
    sheet = sheet_of(device, bytes(envelope)).sheet.digest
    given = approved(child, bytes(envelope), sheet)
    envelope[len(envelope) // 2] ^= 1
    assert refused(child, SignTransactions(bytes(envelope), sheet, given)).startswith("ENVELOPE")


def test_no_signature_for_another_request_under_these_approvals(
    device: Device, child: Child
) -> None:
    """The approved batch A is swapped for a batch B that would be cleared too."""
    first = device.honest()
    sheet = sheet_of(device, first).sheet.digest
    given = approved(child, first, sheet)
    coordinator = device.coordinator
    other = coordinator.seal(coordinator.request(coordinator.content(2, 0, 2), 2, clock()))
    assert refused(child, SignTransactions(other, sheet, given)) == "SHEET-STALE"
    real = sheet_of(device, other).sheet.digest
    assert refused(child, SignTransactions(other, real, given)) == "SHEET-STALE"


def test_no_approval_of_a_sheet_that_the_signer_process_did_not_make(
    device: Device, child: Child
) -> None:
    envelope = device.honest()
    call = Approve(envelope, bytes(32), "Ada", PASSPHRASES["Ada"])
    assert refused(child, call) == "SHEET-STALE"


def to_the_attacker(unsigned: UnsignedTransaction) -> UnsignedTransaction:
    return replace(unsigned, payload=hostile.ethereum_transfer(0, destination=ETH_ATTACKER))


def test_no_approval_and_no_signature_for_a_refused_batch(device: Device, child: Child) -> None:
    coordinator = device.coordinator
    content = with_transaction(coordinator.content(), "eth-1", to_the_attacker)
    envelope = coordinator.seal(coordinator.request(content, 1, clock()))
    reading = device.desk().read(envelope)
    assert isinstance(reading, RefusalToShow)
    call = Approve(envelope, bytes(32), "Ada", PASSPHRASES["Ada"])
    assert refused(child, call) == "REQUEST-REFUSED"
    assert refused(child, SignTransactions(envelope, bytes(32), ())) == "REQUEST-REFUSED"


def test_no_signature_with_one_signer_or_none_or_forged_ones(device: Device, child: Child) -> None:
    envelope = device.honest()
    sheet = sheet_of(device, envelope).sheet.digest
    ada, ben = approved(child, envelope, sheet)
    forged = replace(ben, signature=ada.signature)
    stranger = hostile.person_key("Eve")
    signed = approvals.approval_statement(device.genesis.realm, sheet)
    eve = SignerApproval("Eve", hostile.public(stranger), sheet, stranger.sign(signed))
    posing = replace(eve, name="Ben")
    for given, told in (
        ((), "QUORUM"),
        ((ada,), "QUORUM"),
        ((ada, ada), "QUORUM"),
        ((ada, forged), "APPROVAL"),
        ((ada, eve), "APPROVAL"),
        ((ada, posing), "APPROVAL"),
    ):
        assert refused(child, SignTransactions(envelope, sheet, given)) == told
    assert read_history(device.journal).unfinished is None


def test_no_second_signature_on_a_spent_coin_or_nonce(device: Device, child: Child) -> None:
    envelope = device.honest()
    sheet = sheet_of(device, envelope).sheet.digest
    given = approved(child, envelope, sheet)
    child.channel.send(SignTransactions(envelope, sheet, given))
    while isinstance(reply := child.channel.receive(), signer.Progress):
        pass
    assert isinstance(reply, signer.Response)
    assert refused(child, SignTransactions(envelope, sheet, given)) == "REQUEST-REFUSED"
    coordinator = device.coordinator
    other = coordinator.seal(coordinator.request(coordinator.content(2, 0, 1), 2, clock()))
    call = Approve(other, bytes(32), "Ada", PASSPHRASES["Ada"])
    assert refused(child, call) == "REQUEST-REFUSED"


def test_nobody_joins_a_founded_appliance(child: Child) -> None:
    assert refused(child, Enrol("Eve", "Eve has a long passphrase")) == "SETTINGS"


@pytest.mark.parametrize(
    "frame",
    [
        b"\x00\x00\x00\x00",
        b"\x00\x00\x00\x01\xff",
        b"\x00\x00\x00\x03\x82\x18\x63",
        (MAX_FRAME + 1).to_bytes(4, "big"),
        b"\xff\xff\xff\xff" + bytes(1000),
        b"\x00\x00\x10\x00" + b"\x81" * 4096,
    ],
    ids=["empty", "not CBOR", "unknown call", "too large", "huge", "nested"],
)
def test_nonsense_on_the_channel_ends_the_process(child: Child, frame: bytes) -> None:
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    os.write(child.channel._write_end, frame)
    child.process.wait(20)
    after = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    assert after - before < 64 << 10 or after < 300 << 10


def test_one_signer_cannot_be_two(device: Device, desk: ApplianceDesk) -> None:
    open_session(desk)
    sheet = desk.read(device.honest())
    assert isinstance(sheet, SheetToReview)
    ada = desk.approve(sheet, "Ada", PASSPHRASES["Ada"])
    with pytest.raises(AirlockError) as error:
        desk.sign(sheet, (ada, ada), lambda *_: None)
    assert error.value.id == "QUORUM"


def test_no_signature_for_an_unattributed_request_that_the_policy_does_not_allow(
    device: Device, child: Child
) -> None:
    message = ForeignWallet(device.coordinator).transfer()
    for call in (
        Approve(message, bytes(32), "Ada", PASSPHRASES["Ada"]),
        SignTransactions(message, bytes(32), ()),
        signer.Reject(message, "Ada", PASSPHRASES["Ada"], "never seen"),
    ):
        reply = ask(child, call)
        assert isinstance(reply, signer.Failed)
        assert reply.what.startswith("UNATTRIBUTED")
    answer = ask(child, signer.Refuse(message))
    assert isinstance(answer, signer.Response)
    assert answer.unattributed
    assert answer.answer is None
