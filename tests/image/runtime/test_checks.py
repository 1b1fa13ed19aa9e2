"""Self-check, clock floor, settings, power button: each rule cleared and broken."""

import struct
from pathlib import Path
from typing import NoReturn

import pytest
from airlock_os import device_settings, self_check, threshold
from airlock_os.clock_floor import floor
from airlock_os.console_font import font_for
from airlock_os.device_settings import MISSING, SEVERAL, choose, settings
from airlock_os.identity import release_name, root_hash
from airlock_os.power_button import is_pressed
from airlock_os.screen import Notice
from airlock_os.terminal import LOST, watch

from appliance.journal.file import MAGIC
from appliance.model.entry import Entry, Noted
from appliance.settings import parse_settings
from appliance.wire import record

SOUND_MOUNTS = (
    "/dev/dm-0 / erofs ro,relatime 0 0\n"
    "proc /proc proc rw,nosuid,nodev,noexec 0 0\n"
    "tmpfs /run tmpfs rw,nosuid,nodev,noexec,size=32768k 0 0\n"
)


def test_a_machine_that_keeps_every_promise_passes(tmp_path: Path) -> None:
    (tmp_path / "python3").write_bytes(b"")
    (tmp_path / "python3").chmod(0o755)
    assert not self_check.interfaces(["lo"])
    assert not self_check.families(lambda _: True)
    assert not self_check.lockdown("none integrity [confidentiality]\n")
    assert not self_check.mounts(SOUND_MOUNTS)
    assert not self_check.programs([tmp_path, tmp_path / "absent"])
    assert not self_check.writing({Path("/"): "EROFS", Path("/etc"): "EACCES"})


def test_a_network_interface_is_named() -> None:
    assert "eth0" in self_check.interfaces(["lo", "eth0"])


def test_a_protocol_that_leaves_the_machine_is_named() -> None:
    assert "IPv6" in self_check.families(lambda family: family != self_check.FAMILIES["IPv6"])


def test_an_open_kernel_is_noticed() -> None:
    assert self_check.lockdown("[none] integrity confidentiality")
    assert self_check.lockdown("")


@pytest.mark.parametrize(
    ("before", "after"),
    [("erofs ro", "erofs rw"), ("rw,nosuid,nodev,noexec,size", "rw,nosuid,nodev,size")],
)
def test_what_is_written_cannot_be_executed(before: str, after: str) -> None:
    assert self_check.mounts(SOUND_MOUNTS.replace(before, after))


def test_a_system_that_takes_a_file_is_found_by_trying(tmp_path: Path) -> None:
    tried = self_check.refusals([tmp_path, tmp_path / "absent"])
    assert tried == {tmp_path: "", tmp_path / "absent": "ENOENT"}
    assert str(tmp_path) in self_check.writing(tried)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", self_check.SHELLS)
