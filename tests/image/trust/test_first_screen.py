"""The whole of a start: the volume opens, is mounted, and only then shuts earlier releases out."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from airlock_os import data_volume
from airlock_os.tpm import rollback_floor
from airlock_os.tpm.commands import Exchange, TpmError
from airlock_os.volume import data_folder, floor_notices, media, release_policy, sealing
from airlock_os.volume.media import Medium, State
from airlock_os.volume.opening import Machine
from airlock_os.volume.protection import Protection
from airlock_os.volume.sealing import Typed

from tests.image.runtime.cheap_volume import CHEAP
from tests.image.trust import console
from tests.image.trust.conftest import Machine as Hardware
from tests.image.trust.console import Console
from tests.image.trust.test_data_volume import (
    CUSTODIAN,
    OFFICERS,
    SIZE,
    TODAY,
    YESTERDAY,
    loop_disk,
    machine_of,
    policy_of,
    start,
)

pytestmark = pytest.mark.needs("cryptsetup")


@pytest.fixture
def person(monkeypatch: pytest.MonkeyPatch) -> Iterator[Console]:
    with console.opened(monkeypatch) as opened:
        yield opened


@pytest.fixture
def volume(
    machine: Hardware, release_key: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """The one medium of a machine that starts today's image, sealed by yesterday's."""
    path = tmp_path / "volume"
    path.write_bytes(bytes(SIZE))
    start(machine, YESTERDAY)
    typed = Typed(CUSTODIAN, OFFICERS, 2)
    policy = policy_of(YESTERDAY, release_key)
    sealing.create(path, sealing.sealed_to(machine.exchange, policy, typed), CHEAP)
    start(machine, TODAY)
    today = policy_of(TODAY, release_key)
    monkeypatch.setattr(media, "connected", lambda: [Medium(path, SIZE, State.OURS)])
    monkeypatch.setattr(release_policy, "connected", lambda: today)
    return path


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where the file system of the open volume is mounted."""
    folder, disk = tmp_path / "folder", loop_disk(tmp_path / "file system")
    monkeypatch.setattr(data_volume, "FOLDER", folder)
    monkeypatch.setattr(data_volume, "MAPPED", disk)
    monkeypatch.setattr(data_folder, "FOLDER", folder)
    monkeypatch.setattr(data_folder, "JOURNAL", folder / "journal")
    for user in ("OWNER", "READER"):
        monkeypatch.setattr(data_folder, user, "root")
    yield folder
    subprocess.run(("umount", folder), check=False, capture_output=True)
    subprocess.run(("losetup", "--detach", disk), check=True)


@pytest.fixture
def program(machine: Hardware) -> Machine:
    return machine_of(machine)


def test_earlier_releases_are_shut_out_by_a_start_that_comes_to_its_end(
    machine: Hardware, program: Machine, person: Console, volume: Path, folder: Path
) -> None:
    assert rollback_floor.floor(machine.exchange) == YESTERDAY
    person.start(data_volume.attempt, program)
    person.type("Passphrase:", CUSTODIAN)
    assert person.result() is None
    assert folder.is_mount()
    assert rollback_floor.floor(machine.exchange) == TODAY


def test_a_volume_that_holds_no_journal_shuts_nobody_out(
    machine: Hardware,
    program: Machine,
    person: Console,
    volume: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(data_volume, "FOLDER", tmp_path / "folder")
    monkeypatch.setattr(data_volume, "MAPPED", tmp_path / "no file system")
    person.start(data_volume.attempt, program)
    person.type("Passphrase:", CUSTODIAN)
    assert person.result() is media.DAMAGED
    assert rollback_floor.floor(machine.exchange) == YESTERDAY


def test_nothing_goes_on_before_earlier_releases_are_shut_out(
    machine: Hardware, program: Machine, person: Console, volume: Path, folder: Path
) -> None:
    busy: list[bool] = []

    @contextmanager
    def open_tpm() -> Iterator[Exchange]:
        if busy and busy.pop():
            raise TpmError("the TPM is busy")
        yield machine.exchange

    def unlock(device: Path, passphrase: str, slot: int, protection: Protection) -> bool:
        if not program.unlock(device, passphrase, slot, protection):
            return False
        busy.append(True)
        return True

    person.start(data_volume.attempt, replace(program, open_tpm=open_tpm, unlock=unlock))
    person.type("Passphrase:", CUSTODIAN)
    assert floor_notices.FLOOR_NOT_RAISED.id in person.asked("to try again.")
    assert rollback_floor.floor(machine.exchange) == YESTERDAY
    person.press_enter()
    assert person.result() is None
    assert rollback_floor.floor(machine.exchange) == TODAY
