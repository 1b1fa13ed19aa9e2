"""A locked package that has left the mirrors ages the lock; it does not stop the verification."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from image.errors import FetchError
from image.inputs import aging, lock, resolve
from image.inputs.lock import Lock

Have = Callable[[Path], object]


@pytest.fixture
def committed(small_lock: Lock, tmp_path: Path) -> Path:
    path = tmp_path / "committed.json"
    path.write_text(lock.serialize(small_lock))
    return path


@pytest.fixture
def fresh(small_lock: Lock) -> Lock:
    """What the mirrors hold today: another version of the first package."""
    newer = replace(small_lock.packages[0], version="1.1-1", sha256="c" * 64)
    return replace(small_lock, packages=(newer, *small_lock.packages[1:]))


def mirrors_of(today: Lock) -> Have:
    """Return what gets a lock's files from mirrors that hold these packages and no others."""
    held = {package.sha256 for package in today.packages}

    def have(path: Path) -> None:
        for package in lock.read(path)[0].packages:
            if package.sha256 not in held:
                raise FetchError(f"{package.name} {package.version}: the mirror answers 404")

    return have


def test_a_lock_that_can_be_had_is_the_one_that_is_used(
    committed: Path, small_lock: Lock, tmp_path: Path
) -> None:
    def never() -> Lock:
        raise AssertionError

    assert aging.usable(committed, tmp_path, mirrors_of(small_lock), never) == (committed, ())


def test_an_aged_lock_is_resolved_anew_and_says_what_moved(
    committed: Path, fresh: Lock, tmp_path: Path
) -> None:
    before = committed.read_bytes()
    path, aged = aging.usable(committed, tmp_path, mirrors_of(fresh), lambda: fresh)
    assert path != committed
    assert lock.read(path)[0] == fresh
    assert "alpha: 1:1.0-2+b1 -> 1.1-1" in aged
    assert committed.read_bytes() == before


def test_an_archive_of_inputs_that_lacks_a_file_is_not_made_up_for(
    committed: Path, fresh: Lock, tmp_path: Path
) -> None:
    with pytest.raises(FetchError, match=r"alpha 1:1\.0-2"):
        aging.usable(committed, tmp_path, mirrors_of(fresh), None)


def test_a_fresh_lock_that_cannot_be_had_either_ends_it(
    committed: Path, small_lock: Lock, fresh: Lock, tmp_path: Path
) -> None:
    gone = replace(small_lock, packages=())
    with pytest.raises(FetchError):
        aging.usable(committed, tmp_path, mirrors_of(gone), lambda: fresh)


def test_a_snapshot_that_has_not_moved_is_no_change(small_lock: Lock, fresh: Lock) -> None:
    assert resolve.changes(small_lock, fresh) == ("alpha: 1:1.0-2+b1 -> 1.1-1",)
    moved = replace(small_lock.releases[0], date="2026-11-02T10:20:30Z")
    later = replace(small_lock, releases=(moved,))
    assert resolve.changes(small_lock, later) == (
        "snapshot: 2026-11-01T10:20:30Z -> 2026-11-02T10:20:30Z",
    )


def test_another_file_of_the_same_version_is_a_change(small_lock: Lock) -> None:
    other = replace(small_lock.packages[0], sha256="d" * 64)
    after = replace(small_lock, packages=(other, *small_lock.packages[1:]))
    assert resolve.changes(small_lock, after) == ("alpha: 1:1.0-2+b1 -> 1:1.0-2+b1, another file",)
