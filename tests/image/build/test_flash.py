import errno
import mmap
import os
import shutil
import subprocess
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from image.errors import FlashError
from image.release import flash

MOUNTS = (
    "22 1 8:2 / / rw - ext4 /dev/sda2 rw\n"
    "23 22 8:17 / /media/stick rw - vfat /dev/sdb1 rw\n"
    "24 22 0:5 / /dev rw - devtmpfs udev rw\n"
)


def silent(_what: str, _done: int, _of: int) -> None:
    return


def written(image: Path, target: Path, progress: flash.Progress = silent) -> str:
    return flash.flash(image, target, flash.verify_free(target), progress)


@pytest.fixture
def sysfs(tmp_path: Path) -> Path:
    for disk, part in (("8:0", "8:2"), ("8:16", "8:17"), ("8:32", "8:33"), ("8:48", "8:49")):
        folder = tmp_path / "sys/dev/block" / disk
        (folder / "part").mkdir(parents=True)
        (folder / "part/dev").write_text(f"{part}\n")
        own = tmp_path / "sys/dev/block" / part
        own.mkdir()
        (own / "partition").write_text("1\n")
    (tmp_path / "sys/dev/block/8:48/part/holders/dm-0").mkdir(parents=True)
    return tmp_path / "sys"


@pytest.mark.parametrize(
    ("number", "why"),
    [
        ((8, 0), "the system's disk"),
        ((8, 16), "mounted"),
        ((8, 17), "a part of a disk"),
        ((8, 48), "built on it"),
    ],
)
def test_a_disk_in_use_is_refused(sysfs: Path, number: tuple[int, int], why: str) -> None:
    assert why in flash.in_use(number, MOUNTS, (), sysfs)


def test_a_free_disk_is_not_refused(sysfs: Path) -> None:
    assert flash.in_use((8, 32), MOUNTS, ("8:2",), sysfs) == ""


def test_writes_reads_back_and_shows_progress(tmp_path: Path) -> None:
    image, target = tmp_path / "image", tmp_path / "target"
    image.write_bytes(os.urandom(5_000_000))
    target.write_bytes(bytes(6_000_000))
    seen: list[tuple[str, int]] = []
    written(image, target, lambda what, done, _of: seen.append((what, done)))
    assert target.read_bytes()[:5_000_000] == image.read_bytes()
    assert target.stat().st_size == 6_000_000
    assert ("writing", 5_000_000) in seen
    assert ("reading back", 5_000_000) in seen


def test_refuses_a_target_that_is_too_small(tmp_path: Path) -> None:
    image, target = tmp_path / "image", tmp_path / "target"
    image.write_bytes(bytes(100))
    target.write_bytes(bytes(99))
    with pytest.raises(FlashError, match="smaller"):
        written(image, target)
    assert target.read_bytes() == bytes(99)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_refuses_what_is_neither_a_disk_nor_a_file(tmp_path: Path) -> None:
    for target in (Path("/dev/full"), tmp_path, tmp_path / "absent"):
        with pytest.raises(FlashError):
            flash.verify_free(target)


def test_refuses_an_image_that_its_manifest_does_not_name(tmp_path: Path) -> None:
    image = tmp_path / "image"
    image.write_bytes(b"x")
    digest = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"
    flash.verify_expected(image, digest)
    with pytest.raises(FlashError, match="nothing was written"):
        flash.verify_expected(image, digest.replace("2", "3"))


def test_says_when_a_medium_does_not_hold_what_was_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    image, target = tmp_path / "image", tmp_path / "target"
    image.write_bytes(b"x" * 100)
    target.write_bytes(bytes(100))
    write = os.write

    def lying(descriptor: int, body: bytes) -> int:
        return write(descriptor, body[:-1] + b"y")

    monkeypatch.setattr(os, "write", lying)
    with pytest.raises(FlashError, match="throw it away"):
        written(image, target)


