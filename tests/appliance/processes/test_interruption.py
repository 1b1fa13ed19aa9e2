"""Kill -9 at any moment of signing: nothing is lost, and no second digest is ever signed.

The signer process runs under `strace`, which kills it at the n-th system call that could leave a
trace on the disk. Every n is tried, from the first after the session opened to the answer.
"""

import contextlib
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from appliance.errors import ProcessEnded
from appliance.journal.file import read_entries
from appliance.model.entry import Intent, SignaturesRecorded
from appliance.processes.channel import Channel
from appliance.processes.signer_messages import (
    ApprovalGiven,
    Approve,
    Call,
    OpenSession,
    Progress,
    Reply,
    Response,
    SignTransactions,
    Status,
)
from appliance.tui.desk import AlreadyAnswered, Medium, RefusalToShow, SheetToReview
from appliance.wire import record
from appliance.wire.envelope import Envelope
from appliance.wire.messages import BatchBurnt, SigningResponse
from appliance.wire.statement import StatementType
from tests.appliance.processes.conftest import PASSPHRASES, Device, clock, open_session

TRACED = "fsync,write,pwrite64,unlink,rename,ftruncate"


class Interrupted(Exception):
    """The process was killed before it answered."""


def spawn_traced(
    device: Device, kill_at: tuple[str, int] | None, count: Path
) -> tuple[Channel, subprocess.Popen[bytes]]:
    ours = os.pipe(), os.pipe()
    (child_reads, we_write), (we_read, child_writes) = ours
    inject = []
    if kill_at is not None:
        name, occurrence = kill_at
        inject = ["-e", f"inject={name}:signal=SIGKILL:when={occurrence}"]
    strace = ["strace", "-f", "-o", str(count), "-e", f"trace={TRACED}", *inject]
    command = [sys.executable, "-m", "appliance", "process", "signer"]
    options = ["--settings", str(device.settings), "--channel", f"{child_reads},{child_writes}"]
    process = subprocess.Popen(
        [*strace, *command, *options],
        pass_fds=(child_reads, child_writes),
        stdin=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={
            **os.environ,
            "SOFTHSM2_CONF": str(device.folder / "softhsm2.conf"),
            "PYTHONDONTWRITEBYTECODE": "1",
        },
    )
    os.close(child_reads)
    os.close(child_writes)
    return Channel(we_read, we_write, Reply, Call), process


def ask(channel: Channel, call: object) -> object:
    try:
        channel.send(call)
        while isinstance(reply := channel.receive(), Progress):
            pass
    except ProcessEnded as ended:
        raise Interrupted from ended
    return reply


def sign_traced(
    device: Device, envelope: bytes, kill_at: tuple[str, int] | None, count: Path
) -> bytes:
    """Open a session, approve and sign under strace; the response. Raises Interrupted."""
    desk = device.desk()
    sheet = desk.read(envelope)
    assert isinstance(sheet, SheetToReview)
    channel, process = spawn_traced(device, kill_at, count)
    try:
        for name in ("Ada", "Ben"):
            assert isinstance(ask(channel, OpenSession(name, PASSPHRASES[name])), Status)
        given = []
        for name in ("Ada", "Ben"):
            call = Approve(envelope, sheet.sheet.digest, name, PASSPHRASES[name])
            reply = ask(channel, call)
            assert isinstance(reply, ApprovalGiven)
            given.append(reply.approval)
        answer = ask(channel, SignTransactions(envelope, sheet.sheet.digest, tuple(given)))
        assert isinstance(answer, Response)
        return answer.message
    finally:
        channel.close()
        process.wait(20)


CALL = re.compile(r"(\d+) +(\w+)\((\d*).*= (-?\d+)")
LARGE = 2000
"""More bytes than any entry before the intent: the intent holds the whole request."""


@dataclass(frozen=True)
class Traced:
    """A system call: its name, its descriptor if it has one, its result."""

    name: str
    descriptor: str
    result: int


def calls(count: Path) -> list[Traced]:
    """The signer process's calls, in order: strace counts for each thread by itself."""
    found = [match for line in count.read_text().splitlines() if (match := CALL.match(line))]
    signer = next(match[1] for match in found if match[2] == "fsync")
    return [Traced(match[2], match[3], int(match[4])) for match in found if match[1] == signer]


def intent_at(made: list[Traced]) -> int:
    """Where the intent is written to the journal, counted from 1."""
    journal = next(call.descriptor for call in made if call.name == "fsync")
    return next(
        n
        for n, call in enumerate(made, 1)
        if call.name == "write" and call.descriptor == journal and call.result > LARGE
    )


def occurrence(made: list[Traced], n: int) -> tuple[str, int]:
    """The n-th call (from 1) as strace counts: by name."""
    name = made[n - 1].name
    return name, sum(call.name == name for call in made[:n])


