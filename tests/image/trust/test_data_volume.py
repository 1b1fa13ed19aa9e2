"""The first screen with a TPM: what opens the data volume, and every screen that does not."""

import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from airlock_os import data_volume, identity
from airlock_os.screen import Notice
from airlock_os.tpm import rollback_floor
from airlock_os.tpm.commands import Exchange, TpmError
from airlock_os.tpm.rollback_floor import Policy, PolicyMalformed
from airlock_os.volume import (
    data_folder,
    floor_notices,
    formatting,
    header_token,
    luks,
    media,
    recovery_quorum,
    sealed_opening,
    sealing,
)
from airlock_os.volume.header_token import Held
from airlock_os.volume.luks import VolumeFailed
from airlock_os.volume.opening import HEADING, NO_FLOOR, Machine, open_plain
from airlock_os.volume.sealing import Typed

from image.trust import floor_policy
from tests.conventions.documents import ROOT
from tests.image.runtime.cheap_volume import CHEAP
from tests.image.trust import console
from tests.image.trust.conftest import PROGRAMS
from tests.image.trust.conftest import Machine as Hardware
from tests.image.trust.console import Console

SIZE = 32 << 20
Ran = subprocess.CompletedProcess[bytes]
CUSTODIAN = "custodian's passphrase"
OFFICERS = tuple(f"passphrase of officer {number}" for number in (1, 2, 3))
SECURE_BOOT, OTHER_KEYS = (sha256(text).digest() for text in (b"owner's keys", b"other keys"))
YESTERDAY, TODAY = 7, 8

pytestmark = pytest.mark.needs("cryptsetup")


def image(number: int) -> bytes:
    return sha256(b"image %d" % number).digest()


def start(hardware: Hardware, number: int, secure_boot: bytes = SECURE_BOOT) -> None:
    hardware.restart()
    hardware.measure(7, secure_boot)
    hardware.measure(11, image(number))


def policy_of(number: int, key: Path) -> Policy:
    measured = sha256(bytes(32) + image(number)).digest()
    return rollback_floor.read_policy(floor_policy.signed(number, measured, key).encoded())


def no_tpm() -> AbstractContextManager[Exchange]:
    raise TpmError("this machine has no TPM")


def machine_of(hardware: Hardware) -> Machine:
    """The program's view of a machine; a volume is tried and not mapped, which takes no rights."""

    @contextmanager
    def open_tpm() -> Iterator[Exchange]:
        yield hardware.exchange

    return Machine(open_tpm, luks.is_key, CHEAP)


@pytest.fixture
def person(monkeypatch: pytest.MonkeyPatch) -> Iterator[Console]:
    with console.opened(monkeypatch) as opened:
        yield opened


@pytest.fixture
def blank(tmp_path: Path) -> Path:
    path = tmp_path / "volume"
    with path.open("wb") as file:
        file.truncate(SIZE)
    return path


@pytest.fixture
def sealed(machine: Hardware, release_key: Path, blank: Path) -> Path:
    """A volume that release 7 has made on this machine, with two of three officers."""
    start(machine, YESTERDAY)
    typed = Typed(CUSTODIAN, OFFICERS, 2)
    made = sealing.sealed_to(machine.exchange, policy_of(YESTERDAY, release_key), typed)
    sealing.create(blank, made, CHEAP)
    return blank


def held_on(volume: Path) -> Held:
    token = luks.read_token(volume, CHEAP)
    assert token is not None
    return header_token.decoded(token)


def open_on(person: Console, volume: Path, machine: Machine, policy: Policy | None) -> None:
    def find() -> Policy | None:
        return policy

    person.start(sealed_opening.open_sealed, volume, held_on(volume), machine, find)


