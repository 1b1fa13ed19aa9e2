"""What two builds of everything came to: whether they are the same, and what is wrong."""

import json
import shutil
from hashlib import sha256
from pathlib import Path

from image import kernel
from image.build import DISK, MANIFEST
from image.kernel import Kernel
from image.places import Cache
from image.profiles import PROFILES
from image.verification import compare

LARGEST_MB = {"ram-production": 120.0, "ram-demo": 120.0}
"""What starts from memory has to fit into it; in 10^6 bytes."""


def bare_cache(cache: Cache, at: Path, *, with_kernels: bool) -> Cache:
    """Return a cache that shares only the verified files, and the kernels if these are trusted."""
    at.mkdir(parents=True)
    cache.files.mkdir(parents=True, exist_ok=True)
    (at / "files").symlink_to(cache.files)
    if with_kernels:
        cache.kernels.mkdir(parents=True, exist_ok=True)
        (at / "kernels").symlink_to(cache.kernels)
    return Cache(at)


def keep_kernel(built: Kernel, cache: Cache) -> tuple[str, ...]:
    """Keep a kernel that was built apart from a cache, where that has none under its key.

    Where it has one, that has to be the same: return the files in which it is not.
    """
    made, kept = built.image.parent, cache.kernels / built.key
    if kernel.cached(built.key, cache.kernels) is not None:
        others = ((path, kept / path.name) for path in sorted(made.iterdir()))
        return tuple(one.name for one, other in others if one.read_bytes() != other.read_bytes())
    coming = kept.with_name(f"keeping-{built.key}")
    for unfinished in (coming, kept):
        shutil.rmtree(unfinished, ignore_errors=True)
    shutil.copytree(made, coming)
    coming.rename(kept)
    return ()


def too_large(output: Path) -> list[str]:
    """Name every image that is larger than it may be, with its size."""
    sizes = {name: (output / name / DISK).stat().st_size / 1e6 for name in LARGEST_MB}
    return [
        f"{name}: {sizes[name]:.1f} MB, more than {largest:.0f} MB"
        for name, largest in LARGEST_MB.items()
        if sizes[name] > largest
    ]


def images(outputs: dict[str, Path]) -> list[dict[str, str]]:
    """Return the hash of every disk that was built, and by which build."""
    return [
        {"sha256": _digest(folder / profile.name / DISK), "where": f"{profile.name}, {where}"}
        for profile in PROFILES
        for where, folder in outputs.items()
    ]


def _digest(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()


def differences(one: Path, other: Path, vendored: tuple[str, ...] = ()) -> list[str]:
    """Explain every difference between two outputs, image by image; `vendored` names some more."""
    return [
        f"{name}: {difference}"
        for name in (*(profile.name for profile in PROFILES), *vendored)
        for difference in compare.folders(one / name, other / name)
    ]


def undeclared(output: Path, declared: frozenset[str]) -> tuple[str, ...]:
    """Return the files in which the demonstration differs that nothing declares as its own."""
    told: dict[str, list[str]] = json.loads((output / "verity-demo" / MANIFEST).read_text())
    return tuple(sorted(set(told["differs_from_production"]) - declared))
