import os
from pathlib import Path

import pytest

from image import flash
from image.errors import FlashError

MOUNTS = (
    "22 1 8:2 / / rw - ext4 /dev/sda2 rw\n"
    "23 22 8:17 / /media/stick rw - vfat /dev/sdb1 rw\n"
    "24 22 0:5 / /dev rw - devtmpfs udev rw\n"
)


def silent(_what: str, _done: int, _of: int) -> None:
    return


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
    assert why in flash.in_use(number, MOUNTS, sysfs)


def test_a_free_disk_is_not_refused(sysfs: Path) -> None:
    assert flash.in_use((8, 32), MOUNTS, sysfs) == ""


def test_writes_reads_back_and_shows_progress(tmp_path: Path) -> None:
    image, target = tmp_path / "image", tmp_path / "target"
    image.write_bytes(os.urandom(5_000_000))
    target.write_bytes(bytes(6_000_000))
    seen: list[tuple[str, int]] = []
    flash.flash(image, target, lambda what, done, _of: seen.append((what, done)))
    assert target.read_bytes()[:5_000_000] == image.read_bytes()
    assert target.stat().st_size == 6_000_000
    assert ("writing", 5_000_000) in seen
    assert ("reading back", 5_000_000) in seen


def test_refuses_a_target_that_is_too_small(tmp_path: Path) -> None:
    image, target = tmp_path / "image", tmp_path / "target"
    image.write_bytes(bytes(100))
    target.write_bytes(bytes(99))
    with pytest.raises(FlashError, match="smaller"):
        flash.flash(image, target, silent)
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
        flash.flash(image, target, silent)
