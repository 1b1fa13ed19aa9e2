"""A release's folder: the same whoever gathers it, and enough to build and check it offline."""

import subprocess
import tarfile
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from image.errors import PartError
from image.inputs import fetch, lock
from image.inputs.lock import Lock
from image.metadata import manifest
from image.release import bundle
from image.trust import composing, owning
from image.trust.release import verified
from tests.image.build.conftest import lock_of
from tests.image.release.conftest import IMAGE, written


@pytest.fixture
def inputs(tmp_path: Path) -> tuple[Lock, Path, str, Path]:
    """A lock, its path and digest, and the folder of everything that it names."""
    made = lock_of({"root": {"alpha": b"one"}, "tools": {"beta": b"two"}})
    files, path = tmp_path / "files", tmp_path / "lock.json"
    files.mkdir()
    for body in (b"one", b"two", b"egg"):
        (files / sha256(body).hexdigest()).write_bytes(body)
    path.write_text(lock.serialize(made))
    return made, path, sha256(path.read_bytes()).hexdigest(), files


@pytest.fixture
def images(
    tmp_path: Path, inputs: tuple[Lock, Path, str, Path], monkeypatch: pytest.MonkeyPatch
) -> Path:
    """Two images that were built from that lock."""
    sources = replace(
        manifest.Sources("1.0", 1_793_528_430, "x", "l", "6", "c", "i", "k", 3, 4), lock=inputs[2]
    )
    monkeypatch.setattr("tests.image.release.conftest.SOURCES", sources)
    for name in (IMAGE, "ram-production"):
        written(tmp_path / "images" / name)
    return tmp_path / "images"


def gathered(images: Path, folder: Path, inputs: tuple[Lock, Path, str, Path]) -> dict[str, bytes]:
    bundle.gathered(images, folder, 7)
    bundle.add_inputs(folder, *inputs)
    bundle.add_sums(folder)
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


def test_is_the_same_every_time_and_has_everything(
    images: Path, inputs: tuple[Lock, Path, str, Path], tmp_path: Path
) -> None:
    one, other = (gathered(images, tmp_path / name, inputs) for name in ("one", "other"))
    assert one == other
    assert {"release.json", "lock.json", "airlock-inputs.tar", "SHA256SUMS"} <= one.keys()
    for name in ("disk.img", "disk.bmap", "manifest.json", "sbom.cdx.json", "licences.tar"):
        assert f"{IMAGE}/{name}" in one


def test_is_checked_by_public_tools(
    images: Path, inputs: tuple[Lock, Path, str, Path], tmp_path: Path
) -> None:
    gathered(images, tmp_path / "one", inputs)
    words = ("sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS")
    subprocess.run(words, cwd=tmp_path / "one", check=True)
    (tmp_path / "one" / IMAGE / "disk.img").write_bytes(b"")
    assert subprocess.run(words, cwd=tmp_path / "one", check=False).returncode == 1


def test_gives_back_every_locked_file(
    images: Path, inputs: tuple[Lock, Path, str, Path], tmp_path: Path
) -> None:
    gathered(images, tmp_path / "one", inputs)
    taken, digest = lock.read(tmp_path / "one" / "lock.json")
    assert (taken, digest) == (inputs[0], inputs[2])
    fetch.take_inputs(taken, tmp_path / "one" / "airlock-inputs.tar", tmp_path / "cache")
    assert all(fetch.is_held(tmp_path / "cache", file) for file in fetch.all_files(taken))
    with tarfile.open(tmp_path / "one" / "airlock-inputs.tar") as tar:
        assert len(tar.getnames()) == 3


def test_builders_vouch_for_it_and_the_sums_stay(
    images: Path, inputs: tuple[Lock, Path, str, Path], tmp_path: Path, keys: Path
) -> None:
    before = gathered(images, tmp_path / "one", inputs)
    composing.attest(tmp_path / "one", images, "alice", keys / "alice")
    assert verified(tmp_path / "one", keys / "signers", 1).number == 7
    bundle.add_sums(tmp_path / "one")
    assert (tmp_path / "one" / "SHA256SUMS").read_bytes() == before["SHA256SUMS"]


def test_what_holds_a_vendors_files_is_stated_and_not_handed_out(
    images: Path, tmp_path: Path
) -> None:
    for name in ("vendor.json", "vendor.img"):
        (images / IMAGE / name).write_text("vendor's")
    made = bundle.gathered(images, tmp_path / "public", 7)
    assert f"vendor-{IMAGE}" in made.parts
    assert not (tmp_path / "public" / IMAGE / "vendor.img").exists()
    assert not (tmp_path / "public" / IMAGE / "disk.img").exists()
    assert (tmp_path / "public" / "ram-production" / "disk.img").exists()
    bundle.gathered(images, tmp_path / "licensed", 7, licensed=True)
    assert (tmp_path / "licensed" / IMAGE / "disk.img").exists()


def test_refuses_a_signed_disk_of_an_earlier_build(images: Path, tmp_path: Path) -> None:
    image = images / IMAGE
    (image / "airlock.efi.sig").write_bytes(b"a signature")
    made = owning.owners_disk(image, image)
    (image / "signed.img").write_bytes(made)
    (image / "signed.bmap").write_bytes(b"map")
    assert f"owner-{IMAGE}" in bundle.gathered(images, tmp_path / "one", 7).parts
    (image / "airlock.efi.sig").write_bytes(b"a later signature")
    with pytest.raises(PartError, match=r"signed\.img is of another build"):
        bundle.gathered(images, tmp_path / "two", 7)


def test_refuses_what_is_no_release(
    images: Path, inputs: tuple[Lock, Path, str, Path], tmp_path: Path
) -> None:
    bundle.gathered(images, tmp_path / "one", 7)
    with pytest.raises(PartError, match="new folder"):
        bundle.gathered(images, tmp_path / "one", 7)
    with pytest.raises(PartError, match="from another lock"):
        bundle.add_inputs(tmp_path / "one", inputs[0], inputs[1], "0" * 64, inputs[3])
    (images / IMAGE / "airlock.efi").write_bytes(b"another")
    with pytest.raises(PartError, match=r"airlock\.efi is not the one in its manifest"):
        bundle.gathered(images, tmp_path / "two", 7)
