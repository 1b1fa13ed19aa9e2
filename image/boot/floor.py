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
from typing import Any

from appliance.wire.sight import qr_reading
from image import uki
from image.boot.bench import (
    FIRST_SCREEN,
    PASSPHRASE,
    PATIENCE,
    WITHOUT_HSM,
    Bench,
    ScenarioFailed,
    switch_off,
    unlock,
)
from image.boot.machine import Machine
from image.boot.picture import grey
from image.boot.software_tpm import software_tpm
from image.trust import authenticode, elliptic, floor_policy, quote, secure_boot, signed_disk
from image.trust.errors import QuoteRefused

YESTERDAY, TODAY = 6, 7
OFFICERS = tuple(f"passphrase of officer {number}" for number in (1, 2, 3))
NONCE, ANOTHER = bytes.fromhex("0123456789abcdef"), bytes(quote.NONCE_SIZE)
NAME, EARLIER_NAME = b'IMAGE_ID="airlock', b'IMAGE_ID="Airlock'
STOPPED = "(IMAGE|TPM|FLOOR|DATA|START)-[A-Z-]+"
NAMED = f"{FIRST_SCREEN}|{STOPPED}"
CODE_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Release:
    """A signed disk with its approval, and what the TPM measures of it."""

    disk: Path
    pcr_11: bytes


def floor(bench: Bench) -> dict[str, Any]:
    """Open with both releases, be refused with the older one, and recover on another TPM."""
    yesterday, today = _releases(bench)
    data = bench.blank_volume()
    with _machine(bench, yesterday, data, "first") as machine:
        _found(machine)
    with _machine(bench, yesterday, data, "first") as machine:
        _open(machine)
    with _machine(bench, today, data, "first") as machine:
        _attest(machine, today)
        _open(machine)
    with _machine(bench, yesterday, data, "first") as machine:
        refused = machine.wait_for(NAMED, PATIENCE)[0]
    with _machine(bench, today, data, "another") as machine:
        changed = machine.wait_for(NAMED, PATIENCE)[0]
        if changed == "TPM-CHANGED":
            _recover(machine)
    if (refused, changed) != ("IMAGE-OLDER", "TPM-CHANGED"):
        raise ScenarioFailed(f"the screens are {refused} and {changed}")
    return {
        "ok": True,
        "yesterday_before": "opened",
        "today": "opened",
        "yesterday_after": refused,
        "tpm_lost": changed,
        "recovered": "opened",
        "quote": "read off the screen and accepted",
    }


def _releases(bench: Bench) -> tuple[Release, Release]:
    program = (bench.disk.parent / "airlock.efi").read_bytes()
    if program.count(NAME) != 1:
        raise ScenarioFailed("the image's name is not where it is looked for")
    owner = secure_boot.make_key("db", bench.folder)
    release_key = bench.folder / "release.key"
    elliptic.make_key(release_key)

    def release(number: int, unsigned: bytes) -> Release:
        path, pcr_11 = bench.folder / f"{number}.efi", uki.pcr_11(unsigned)
        path.write_bytes(unsigned)
        signature = secure_boot.sign_program(path, owner, bench.folder)
        policy = floor_policy.signed(number, pcr_11, release_key)
        parts = (bench.disk.read_bytes(), unsigned, signature, policy)
        epoch = int(bench.manifest["source_date_epoch"])
        disk = path.with_suffix(".img")
        disk.write_bytes(signed_disk.assembled(*parts, epoch))
        return Release(disk, pcr_11)

    earlier = program.replace(NAME, EARLIER_NAME)
    if authenticode.digest(earlier) == authenticode.digest(program):
        raise ScenarioFailed("the two releases are one and the same")
    return release(YESTERDAY, earlier), release(TODAY, program)


@contextmanager
def _machine(bench: Bench, release: Release, data: Path, mainboard: str) -> Iterator[Machine]:
    """Switch on the machine whose TPM is on this mainboard."""
    folder = bench.folder / mainboard
    folder.mkdir(exist_ok=True)
    (folder / "tpm" / "socket").unlink(missing_ok=True)
    attempt = Bench(release.disk, bench.reader, bench.folder)
    with (
        software_tpm(folder) as tpm,
        attempt.machine(attempt.hardware(data, tpm=tpm)) as machine,
    ):
        yield machine


def _found(machine: Machine) -> None:
    machine.wait_for("press Enter:", PATIENCE)
    if not re.search(rf"release\s+number\s+{YESTERDAY}", machine.text()):
        raise ScenarioFailed(f"the first screen knows of no approval:\n{machine.text()}")
    machine.enter("format\r")
    _choose(machine, "opens no key", PASSPHRASE)
    machine.wait_for("Recovery officers:", PATIENCE)
    machine.enter(f"2 of {len(OFFICERS)}\r")
    for number, passphrase in enumerate(OFFICERS, 1):
        _choose(machine, rf"officer\s+{number}\s+of", passphrase)
    _is_open(machine)


def _choose(machine: Machine, request: str, passphrase: str) -> None:
    machine.wait_for(rf"{request}[\s\S]*New passphrase:", PATIENCE)
    machine.enter(passphrase + "\r")
    machine.wait_for("The same again:", PATIENCE)
    machine.enter(passphrase + "\r")


def _open(machine: Machine) -> None:
    if (shown := machine.wait_for(NAMED, PATIENCE)[0]) not in FIRST_SCREEN.split("|"):
        raise ScenarioFailed(f"{shown} instead of a data volume to be opened")
    unlock(machine)
    _is_open(machine)


def _is_open(machine: Machine) -> None:
    """The next question is for the HSM: the volume is mounted, and the floor is raised."""
    reached = machine.wait_for(f"{WITHOUT_HSM}|{STOPPED}", PATIENCE)[0]
    if reached != WITHOUT_HSM:
        raise ScenarioFailed(f"{reached} instead of an open data volume:\n{machine.text()}")
    switch_off(machine)


def _attest(machine: Machine, release: Release) -> None:
    """Enrol the machine and have it answer a nonce, off its screen, as the checker's station."""
    machine.wait_for("Passphrase:", PATIENCE)
    machine.enter("\r")
    enrolled = quote.read_enrolment(_answered(machine, "enrol"))
    answer = quote.read_quote(_answered(machine, NONCE.hex(" ", 2)))
    quote.verified(answer, enrolled, release.pcr_11, NONCE)
    try:
        quote.verified(answer, enrolled, release.pcr_11, ANOTHER)
    except QuoteRefused:
        machine.enter("\r")
        return
    raise ScenarioFailed("the quote answers a question that was not asked")


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


def _recover(machine: Machine) -> None:
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
    _is_open(machine)
