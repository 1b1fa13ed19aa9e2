"""A release that was rebuilt here is the same, file by file, or it is said which is not."""

import shutil
from pathlib import Path

import pytest

from image import places
from image.__main__ import main
from image.release.published import compared, is_same
from image.trust import composing
from image.trust.release import Release, verified
from tests.image.release.conftest import IMAGE, written


def found(published: Path, keys: Path) -> Release:
    return verified(published, keys / "signers", 2)


def test_a_release_that_came_out_alike_is_the_same(
    built: Path, published: Path, keys: Path
) -> None:
    told = compared(found(published, keys), built)
    assert is_same(told)
    assert len(told["identical"]) == len(list((built / IMAGE).iterdir()))
    assert told["builders"][f"disk-{IMAGE}"] == ["alice", "bob"]


def test_says_what_came_out_otherwise_or_was_not_built(
    built: Path, published: Path, keys: Path
) -> None:
    (built / IMAGE / "files.txt").write_text("another")
    told = compared(found(published, keys), built)
    assert told["different"] == [f"{IMAGE}/files.txt"]
    assert not is_same(told)
    shutil.rmtree(built / IMAGE)
    told = compared(found(published, keys), built)
    assert not is_same(told)
    assert f"{IMAGE}/disk.img" in told["missing"]


def test_what_only_the_owner_can_make_is_taken_as_it_is(
    built: Path, keys: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "release"
    shutil.copytree(built, folder)
    for name in composing.OWNED:
        (folder / IMAGE / name).write_bytes(b"owner's")
    composing.write(folder, composing.composed(folder, 7))
    for builder in ("alice", "bob"):
        composing.attest(folder, folder, builder, keys / builder)
    (folder / IMAGE / "signed.img").unlink()
    (folder / IMAGE / "signed.bmap").unlink()
    told = compared(found(folder, keys), built)
    assert is_same(told)
    assert told["not_rebuilt"] == [f"{IMAGE}/airlock.efi.sig"]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--release", "PUBLISHED"), "say who may vouch"),
        (("--allowed-signers", "SIGNERS", "--threshold", "2"), "--release FOLDER"),
        (("--release", "PUBLISHED", "--allowed-signers", "SIGNERS", "--threshold", "3"), "2 of 3"),
        (("--release", "OUTPUT"), "name another folder"),
    ],
)
def test_nothing_is_built_for_a_release_that_is_not_vouched_for(
    published: Path,
    keys: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    why: str,
) -> None:
    given = {"PUBLISHED": str(published), "SIGNERS": str(keys / "signers")}
    given["OUTPUT"] = str(places.OUTPUT)
    monkeypatch.setattr("sys.argv", ["image", "verify", *(given.get(w, w) for w in words)])
    assert main() == 1
    assert why in capsys.readouterr().err


def test_another_build_is_another_release(built: Path, published: Path, keys: Path) -> None:
    other = written(built.with_name("other") / IMAGE, b"rw").parent
    told = compared(found(published, keys), other)
    assert {f"{IMAGE}/airlock.efi", f"{IMAGE}/disk.img"} <= set(told["different"])
