"""What a scenario works with: the disk, the console's font, scratch space; and the first steps."""

import hashlib
import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from image.boot.machine import BETWEEN_LOOKS, Hardware, Machine
from image.boot.picture import Reader
from image.boot.qmp import MachineFailed

MANIFEST = "manifest.json"
DATA_BYTES = 48 << 20
PASSPHRASE = "the data volume has a passphrase"  # noqa: S105 - of volumes that a test throws away
WITHOUT_HSM = "to go on without an HSM:"
FIRST_SCREEN = "First start|Open the data volume"
QUESTION = "press Enter:|Passphrase:"
"""What the first screen ends with: once it is there, all above it is."""
OPEN = "How things stand"
STOPPED = "|".join((
    *("SELF-CHECK", "START-FAILED", "TERMINAL-ENDED"),
    *(f"JOURNAL-{what}" for what in ("BROKEN", "NEWER", "ROLLED-BACK")),
    *(f"DATA-{what}" for what in ("MISSING", "AMBIGUOUS", "DAMAGED", "LOST", "FULL")),
    *("IMAGE-OLDER", "IMAGE-NOT-APPROVED", "FLOOR-NOT-RAISED"),
    *("TPM-MISSING", "TPM-CHANGED", "TPM-IN-USE"),
))  # fmt: skip
"""The named screens that stand between people and the terminal: whole names, because a screen may
be looked at while it is painted."""
HSM_MISSING = "HSM-MISSING"
"""The data volume is open; where no HSM is connected, this is the next question."""
PATIENCE = 900.0
"""Seconds that an emulated machine may take on a host that does other things too."""


class ScenarioFailed(Exception):
    """The machine did what it must not do, or did not do what it must."""


@dataclass(frozen=True, slots=True)
class Bench:
    """The disk under test, the font to read its screen by, and a folder for scratch."""

    disk: Path
    reader: Reader
    folder: Path

    def with_disk(self, disk: Path) -> "Bench":
        """Return the same bench with another disk on it."""
        return replace(self, disk=disk)

    @property
    def manifest(self) -> dict[str, Any]:
        """What the build says of its disks."""
        loaded: dict[str, Any] = json.loads((self.disk.parent / MANIFEST).read_text())
        return loaded

    def blank_volume(self, name: str = "data.img") -> Path:
        """Make a blank medium."""
        path = self.folder / name
        with path.open("wb") as file:
            file.truncate(DATA_BYTES)
        return path

    @contextmanager
    def machine(self, hardware: Hardware | None = None) -> Iterator[Machine]:
        """Switch a machine on, with a blank data volume if nothing else is said."""
        made = hardware or Hardware(self.disk, data=self.blank_volume())
        with Machine(made, self.reader) as machine:
            yield machine

    def hardware(self, data: Path | None, **parts: Any) -> Hardware:
        """Return a machine with this disk and data volume, and other parts."""
        return replace(Hardware(self.disk, data=data), **parts)


def sha256_of(path: Path) -> str:
    """Return a file's SHA-256 in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def start(machine: Machine) -> str:
    """Go from the switch to the terminal; what the first screen said of the image."""
    told = open_volume(machine)
    reach(machine)
    return told


def open_volume(machine: Machine) -> str:
    """Make or open the data volume; what the first screen said of the image."""
    shown = wait_for(machine, FIRST_SCREEN)
    machine.wait_for(QUESTION, PATIENCE)
    told = machine.text()
    if "First" in shown:
        _format(machine)
    else:
        unlock(machine)
    return told


def reach(machine: Machine) -> None:
    """Wait for the terminal, without an HSM where there is none. Raises ScenarioFailed."""
    if wait_for(machine, f"{OPEN}|{WITHOUT_HSM}") == WITHOUT_HSM:
        machine.enter("none\r")
        wait_for(machine, OPEN)


def wait_for(machine: Machine, wanted: str) -> str:
    """Wait for a screen; what it says. Raises ScenarioFailed for one that stands in its way."""
    shown = machine.wait_for(f"{wanted}|{STOPPED}", PATIENCE)[0]
    if re.fullmatch(STOPPED, shown):
        raise ScenarioFailed(f"{shown} is on the screen:\n{machine.text()}")
    return shown


def _format(machine: Machine) -> None:
    machine.wait_for("press Enter:", PATIENCE)
    machine.enter("format\r")
    machine.wait_for("New passphrase:", PATIENCE)
    machine.enter(PASSPHRASE + "\r")
    machine.wait_for("The same again:", PATIENCE)
    machine.enter(PASSPHRASE + "\r")


def unlock(machine: Machine) -> None:
    """Type the data volume's passphrase."""
    machine.wait_for("Passphrase:", PATIENCE)
    machine.enter(PASSPHRASE + "\r")


def switch_off(machine: Machine) -> None:
    """Push the power button and wait until the machine is off."""
    machine.push_power_button()
    machine.wait(PATIENCE)


def opened(machine: Machine, is_over: Callable[[], bool] = lambda: False) -> str | None:
    """Look on until the first screen opens, and return its name; None if it does not.

    It does not once the machine is off, or it is over for another reason. Raises TimeoutError.
    """
    deadline = time.monotonic() + PATIENCE
    while not is_over():
        try:
            if shown := re.search(f"{FIRST_SCREEN}|{OPEN}", machine.text()):
                return shown[0]
        except MachineFailed:
            if machine.is_off():
                return None
            raise
        if time.monotonic() > deadline:
            raise TimeoutError(f"neither started nor refused:\n{machine.text()}")
        time.sleep(BETWEEN_LOOKS)
    return None
