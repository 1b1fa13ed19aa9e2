"""A founded appliance with a real SoftHSM2 token: founded once for each worker, copied for each
test, so that every test has a token and a data volume of its own."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from appliance.journal.file import read_history
from appliance.processes.desk import ApplianceDesk
from appliance.settings import load_settings
from appliance.wire.epochs import Genesis
from tests import hostile_coordinator as hostile
from tests.hostile_coordinator import Coordinator
from tests.real_parts.soft_hsm import TRANSPORT_PIN, SoftHsm, module

PASSPHRASES = {name: f"{name} has a long passphrase" for name in ("Ada", "Ben", "Cho")}


def clock() -> int:
    return int(time.time())


@dataclass(frozen=True)
class Device:
    """A folder with a token, a data volume and settings."""

    hsm: SoftHsm

    @property
    def folder(self) -> Path:
        return self.hsm.folder

    @property
    def settings(self) -> Path:
        return self.folder / "settings.toml"

    @property
    def journal(self) -> Path:
        return self.folder / "data" / "journal"

    @property
    def genesis(self) -> Genesis:
        signed = read_history(self.journal).genesis
        assert signed is not None
        return signed.genesis

    @property
    def coordinator(self) -> Coordinator:
        return Coordinator(self.genesis)

    def honest(self, number: int = 1, nonce: int = 0) -> bytes:
        return self.coordinator.honest(number, nonce, now=clock())

    def desk(self) -> ApplianceDesk:
        os.environ.update(self.hsm.environment)
        return ApplianceDesk(load_settings(self.settings), self.settings, clock)

    def verify_journal(self, *options: str) -> int:
        command = (sys.executable, "-m", "appliance", "journal", "verify", str(self.journal))
        return subprocess.run([*command, *options], capture_output=True, check=False).returncode

    def copied_to(self, folder: Path) -> "Device":
        """Copy token and data volume, as a test does that may spoil them."""
        shutil.copytree(self.folder / "data", folder / "data")
        copied = Device(self.hsm.copied_to(folder))
        copied.write_settings()
        return copied

    def write_settings(self) -> None:
        self.settings.write_text(
            f'[device]\ndata = "{self.folder}/data"\n'
            f'[hsm]\nmodule = "{module()}"\ntoken = "{self.hsm.serial}"\n'
        )


def new_device(folder: Path) -> Device:
    """A token as it comes from the factory, and an empty data volume."""
    device = Device(SoftHsm.from_the_factory(folder))
    (folder / "data").mkdir()
    device.write_settings()
    return device


@pytest.fixture(scope="session")
def founded_once(tmp_path_factory: pytest.TempPathFactory) -> Device:
    device = new_device(tmp_path_factory.mktemp("founded"))
    desk = device.desk()
    try:
        proposal = desk.read_proposal(hostile.sealed_proposal(hostile.proposal()))
        for name, passphrase in PASSPHRASES.items():
            desk.enrol(name, passphrase)
        desk.commission(proposal, TRANSPORT_PIN)
    finally:
        desk.end()
    return device


@pytest.fixture
def device(founded_once: Device, tmp_path: Path) -> Device:
    return founded_once.copied_to(tmp_path)


@pytest.fixture
def desk(device: Device) -> Iterator[ApplianceDesk]:
    made = device.desk()
    yield made
    made.end()


def open_session(desk: ApplianceDesk) -> None:
    for name in ("Ada", "Ben"):
        desk.open_session(name, PASSPHRASES[name])