def test_a_new_volume_opens_on_its_machine_by_its_custodian(
    machine: Hardware, release_key: Path, blank: Path, person: Console
) -> None:
    start(machine, YESTERDAY)
    policy, program = policy_of(YESTERDAY, release_key), machine_of(machine)
    person.start(formatting.formatted, blank, SIZE, program, lambda: policy)
    person.type("press Enter:", "format")
    assert "release number 7" in " ".join(person.shown.split())
    person.type("New passphrase:", "short", CUSTODIAN)
    person.type("The same again:", CUSTODIAN)
    person.type("Recovery officers:", "two of three", "1 of 3", "2 of 2")
    for officer in OFFICERS[:2]:
        person.type("New passphrase:", officer)
        person.type("The same again:", officer)
    assert person.result() == policy
    start(machine, YESTERDAY)
    open_on(person, blank, program, policy)
    person.type("Passphrase:", "not the passphrase", CUSTODIAN)
    assert "not the passphrase of this data volume" in " ".join(person.shown.split())
    assert person.result() == policy


@pytest.mark.parametrize("has_tpm", [True, False])
def test_without_tpm_or_approval_a_passphrase_opens_it_and_the_screen_says_so(
    machine: Hardware, blank: Path, person: Console, release_key: Path, has_tpm: bool
) -> None:
    policy = None if has_tpm else policy_of(YESTERDAY, release_key)
    program = machine_of(machine)
    program = program if has_tpm else replace(program, open_tpm=no_tpm)
    person.start(formatting.formatted, blank, SIZE, program, lambda: policy)
    person.type("press Enter:", "format")
    lacking = "without its owner's approval" if has_tpm else "no TPM answers"
    assert f"not active on this machine, {lacking}" in told(person).replace("the image comes ", "")
    person.type("New passphrase:", CUSTODIAN)
    person.type("The same again:", CUSTODIAN)
    assert person.result() is None
    assert luks.read_token(blank, CHEAP) is None
    person.start(open_plain, blank, program)
    person.type("Passphrase:", CUSTODIAN)
    assert NO_FLOOR.partition(".")[0] in told(person)
    assert person.result() is None


def notice_of(person: Console) -> Notice:
    result = person.result()
    assert isinstance(result, Notice), result
    return result


def told(person: Console) -> str:
    return " ".join(person.shown.split())


def test_a_medium_stays_blank_without_the_word(
    machine: Hardware, blank: Path, person: Console
) -> None:
    person.start(formatting.formatted, blank, SIZE, machine_of(machine), lambda: None)
    person.type("press Enter:", "formt")
    assert person.result() is media.LEFT_BLANK
    assert not any(blank.read_bytes()[:4096])


def test_a_medium_stays_blank_where_the_tpm_is_in_use_or_two_approvals_are_there(
    machine: Hardware, release_key: Path, sealed: Path, tmp_path: Path, person: Console
) -> None:
    def two() -> Policy | None:
        raise PolicyMalformed("two")

    policy = policy_of(YESTERDAY, release_key)
    for find, notice in (
        (lambda: policy, floor_notices.TPM_IN_USE),
        (two, floor_notices.IMAGE_NOT_APPROVED),
    ):
        person.start(formatting.formatted, tmp_path / "none", SIZE, machine_of(machine), find)
        assert person.result() == notice


REALISTIC = {
    "COMMAND_LINE": f'dm-mod.create="airlock-root,,0,ro,0 8 verity sha256 {"ab" * 32} {"cd" * 32}"',
    "RELEASE": 'PRETTY_NAME="Airlock 10.10.10"',
    "MEASURED": "AB" * 32,
    "CHECKED": "Self-check passed. Interfaces: lo; refused: IPv4, IPv6, packet, Bluetooth, vsock; "
    "writing: / EROFS, /etc EROFS, /usr/lib/airlock EROFS; kernel locked down, without modules; no "
    "shell, no setuid.",
}


