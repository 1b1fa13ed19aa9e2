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

from image.boot.font import reader_for
from image.boot.machine import Hardware, Machine
from image.boot.picture import Reader

MANIFEST = "manifest.json"
DATA_BYTES = 48 << 20
PASSPHRASE = "the data volume has a passphrase"  # noqa: S105 - of volumes that a test throws away
WITHOUT_HSM = "to go on without an HSM:"
FIRST_SCREEN = "First start|Open the data volume"
OPEN = "How things stand"
REFUSED = "SELF-CHECK|START-FAILED|DATA-[A-Z]+|JOURNAL-[A-Z-]+"
"""The named screens that stand between people and the terminal."""
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

    @classmethod
    def of(cls, disk: Path, folder: Path) -> "Bench":
        """Return a bench for a disk that the build left."""
        return cls(disk, reader_for(disk), folder)

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
    shown = _wait_for(machine, FIRST_SCREEN)
    told = machine.text()
    if "First" in shown:
        _format(machine)
    else:
        unlock(machine)
    reach(machine)
    return told


def reach(machine: Machine) -> None:
    """Wait for the terminal, without an HSM where there is none. Raises ScenarioFailed."""
    if _wait_for(machine, f"{OPEN}|{WITHOUT_HSM}") == WITHOUT_HSM:
        machine.enter("none\r")
        _wait_for(machine, OPEN)


def _wait_for(machine: Machine, wanted: str) -> str:
    """Wait for a screen; what it says. Raises ScenarioFailed for one that stands in its way."""
    shown = machine.wait_for(f"{wanted}|{REFUSED}", PATIENCE)[0]
    if re.fullmatch(REFUSED, shown):
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


def never_opens(
    machine: Machine, seconds: float, is_over: Callable[[], bool] = lambda: False
) -> str:
    """Look on for a while, until the machine is off, or until it is over; the last screen.

    Raises ScenarioFailed if the first screen or the terminal opens.
    """
    deadline = time.monotonic() + seconds
    shown = ""
    while time.monotonic() < deadline and machine.process.poll() is None and not is_over():
        shown = machine.text()
        if any(word in shown for word in (OPEN, "First start", "Open the data volume")):
            raise ScenarioFailed("a disk that must not start has started")
        time.sleep(1)
    return shown
