"""Which medium is the data volume: one of ours is opened, a blank one offered, nothing else."""

import subprocess
from pathlib import Path

import pytest
from airlock_os.volume import media
from airlock_os.volume.media import LABEL, LOOKED_AT, Format, Medium, Open, State, plan, state_of

from tests.real_parts import programs

SIZE = 64 << 20


def medium(name: str, state: State, size: int = SIZE) -> Medium:
    return Medium(Path("/dev") / name, size, state)


OURS = medium("sda", State.OURS)
BLANK = medium("sdb", State.BLANK)
FOREIGN = medium("sdc", State.FOREIGN)
DAMAGED = medium("sdd", State.DAMAGED)


@pytest.mark.parametrize(
    ("connected", "planned"),
    [
        ([], media.MISSING),
        ([FOREIGN], media.MISSING),
        ([OURS], Open(OURS.device)),
        ([OURS, BLANK, FOREIGN], Open(OURS.device)),
        ([BLANK], Format(BLANK.device, SIZE)),
        ([BLANK, FOREIGN], Format(BLANK.device, SIZE)),
        ([OURS, medium("sde", State.OURS)], media.AMBIGUOUS),
        ([OURS, DAMAGED], media.AMBIGUOUS),
        ([BLANK, medium("sde", State.BLANK)], media.AMBIGUOUS),
        ([DAMAGED], media.DAMAGED),
        ([DAMAGED, BLANK], media.DAMAGED),
        ([medium("sde", State.BLANK, 1 << 20)], media.MISSING),
        ([medium("sde", State.BLANK, 1 << 40)], media.MISSING),
    ],
)
def test_one_plan_for_what_is_connected(connected: list[Medium], planned: object) -> None:
    assert plan(connected) == planned


@pytest.fixture(scope="session")
def header(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The beginning of a volume as the tool itself writes it."""
    path = tmp_path_factory.mktemp("volume") / "image"
    path.write_bytes(bytes(SIZE))
    cost = ("--pbkdf", "pbkdf2", "--pbkdf-force-iterations", "1000")
    options = ("--batch-mode", "--key-file", "-", "--type", "luks2", "--label", LABEL)
    command = ("cryptsetup", "luksFormat", *options, *cost, str(path))
    programs.demand("cryptsetup")
    subprocess.run(command, input=b"a long passphrase", check=True, capture_output=True)
    return path.read_bytes()[:LOOKED_AT]


def test_our_label_under_a_sound_checksum_is_ours(header: bytes) -> None:
    assert state_of(header) is State.OURS


def test_the_second_header_is_enough(header: bytes) -> None:
    assert state_of(bytes(4096) + header[4096:]) is State.OURS


def test_both_headers_changed_is_damage_and_no_blank_medium(header: bytes) -> None:
    spoilt = bytearray(header)
    for at in (0x1005, 0x5005):
        spoilt[at] ^= 1
    assert state_of(bytes(spoilt)) is State.DAMAGED


def test_somebody_elses_volume_is_left_alone(header: bytes) -> None:
    other = header.replace(LABEL.encode(), b"family-photos"[: len(LABEL)])
    assert state_of(other) is State.FOREIGN


@pytest.mark.parametrize("at", [0, 511, 4096, LOOKED_AT - 1])
def test_a_single_byte_makes_a_medium_not_blank(at: int) -> None:
    data = bytearray(LOOKED_AT)
    assert state_of(bytes(data)) is State.BLANK
    data[at] = 1
    assert state_of(bytes(data)) is State.FOREIGN


def test_disks_that_carry_a_system_are_not_looked_at(tmp_path: Path) -> None:
    for name, inside in {"vda": "vda1", "vdb": "holders", "loop0": "holders"}.items():
        folder = tmp_path / "block" / name
        (folder / "holders").mkdir(parents=True)
        (folder / "size").write_text("131072\n")
        (folder / "ro").write_text("0\n")
        if name != "loop0":
            (folder / "device").mkdir()
        if inside == "vda1":
            (folder / inside).mkdir()
            (folder / inside / "partition").write_text("1\n")
    (tmp_path / "dev").mkdir()
    (tmp_path / "dev" / "vdb").write_bytes(bytes(LOOKED_AT))
    found = tuple(media.connected(tmp_path / "block", tmp_path / "dev"))
    assert found == (Medium(tmp_path / "dev" / "vdb", SIZE, State.BLANK),)


def layered(block: Path) -> None:
    """A disk, integrity above it, encryption above that."""
    layers = {"dm-0": ("airlock-data_dif", "sda"), "dm-1": (LABEL, "dm-0")}
    (block / "sda").mkdir(parents=True)
    (block / "sda" / "size").write_text("131072\n")
    for name, (mapped, below) in layers.items():
        (block / name / "dm").mkdir(parents=True)
        (block / name / "dm" / "name").write_text(mapped + "\n")
        (block / name / "slaves" / below).mkdir(parents=True)


def test_an_open_volume_is_connected_as_long_as_its_disk_is(tmp_path: Path) -> None:
    layered(tmp_path)
    assert media.is_connected(tmp_path)
    (tmp_path / "sda" / "size").unlink()
    assert not media.is_connected(tmp_path)


def test_a_disk_that_goes_while_it_is_looked_at_is_no_reason_to_stop(tmp_path: Path) -> None:
    for name in ("sda", "sdb"):
        folder = tmp_path / "block" / name
        (folder / "holders").mkdir(parents=True)
        (folder / "device").mkdir()
        (folder / "ro").write_text("0\n")
    (tmp_path / "block" / "sdb" / "size").write_text("131072\n")
    found = media.connected(tmp_path / "block", tmp_path / "dev")
    assert [medium.device.name for medium in found] == ["sdb"]


def test_an_open_volume_that_goes_while_it_is_looked_at_is_gone(tmp_path: Path) -> None:
    layered(tmp_path)
    (tmp_path / "dm-0" / "slaves" / "sda").rmdir()
    (tmp_path / "dm-0" / "slaves").rmdir()
    assert not media.is_connected(tmp_path)
    (tmp_path / "dm-1" / "dm" / "name").unlink()
    assert not media.is_connected(tmp_path)


def test_a_volume_that_rests_on_nothing_is_not_connected(tmp_path: Path) -> None:
    assert not media.is_connected(tmp_path)
    layered(tmp_path)
    (tmp_path / "dm-0" / "slaves" / "sda").rmdir()
    assert not media.is_connected(tmp_path)