def test_the_first_screens_fit_a_screen_of_80_by_25(
    machine: Hardware,
    blank: Path,
    person: Console,
    release_key: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, text in REALISTIC.items():
        (tmp_path / name).write_text(text)
        monkeypatch.setattr(identity, name, tmp_path / name)
    start(machine, YESTERDAY)
    program = machine_of(machine)
    for policy in (policy_of(YESTERDAY, release_key), None):

        def find(policy: Policy | None = policy) -> Policy | None:
            return policy

        person.start(formatting.formatted, blank, SIZE, program, find)
        person.type("press Enter:", "")
        assert fits(person)
        assert person.result() is media.LEFT_BLANK
    luks.create(blank, CUSTODIAN, 0, CHEAP)
    person.start(open_plain, blank, program)
    person.type("Passphrase:", "wrong", CUSTODIAN)
    assert fits(person)
    assert person.result() is None


def fits(person: Console) -> bool:
    """Whether the last screen, with the question under it, has no more lines and columns."""
    lines = person.shown.rpartition("\x1b[H")[2].split("\r\n")
    return len(lines) <= 25 and max(map(len, lines)) < 80


def test_after_a_volume_that_cannot_be_used_nothing_of_it_stays_open(
    blank: Path, person: Console, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Looking again, people are asked again, and are not told that no volume is connected."""
    ran: list[tuple[str, ...]] = []

    def run(command: Sequence[str], given: bytes = b"", passed: tuple[int, ...] = ()) -> Ran:
        ran.append(tuple(command))
        return real(command, given, passed)

    real = luks.run
    luks.create(blank, CUSTODIAN, 0, CHEAP)
    monkeypatch.setattr(luks, "run", run)
    monkeypatch.setattr(data_volume, "FOLDER", tmp_path / "folder")
    monkeypatch.setattr(data_volume, "MAPPED", tmp_path / "no file system")
    ours = media.Medium(blank, SIZE, media.State.OURS)
    monkeypatch.setattr(media, "connected", lambda: [ours])
    program = Machine(no_tpm, luks.is_key, CHEAP)
    person.start(data_volume.attempt, program)
    person.type("Passphrase:", CUSTODIAN)
    assert person.result() is media.DAMAGED
    assert ran[-1] == ("/usr/sbin/cryptsetup", "close", media.LABEL)


def test_a_volume_that_is_mounted_and_not_ours_is_taken_away_again(
    blank: Path, person: Console, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else whoever looks again would go on without the floor, and without a journal."""
    file_system, folder = tmp_path / "file system", tmp_path / "folder"
    disk = loop_disk(file_system)
    try:
        monkeypatch.setattr(data_volume, "FOLDER", folder)
        monkeypatch.setattr(data_volume, "MAPPED", disk)
        monkeypatch.setattr(data_folder, "JOURNAL", folder / "lost+found")
        monkeypatch.setattr(data_folder, "OWNER", "root")
        monkeypatch.setattr(data_folder, "READER", "root")
        luks.create(blank, CUSTODIAN, 0, CHEAP)
        ours = media.Medium(blank, SIZE, media.State.OURS)
        monkeypatch.setattr(media, "connected", lambda: [ours])
        person.start(data_volume.attempt, Machine(no_tpm, luks.is_key, CHEAP))
        person.type("Passphrase:", CUSTODIAN)
        assert person.result() is media.DAMAGED
        assert folder.exists()
        assert not folder.is_mount()
    finally:
        subprocess.run(("umount", folder), check=False, capture_output=True)
        subprocess.run(("losetup", "--detach", disk), check=True)


def loop_disk(file_system: Path) -> Path:
    """A disk with an ext4 file system on it; skips where this machine lends none."""
    with file_system.open("wb") as file:
        file.truncate(8 << 20)
    try:
        subprocess.run(("/usr/sbin/mkfs.ext4", "-q", file_system), check=True)
        found = ("losetup", "--find", "--show", file_system)
        ran = subprocess.run(found, check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this machine lends no loop device")
    return Path(ran.stdout.strip())


def test_yesterdays_image_stands_before_a_closed_volume_once_todays_has_opened_it(
    machine: Hardware, release_key: Path, sealed: Path, person: Console
) -> None:
    program = machine_of(machine)
    yesterday, today = (policy_of(number, release_key) for number in (YESTERDAY, TODAY))
    for number, policy in ((TODAY, today), (YESTERDAY, yesterday)):
        start(machine, number)
        open_on(person, sealed, program, policy)
        person.type("Passphrase:", CUSTODIAN)
        assert person.result() == policy
    start(machine, TODAY)
    assert sealed_opening.raised(program, today) is None
    start(machine, YESTERDAY)
    open_on(person, sealed, program, yesterday)
    assert person.result() == floor_notices.IMAGE_OLDER
    start(machine, TODAY)
    open_on(person, sealed, program, today)
    person.type("Passphrase:", CUSTODIAN)
    assert person.result() == today


def test_an_image_without_approval_or_with_anothers_asks_nobody(
    machine: Hardware, release_key: Path, sealed: Path, person: Console
) -> None:
    start(machine, YESTERDAY)
    for policy in (None, policy_of(TODAY, release_key)):
        open_on(person, sealed, machine_of(machine), policy)
        assert person.result() == floor_notices.IMAGE_NOT_APPROVED
        assert HEADING not in person.shown


def test_a_sealed_volume_asks_nobody_without_a_tpm(
    machine: Hardware, release_key: Path, sealed: Path, person: Console
) -> None:
    program = replace(machine_of(machine), open_tpm=no_tpm)
    open_on(person, sealed, program, policy_of(YESTERDAY, release_key))
    assert person.result() == floor_notices.TPM_MISSING


def test_a_floor_that_cannot_be_raised_is_said(machine: Hardware, release_key: Path) -> None:
    policy = policy_of(TODAY, release_key)
    program = replace(machine_of(machine), open_tpm=no_tpm)
    assert sealed_opening.raised(program, policy) == floor_notices.FLOOR_NOT_RAISED


@pytest.mark.parametrize("held", [Held(0, b"no sealed secret", b""), Held(0, b"\0\1a\0\1b", b"")])
def test_what_was_never_sealed_is_damage_or_another_machines(
    machine: Hardware, release_key: Path, sealed: Path, person: Console, held: Held
) -> None:
    policy = policy_of(YESTERDAY, release_key)
    person.start(sealed_opening.open_sealed, sealed, held, machine_of(machine), lambda: policy)
    if held.sealed.startswith(b"no"):
        assert isinstance(person.result(), VolumeFailed)
    else:
        assert notice_of(person).id == "TPM-CHANGED"


def recover(person: Console, volume: Path, machine: Machine, policy: Policy) -> None:
    """Go through the recovery, with an officer who mistypes, and name no officers anew."""
    open_on(person, volume, machine, policy)
    person.type("press Enter:", "recover")
    for officer, passphrase in (("3", OFFICERS[2]), ("1", "forgotten, forgotten"), ("9", "any")):
        person.type("Officer's number, 1 to 3:", officer)
        person.type("Passphrase:", passphrase)
    person.type("Officer's number, 1 to 3:", "1")
    assert "1 of 2 officers" in told(person)
    person.type("Passphrase:", OFFICERS[0])
    person.type("New passphrase:", CUSTODIAN[::-1])
    person.type("The same again:", CUSTODIAN[::-1])
    person.type("Recovery officers:", "none")


def test_officers_open_the_volume_of_a_cleared_tpm_and_seal_it_anew(
    machine: Hardware, release_key: Path, sealed: Path, person: Console
) -> None:
    policy, program, old = policy_of(TODAY, release_key), machine_of(machine), held_on(sealed)
    machine.clear()
    start(machine, TODAY)
    recover(person, sealed, program, policy)
    assert person.result() == policy
    assert rollback_floor.floor(machine.exchange) == TODAY
    for slot in (old.slot, old.recovery_slot):
        with pytest.raises(VolumeFailed):
            luks.is_key(sealed, "anything", slot, CHEAP)
    start(machine, TODAY)
    open_on(person, sealed, program, policy)
    person.type("Passphrase:", CUSTODIAN, CUSTODIAN[::-1])
    assert person.result() == policy


def test_too_few_officers_change_nothing(
    machine: Hardware, release_key: Path, sealed: Path, person: Console
) -> None:
    before = sealed.read_bytes()
    machine.clear()
    start(machine, TODAY)
    open_on(person, sealed, machine_of(machine), policy_of(TODAY, release_key))
    person.type("press Enter:", "recover")
    person.type("Officer's number, 1 to 3:", "2")
    person.type("Passphrase:", OFFICERS[1])
    person.type("Officer's number, 1 to 3:", "")
    assert person.result() == floor_notices.TPM_CHANGED
    assert sealed.read_bytes() == before
    assert rollback_floor.is_free(machine.exchange)


def test_other_secure_boot_asks_for_a_cleared_tpm_before_it_asks_officers(
    machine: Hardware, release_key: Path, sealed: Path, person: Console
) -> None:
    start(machine, YESTERDAY, OTHER_KEYS)
    policy = policy_of(YESTERDAY, release_key)
    open_on(person, sealed, machine_of(machine), policy)
    notice = notice_of(person)
    assert notice.id == "TPM-CHANGED"
    assert "clear the TPM" in notice.next


def test_a_volume_without_officers_says_so_when_its_tpm_is_gone(
    machine: Hardware, release_key: Path, blank: Path, person: Console
) -> None:
    start(machine, YESTERDAY)
    policy = policy_of(YESTERDAY, release_key)
    made = sealing.sealed_to(machine.exchange, policy, Typed(CUSTODIAN))
    machine.clear()
    start(machine, YESTERDAY)
    person.start(sealed_opening.open_sealed, blank, made.held, machine_of(machine), lambda: policy)
    notice = notice_of(person)
    assert notice.id == "TPM-CHANGED"
    assert "No recovery officers were named" in notice.next


def test_an_attempt_to_seal_it_anew_that_was_cut_off_does_not_stand_in_the_way(
    machine: Hardware, release_key: Path, sealed: Path, person: Console
) -> None:
    policy, held = policy_of(TODAY, release_key), held_on(sealed)
    quorum = recovery_quorum.decoded(held.recovery)
    shares = {n: recovery_quorum.share_of(quorum, n, OFFICERS[n - 1]) for n in (2, 3)}
    by, leftover = recovery_quorum.key_of(shares), sealing.next_slot(held)
    luks.add_key(sealed, by, "of the attempt", leftover, CHEAP)
    machine.clear()
    start(machine, TODAY)
    recover(person, sealed, machine_of(machine), policy)
    assert person.result() == policy
    assert held_on(sealed).slot == leftover
    assert not luks.is_key(sealed, "of the attempt", leftover, CHEAP)


LOADED = """\
import sys
sys.path.insert(0, {programs!r})
from airlock_os import data_volume
from airlock_os.volume import sealed_opening, header_token
print(sorted(set({heavy}) & set(sys.modules)))
"""


def test_the_usual_start_loads_neither_ciphers_nor_what_draws_codes() -> None:
    heavy = {"numpy", "zxingcpp", "qrcode", "cryptography", "appliance.custody.sealing"}
    program = LOADED.format(programs=str(PROGRAMS), heavy=sorted(heavy))
    ran = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, check=True)
    assert ran.stdout == b"[]\n"


def notices() -> tuple[Notice, ...]:
    return tuple(each for each in vars(floor_notices).values() if isinstance(each, Notice))


def test_every_screen_has_a_name_of_its_own_and_a_next_step() -> None:
    assert len({notice.id for notice in notices()}) == len(notices()) == 6
    assert all(notice.what and notice.next for notice in notices())