def digests_on_record(device: Device) -> set[tuple[str, int, bytes]]:
    entries = list(read_entries(device.journal.read_bytes()))
    intended = {
        (transaction.id, wanted.index, wanted.digest)
        for entry in entries
        if isinstance(entry.body, Intent)
        for transaction in entry.body.transactions
        for wanted in transaction.digests
    }
    signed = {
        (transaction.id, made.index, made.digest)
        for entry in entries
        if isinstance(entry.body, SignaturesRecorded)
        for transaction in entry.body.transactions
        for made in transaction.signatures
    }
    assert signed <= intended
    return intended


def recover(device: Device, envelope: bytes) -> str:
    """Start again after the crash, and finish whatever way the journal says is open."""
    desk = device.desk()
    try:
        open_session(desk)
        standing = desk.standing()
        if standing.interrupted:
            message = desk.resume(lambda *_: None).message
            told = "resumed with signatures" if standing.interrupted_signed else "resumed"
        else:
            reading = desk.read(envelope)
            if isinstance(reading, AlreadyAnswered):
                message, told = desk.show(reading.response, Medium.QR).message, "shown again"
            else:
                assert isinstance(reading, SheetToReview)
                given = tuple(
                    desk.approve(reading, name, PASSPHRASES[name]) for name in ("Ada", "Ben")
                )
                message, told = desk.sign(reading, given, lambda *_: None).message, "from the start"
        again = desk.read(envelope)
        assert isinstance(again, AlreadyAnswered)
        assert desk.show(again.response, Medium.QR).message == message
        desk.close_session()
    finally:
        desk.end()
    return told


@dataclass(frozen=True)
class Rehearsal:
    """A run that nobody interrupted: what was asked, what was called, what came on record."""

    device: Device
    envelope: bytes
    made: list[Traced]
    digests: set[tuple[str, int, bytes]]


@pytest.fixture(scope="module")
def rehearsal(founded_once: Device, tmp_path_factory: pytest.TempPathFactory) -> Rehearsal:
    folder = tmp_path_factory.mktemp("rehearsal")
    envelope = founded_once.honest()
    whole = founded_once.copied_to(folder / "whole")
    sign_traced(whole, envelope, None, folder / "calls")
    made = calls(folder / "calls")
    return Rehearsal(founded_once, envelope, made, digests_on_record(whole))


def moments(made: list[Traced]) -> list[int]:
    """Every call on the journal, and of the many by which SoftHSM2 writes objects every fifth.

    All of them were tried: AIRLOCK_EVERY_MOMENT=1 tries them again, which takes minutes.
    """
    start, journal = intent_at(made), made[intent_at(made) - 1].descriptor
    step = 1 if os.environ.get("AIRLOCK_EVERY_MOMENT") else 5
    return [
        n for n in range(start, len(made) + 1) if made[n - 1].descriptor == journal or n % step == 0
    ]


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("share", [0, 1])
def test_kill_at_every_write_of_signing(rehearsal: Rehearsal, tmp_path: Path, share: int) -> None:
    ways = set()
    for n in moments(rehearsal.made)[share::2]:
        victim = rehearsal.device.copied_to(tmp_path / str(n))
        with contextlib.suppress(Interrupted):
            kill_at = occurrence(rehearsal.made, n)
            sign_traced(victim, rehearsal.envelope, kill_at, tmp_path / f"calls-{n}")
        ways.add(recover(victim, rehearsal.envelope))
        assert digests_on_record(victim) == rehearsal.digests
        assert victim.verify_journal("--deep") == 0
        shutil.rmtree(victim.folder)
    assert ways >= {"resumed", "shown again"}


@pytest.mark.slow
def test_an_interrupted_batch_can_be_burnt_and_its_nonces_stay_reserved(
    device: Device, rehearsal: Rehearsal, tmp_path: Path
) -> None:
    after_sync = occurrence(rehearsal.made, intent_at(rehearsal.made) + 2)
    with pytest.raises(Interrupted):
        sign_traced(device, rehearsal.envelope, after_sync, tmp_path / "calls")
    desk = device.desk()
    try:
        open_session(desk)
        assert desk.standing().interrupted == "B1"
        message = desk.burn().message
        purpose = (device.genesis.realm, StatementType.SIGNING_RESPONSE)
        payload = Envelope.parse(message).verify(device.genesis.manifest.attestation, purpose)
        outcome = record.decode(SigningResponse, payload).outcome
        assert outcome == BatchBurnt(("Ada", "Ben"))
        assert desk.standing().interrupted is None
        coordinator = device.coordinator
        fresh = coordinator.content(2, 0, 1)
        refusal = desk.read(coordinator.seal(coordinator.request(fresh, 2, clock())))
        assert isinstance(refusal, RefusalToShow)
        assert {f.rule for f in refusal.findings} == {"OUTPOINT-REUSED", "NONCE-REUSED"}
    finally:
        desk.end()
