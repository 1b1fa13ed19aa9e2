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

MODULES = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
)
TRANSPORT_PIN = "transport-pin"
PASSPHRASES = {name: f"{name} has a long passphrase" for name in ("Ada", "Ben", "Cho")}


def clock() -> int:
    return int(time.time())


@dataclass(frozen=True)
class Device:
    """A folder with a token, a data volume and settings."""

    folder: Path

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
        os.environ["SOFTHSM2_CONF"] = str(self.folder / "softhsm2.conf")
        return ApplianceDesk(load_settings(self.settings), self.settings, clock)

    def verify_journal(self, *options: str) -> int:
        command = (sys.executable, "-m", "appliance", "journal", "verify", str(self.journal))
        return subprocess.run([*command, *options], capture_output=True, check=False).returncode

    def place(self, serial: str) -> None:
        """Write the settings that name this folder."""
        module = next(path for path in MODULES if Path(path).exists())
        tokens = self.folder / "tokens"
        (self.folder / "softhsm2.conf").write_text(
            f"directories.tokendir = {tokens}\nobjectstore.backend = file\nlog.level = ERROR\n"
        )
        self.settings.write_text(
            f'[device]\ndata = "{self.folder}/data"\n'
            f'[hsm]\nmodule = "{module}"\ntoken = "{serial}"\n'
        )


def new_device(folder: Path) -> Device:
    """A token as it comes from the factory, and an empty data volume."""
    device = Device(folder)
    (folder / "tokens").mkdir()
    (folder / "data").mkdir()
    device.place("")
    environment = {**os.environ, "SOFTHSM2_CONF": str(folder / "softhsm2.conf")}
    run = ["softhsm2-util", "--init-token", "--free", "--label", "airlock"]
    pins = ["--so-pin", TRANSPORT_PIN, "--pin", "transport-user"]
    subprocess.run([*run, *pins], env=environment, check=True, capture_output=True)
    shown = subprocess.run(
        ["softhsm2-util", "--show-slots"], env=environment, check=True, capture_output=True
    ).stdout.decode()
    serials = [line.split(":")[1].strip() for line in shown.splitlines() if "Serial" in line]
    device.place(next(serial for serial in serials if serial))
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
    for part in ("tokens", "data"):
        shutil.copytree(founded_once.folder / part, tmp_path / part)
    copied = Device(tmp_path)
    copied.place(load_settings(founded_once.settings).token)
    return copied


@pytest.fixture
def desk(device: Device) -> Iterator[ApplianceDesk]:
    made = device.desk()
    yield made
    made.end()


def open_session(desk: ApplianceDesk) -> None:
    for name in ("Ada", "Ben"):
        desk.open_session(name, PASSPHRASES[name])