def test_a_shell_is_found(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    assert name in self_check.programs([tmp_path])


@pytest.mark.parametrize("mode", [0o4755, 0o2755])
def test_a_program_that_changes_its_user_is_found(tmp_path: Path, mode: int) -> None:
    (tmp_path / "mount").touch()
    (tmp_path / "mount").chmod(mode)
    assert "mount" in self_check.programs([tmp_path])


def test_the_clock_never_stands_before_the_last_entry() -> None:
    journal = MAGIC + framed(0, 1_700_000_000) + framed(1, 1_800_000_000)
    assert floor(b"") == 0
    assert floor(MAGIC) == 0
    assert floor(journal) == 1_800_000_000
    assert floor(journal[:-1]) == 1_700_000_000
    assert floor(journal + b"\xff\xff\xff\xff") == 1_800_000_000


def framed(index: int, time: int) -> bytes:
    data = record.encode(Entry(index, bytes(32), time, Noted("A", "something")))
    return len(data).to_bytes(4, "big") + data


def test_the_settings_are_what_the_appliance_reads() -> None:
    read = parse_settings(settings("/usr/lib/module.so", 'a"b', "Airlock 1.0, ab"))
    assert (read.module, read.token) == (Path("/usr/lib/module.so"), 'a"b')
    assert read.journal == Path("/var/lib/airlock/journal")
    assert read.serial == "/dev/airlock-serial"


@pytest.mark.parametrize(
    ("serials", "chosen"),
    [
        ([], MISSING),
        ([""], MISSING),
        (["1", ""], "1"),
        (["1", "2"], SEVERAL),
        (["1" * 65], MISSING),
        (["\x1b[31m", "k\u00e4se"], MISSING),
    ],
)
def test_the_token_is_the_only_one_there_is(serials: list[str], chosen: object) -> None:
    assert choose(serials) == chosen


def test_a_token_is_put_on_record_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(device_settings, "TOKEN", tmp_path / "token")
    assert not device_settings.recorded()
    (tmp_path / "token.new").write_text("cut of")
    device_settings.record("DENK0123456")
    assert device_settings.recorded() == "DENK0123456"
    assert [path.name for path in tmp_path.iterdir()] == ["token"]


@pytest.mark.parametrize("content", [b"", b"\x1b[31m", b"k\xc3\xa4se", b"1" * 65])
def test_a_record_of_the_token_that_is_none_is_no_reason_to_take_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    monkeypatch.setattr(device_settings, "TOKEN", tmp_path / "token")
    (tmp_path / "token").write_bytes(content)
    with pytest.raises(ValueError, match=r"token on record|ascii"):
        device_settings.recorded()


def event(kind: int, code: int, value: int) -> bytes:
    return struct.pack("llHHi", 0, 0, kind, code, value)


def test_only_a_press_of_the_power_key_counts() -> None:
    assert is_pressed(event(0, 0, 0) + event(1, 116, 1))
    assert not is_pressed(event(1, 116, 0) + event(1, 30, 1) + event(4, 116, 1))
    assert not is_pressed(event(1, 116, 1)[:-1])


def test_the_root_hash_is_read_where_the_kernel_reads_it() -> None:
    line = (
        'dm-mod.create="airlock-root,,0,ro,0 8 verity 1 P P 4096 4096 1 1 sha256 {} {} 1 x" quiet'
    )
    assert root_hash(line.format("ab" * 32, "cd" * 32)) == bytes.fromhex("ab" * 32)
    assert root_hash("root=/dev/vda") is None
    assert root_hash(line.format("ab" * 32, "cd" * 32) * 2) is None
    vendor = ';airlock-vendor,,1,ro,0 8 verity 1 P P 4096 4096 1 1 sha256 {0} {0} 1 x" quiet'
    both = line.format("ab" * 32, "cd" * 32).replace('" quiet', vendor.format("ef" * 32))
    assert root_hash(both) == bytes.fromhex("ab" * 32)


def test_the_release_has_a_name() -> None:
    assert release_name('ID=airlock\nPRETTY_NAME="Airlock 0.1.0"\n') == "Airlock 0.1.0"
    assert release_name("") == "unnamed release"


@pytest.mark.parametrize(
    ("size", "font"),
    [("1280,800", "8x16"), ("3840,2160", "16x32"), ("", "8x16"), ("junk", "8x16")],
)
def test_a_fine_screen_gets_large_letters(size: str, font: str) -> None:
    assert font_for(size) == f"airlock-{font}.psf"


def problem(folder: Path, *, mounted: bool = True, connected: bool = True) -> Notice | None:
    journal = folder / "journal"
    return threshold.problem_of(folder, journal, mounted=mounted, connected=connected)


def test_the_terminal_opens_on_a_sound_volume(tmp_path: Path) -> None:
    (tmp_path / "journal").touch()
    assert problem(tmp_path) is None


def test_every_state_of_the_volume_has_a_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = {}
    told["missing"] = problem(tmp_path, mounted=False)
    told["lost"] = problem(tmp_path, connected=False)
    (tmp_path / "journal").mkdir()
    told["unreadable"] = problem(tmp_path)
    (tmp_path / "journal").rmdir()
    (tmp_path / "journal").touch()
    monkeypatch.setattr(threshold, "RESERVE", 1 << 62)
    told["full"] = problem(tmp_path)
    names = {state: notice.id if notice else None for state, notice in told.items()}
    assert names == {
        "missing": "DATA-MISSING",
        "lost": "DATA-LOST",
        "unreadable": "DATA-DAMAGED",
        "full": "DATA-FULL",
    }


def test_the_terminal_ends_when_the_data_volume_is_gone() -> None:
    looks = iter((True, True, False))

    def end(status: int) -> NoReturn:
        raise SystemExit(status)

    with pytest.raises(SystemExit) as ended:
        watch(lambda: next(looks), end, seconds=0)
    assert ended.value.code == LOST
    assert not list(looks)
