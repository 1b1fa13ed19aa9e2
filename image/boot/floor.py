"""The rollback floor: yesterday's signed image is refused once today's has opened the data volume.

The owner's keys, approvals and signed disks are made here, by the commands that an owner uses.
Yesterday's image differs from today's in one letter of its name, which the TPM measures. Then the
TPM is lost, and officers open the volume on another one.
"""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from appliance.wire.sight import qr_reading
from image.boot import owner
from image.boot.bench import (
    FIRST_SCREEN,
    HSM_MISSING,
    PASSPHRASE,
    PATIENCE,
    STOPPED,
    Bench,
    ScenarioFailed,
    switch_off,
    unlock,
)
from image.boot.machine import Machine
from image.boot.picture import grey
from image.boot.scenario import Facts, Scenario, Steps
from image.boot.software_tpm import software_tpm
from image.disk import uki
from image.trust import authenticode, quote
from image.trust.errors import QuoteRefused

YESTERDAY, TODAY = 6, 7
OFFICERS = tuple(f"passphrase of officer {number}" for number in (1, 2, 3))
NONCE, ANOTHER = bytes.fromhex("0123456789abcdef"), bytes(quote.NONCE_SIZE)
NAME, EARLIER_NAME = b'IMAGE_ID="airlock', b'IMAGE_ID="Airlock'
NAMED = f"{FIRST_SCREEN}|{STOPPED}"
CODE_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Release:
    """A signed disk with its approval, and what the TPM measures of it."""

    disk: Path
    pcr_11: bytes


def _floor(bench: Bench) -> Steps:
    yesterday, today = _releases(bench)
    data = bench.blank_volume()
    with _machine(bench, yesterday, data, "first") as machine:
        yield {"founded_with": _release_number(machine), "founded": _found(machine)}
    with _machine(bench, yesterday, data, "first") as machine:
        yield {"yesterday_before": _open(machine)}
    with _machine(bench, today, data, "first") as machine:
        yield _attest(machine, today)
        yield {"today": _open(machine)}
    with _machine(bench, yesterday, data, "first") as machine:
        yield {"yesterday_after": _open(machine)}
    with _machine(bench, today, data, "another") as machine:
        yield {"tpm_lost": machine.wait_for(NAMED, PATIENCE)[0]}
        yield {"recovered": _recover(machine)}


FLOOR = Scenario(
    _floor,
    {
        "founded_with": YESTERDAY,
        "founded": HSM_MISSING,
        "yesterday_before": HSM_MISSING,
        "quote": "accepted",
        "quote_for_another_nonce": "refused",
        "today": HSM_MISSING,
        "yesterday_after": "IMAGE-OLDER",
        "tpm_lost": "TPM-CHANGED",
        "recovered": HSM_MISSING,
    },
)
"""Both releases open, the older one is refused from then on, and officers recover on another TPM.

Each fact is the named screen that came: the HSM is asked for once the data volume is open.
"""


def _releases(bench: Bench) -> tuple[Release, Release]:
    program = owner.program_of(bench)
    if program.count(NAME) != 1:
        raise ScenarioFailed("the image's name is not where it is looked for")
    earlier = program.replace(NAME, EARLIER_NAME)
    if authenticode.digest(earlier) == authenticode.digest(program):
        raise ScenarioFailed("the two releases are one and the same")
    by = owner.owner(bench.folder)

    def release(number: int, unsigned: bytes) -> Release:
        policy = owner.approved(by, number, unsigned)
        disk = owner.signed(bench, by, str(number), unsigned, policy)
        return Release(disk, uki.pcr_11(unsigned))

    return release(YESTERDAY, earlier), release(TODAY, program)


@contextmanager
def _machine(bench: Bench, release: Release, data: Path, mainboard: str) -> Iterator[Machine]:
    """Switch on the machine whose TPM is on this mainboard."""
    attempt = bench.with_disk(release.disk)
    with (
        software_tpm(bench.folder / mainboard) as tpm,
        attempt.machine(attempt.hardware(data, tpm=tpm)) as machine,
    ):
        yield machine


def _release_number(machine: Machine) -> int | None:
    """Return the number that the first screen says the image is approved for."""
    machine.wait_for("press Enter:", PATIENCE)
    said = re.search(r"release\s+number\s+(\d+)", machine.text())
    return int(said[1]) if said else None


def _found(machine: Machine) -> str:
    machine.enter("format\r")
    _choose(machine, "opens no key", PASSPHRASE)
    machine.wait_for("Recovery officers:", PATIENCE)
    machine.enter(f"2 of {len(OFFICERS)}\r")
    for number, passphrase in enumerate(OFFICERS, 1):
        _choose(machine, rf"officer\s+{number}\s+of", passphrase)
    return _reached(machine)


def _choose(machine: Machine, request: str, passphrase: str) -> None:
    machine.wait_for(rf"{request}[\s\S]*New passphrase:", PATIENCE)
    machine.enter(passphrase + "\r")
    machine.wait_for("The same again:", PATIENCE)
    machine.enter(passphrase + "\r")


def _open(machine: Machine) -> str:
    """Type the passphrase where it is asked for; the named screen that comes of it."""
    shown = machine.wait_for(NAMED, PATIENCE)[0]
    if shown not in FIRST_SCREEN.split("|"):
        return shown
    unlock(machine)
    return _reached(machine)


def _reached(machine: Machine) -> str:
    """Return the next named screen; if the volume is open, switch off: the floor is raised."""
    reached = machine.wait_for(f"{HSM_MISSING}|{STOPPED}", PATIENCE)[0]
    if reached == HSM_MISSING:
        switch_off(machine)
    return reached


def _attest(machine: Machine, release: Release) -> Facts:
    """Enrol the machine and have it answer a nonce, off its screen, as the checker's station."""
    machine.wait_for("Passphrase:", PATIENCE)
    machine.enter("\r")
    enrolled = quote.read_enrolment(_answered(machine, "enrol"))
    answer = quote.read_quote(_answered(machine, NONCE.hex(" ", 2)))
    machine.wait_for("Question:", PATIENCE)
    machine.enter("\r")
    verdicts = {}
    for name, nonce in (("quote", NONCE), ("quote_for_another_nonce", ANOTHER)):
        try:
            quote.verified(answer, enrolled, release.pcr_11, nonce)
            verdicts[name] = "accepted"
        except QuoteRefused:
            verdicts[name] = "refused"
    return verdicts


def _answered(machine: Machine, question: str) -> bytes:
    machine.wait_for("Question:", PATIENCE)
    machine.enter(question + "\r")
    machine.wait_for("to go back", PATIENCE)
    deadline = time.monotonic() + CODE_SECONDS
    while time.monotonic() < deadline:
        for code in qr_reading.look_thoroughly(grey(machine.pixels())):
            if code.content is not None:
                machine.enter("\r")
                return code.content
        time.sleep(1)
    raise ScenarioFailed(f"there is no code on the screen:\n{machine.text()}")


def _recover(machine: Machine) -> str:
    machine.wait_for("press Enter:", PATIENCE)
    machine.enter("recover\r")
    for given, number in enumerate((3, 1)):
        machine.wait_for(rf"{given}\s+of\s+2[\s\S]*number, 1 to 3:", PATIENCE)
        machine.enter(f"{number}\r")
        machine.wait_for("Passphrase:", PATIENCE)
        machine.enter(OFFICERS[number - 1] + "\r")
    _choose(machine, "opens no key", PASSPHRASE)
    machine.wait_for("Recovery officers:", PATIENCE)
    machine.enter("none\r")
    return _reached(machine)