def test_a_medium_that_fails_or_people_who_interrupt_leave_it_unusable_and_said_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    image, target = tmp_path / "image", tmp_path / "target"
    image.write_bytes(b"x" * 100)
    target.write_bytes(bytes(100))

    def interrupted(what: str, _done: int, _of: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(FlashError, match=r"interrupted.*written anew"):
        written(image, target, interrupted)

    def gone(_descriptor: int) -> None:
        raise OSError(errno.ENODEV, "No such device")

    monkeypatch.setattr(os, "fsync", gone)
    with pytest.raises(FlashError, match=r"No such device.*written anew"):
        written(image, target)


def test_refuses_a_target_that_became_another_one(tmp_path: Path) -> None:
    image, target = tmp_path / "image", tmp_path / "target"
    image.write_bytes(b"x")
    target.write_bytes(bytes(100))
    was = flash.verify_free(target)
    target.rename(tmp_path / "away")
    target.write_bytes(bytes(100))
    with pytest.raises(FlashError, match="another one by now"):
        flash.flash(image, target, was, silent)
    assert not any(target.read_bytes())


def test_an_image_that_grows_is_not_followed(tmp_path: Path) -> None:
    image, target = tmp_path / "image", tmp_path / "target"
    image.write_bytes(b"x" * 100)
    target.write_bytes(bytes(300))

    def grow(what: str, _done: int, _of: int) -> None:
        if what == "writing":
            image.write_bytes(b"y" * 200)

    assert written(image, target, grow) == sha256(b"x" * 100).hexdigest()
    assert not any(target.read_bytes()[100:])


def test_refuses_a_disk_that_the_system_swaps_to(sysfs: Path) -> None:
    assert "swaps" in flash.in_use((8, 32), MOUNTS, ("8:33",), sysfs)


def test_a_disk_that_is_made_of_others_is_refused(sysfs: Path) -> None:
    (sysfs / "dev/block/8:32/slaves/sdx").mkdir(parents=True)
    assert "made of another disk, sdx" in flash.in_use((8, 32), MOUNTS, (), sysfs)


def test_a_disk_is_described_as_its_own_electronics_do(sysfs: Path) -> None:
    disk = sysfs / "dev/block/8:32"
    assert flash.described((8, 32), sysfs) == "a disk without a name, an unknown size"
    (disk / "device").mkdir()
    (disk / "device/vendor").write_text("SanDisk \n")
    (disk / "device/model").write_text("Ultra\x1b[2J Fit   \n")
    (disk / "size").write_text("62333952\n")
    assert flash.described((8, 32), sysfs) == "SanDisk Ultra?[2J Fit, 31.9 GB"


def test_a_file_that_was_left_among_the_devices_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flash, "DEVICES", tmp_path)
    (tmp_path / "sdx").write_bytes(bytes(100))
    with pytest.raises(FlashError, match="is no disk"):
        flash.verify_free(tmp_path / "sdx")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[tuple[Path, Path]]:
    """A block device and the file behind it."""
    behind = tmp_path / "behind"
    behind.write_bytes(bytes(1 << 20))
    words = ("losetup", "--find", "--show", str(behind))
    if os.geteuid() != 0 or shutil.which("losetup") is None:
        pytest.skip("a block device takes root and losetup")
    made = subprocess.run(words, capture_output=True, check=False, text=True)
    if made.returncode:
        pytest.skip("there are no loop devices on this machine")
    yield Path(made.stdout.strip()), behind
    subprocess.run(("losetup", "--detach", made.stdout.strip()), check=True)


def test_a_disk_is_read_back_and_not_what_memory_holds_of_it(
    tmp_path: Path, disk: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    target, behind = disk
    image = tmp_path / "image"
    image.write_bytes(os.urandom(1 << 19))
    assert written(image, target) == sha256(image.read_bytes()).hexdigest()
    image.write_bytes(os.urandom(1 << 19))
    advise = os.posix_fadvise
    with target.open("r+b") as opened, mmap.mmap(opened.fileno(), 1 << 19) as mapped:

        def lose(descriptor: int, start: int, length: int, advice: int) -> None:
            assert mapped[4096:4100] == image.read_bytes()[4096:4100]
            advise(descriptor, start, length, advice)
            with behind.open("r+b") as medium:
                medium.seek(4096)
                medium.write(b"lost")

        monkeypatch.setattr(os, "posix_fadvise", lose)
        with pytest.raises(FlashError, match="does not hold what was written"):
            written(image, target)


def test_a_disk_that_is_open_exclusively_is_refused(
    tmp_path: Path, disk: tuple[Path, Path]
) -> None:
    image = tmp_path / "image"
    image.write_bytes(bytes(512))
    held = os.open(disk[0], os.O_RDONLY | os.O_EXCL)
    try:
        with pytest.raises(FlashError, match="cannot be opened"):
            written(image, disk[0])
    finally:
        os.close(held)
