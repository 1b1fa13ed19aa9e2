"""What a full verification builds anew is kept if nothing is, and compared with what is."""

import fcntl
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from image import kernel, places
from image.inputs import lock
from image.kernel import Kernel
from image.places import Cache
from image.verification import verify

KEY = "0123"


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache")


def built(folder: Path, key: str = KEY) -> Kernel:
    kernel.stand_in(folder / key)
    found = kernel.cached(key, folder)
    assert found
    return found


def test_a_kernel_is_kept_where_there_is_none(cache: Cache, tmp_path: Path) -> None:
    made = built(tmp_path / "apart")
    assert verify.keep_kernel(made, cache) == ()
    kept = kernel.cached(KEY, cache.kernels)
    assert kept
    assert kept.image.read_bytes() == made.image.read_bytes()
    assert [path.name for path in cache.kernels.iterdir()] == [KEY]


def test_an_unfinished_one_counts_as_none(cache: Cache, tmp_path: Path) -> None:
    (cache.kernels / KEY).mkdir(parents=True)
    (cache.kernels / KEY / "vmlinuz").write_bytes(b"half of i")
    made = built(tmp_path / "apart")
    assert verify.keep_kernel(made, cache) == ()
    kept = kernel.cached(KEY, cache.kernels)
    assert kept
    assert kept.image.read_bytes() == made.image.read_bytes()


def test_one_that_is_kept_already_has_to_be_the_same(cache: Cache, tmp_path: Path) -> None:
    assert verify.keep_kernel(built(cache.kernels), cache) == ()
    assert verify.keep_kernel(built(tmp_path / "apart"), cache) == ()


def test_one_that_was_exchanged_is_noticed_and_not_overwritten(
    cache: Cache, tmp_path: Path
) -> None:
    kept = built(cache.kernels)
    kept.image.write_bytes(b"another kernel")
    assert verify.keep_kernel(built(tmp_path / "apart"), cache) == ("vmlinuz",)
    assert kept.image.read_bytes() == b"another kernel"


@pytest.mark.parametrize("with_kernels", [True, False])
def test_a_bare_cache_shares_files_and_kernels_only_if_told(
    cache: Cache, tmp_path: Path, *, with_kernels: bool
) -> None:
    built(cache.kernels)
    (cache.files).mkdir()
    (cache.files / "x").write_bytes(b"locked")
    bare = verify.bare_cache(cache, tmp_path / "bare", with_kernels=with_kernels)
    assert (bare.files / "x").read_bytes() == b"locked"
    assert (kernel.cached(KEY, bare.kernels) is not None) == with_kernels


@pytest.mark.parametrize(("size", "told"), [(120_000_000, []), (120_000_001, ["ram-demo"])])
def test_an_image_for_memory_has_a_limit(size: int, told: list[str], tmp_path: Path) -> None:
    for name, length in (("ram-production", 1), ("ram-demo", size)):
        (tmp_path / name).mkdir()
        with (tmp_path / name / "disk.img").open("wb") as file:
            file.truncate(length)
    assert [line.partition(":")[0] for line in verify.too_large(tmp_path)] == told


def test_one_that_somebody_else_is_building_is_waited_for(
    cache: Cache, capfd: pytest.CaptureFixture[str]
) -> None:
    current, _ = lock.read(places.LOCK)
    key = kernel.key_of(current, "")
    cache.kernels.mkdir(parents=True)
    with (cache.kernels / f"{key}.lock").open("wb") as theirs, ThreadPoolExecutor(1) as pool:
        fcntl.flock(theirs, fcntl.LOCK_EX)
        ours = pool.submit(kernel.build, current, "", cache.files, cache.kernels, 1)
        while not ours.done() and "somebody else" not in capfd.readouterr().out:
            time.sleep(0.01)
        made = built(cache.kernels, key)
        fcntl.flock(theirs, fcntl.LOCK_UN)
        assert ours.result(60) == made
