"""A lock ages when its packages leave the mirrors, also where a cache still holds them."""

from pathlib import Path

import pytest

from image.errors import FetchError
from image.inputs.gone import gone
from image.inputs.lock import Lock
from image.release import bundling
from tests.image.build.conftest import Answers


def test_a_mirror_that_has_everything_says_so(small_lock: Lock, tmp_path: Path) -> None:
    for package in small_lock.packages:
        path = tmp_path / package.path
        path.parent.mkdir(parents=True)
        path.write_bytes(b"")
    assert gone(small_lock, {"debian": tmp_path.as_uri()}) == ()


def test_what_a_folder_lacks_is_named(small_lock: Lock, tmp_path: Path) -> None:
    assert gone(small_lock, {"debian": tmp_path.as_uri()}) == (
        "alpha 1:1.0-2+b1 has left the mirror",
        "linux-source-6.12 1:1.0-2+b1 has left the mirror",
    )


@pytest.mark.parametrize(
    ("answer", "count"),
    [
        (b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", 2),
        (b"HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n", 2),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", 0),
        (b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", 0),
        (b"nonsense\r\n\r\n", 0),
    ],
)
def test_only_a_mirror_that_knows_counts(
    small_lock: Lock,
    answers: Answers,
    answer: bytes,
    count: int,
) -> None:
    assert len(gone(small_lock, {"debian": answers([answer])})) == count


def test_an_archive_without_a_mirror_says_nothing(small_lock: Lock) -> None:
    assert gone(small_lock, {}) == ()


def test_a_release_is_not_made_from_an_aged_lock(small_lock: Lock, tmp_path: Path) -> None:
    with pytest.raises(FetchError, match=r"make image-lock.*alpha .* and 1 more"):
        bundling.verify_fresh(small_lock, {"debian": tmp_path.as_uri()})
    bundling.verify_fresh(small_lock, {})
