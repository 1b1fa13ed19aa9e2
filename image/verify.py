"""Two builds of everything, as differently as one machine can, and whether they are the same.

The second build runs from a copy of the sources at another path, as another user of a namespace of
its own, with another host name, umask, time zone, locale and boot time, on one processor.
"""

import json
import shutil
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from image import compare, kernel
from image.build import DISK, MANIFEST
from image.commands import run
from image.kernel import Kernel
from image.places import Cache
from image.profiles import PROFILES

# Only what a build reads is copied.
_SOURCES = ("LICENSE", "appliance", "image", "pyproject.toml", "requirements")
LARGEST_MB = {"ram-production": 120.0, "ram-demo": 120.0}
"""What starts from memory has to fit into it; in 10^6 bytes."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What one build is run in, but for what it builds."""

    where: str
    prefix: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)
    jobs: int = 2


USUAL = Surroundings("first build")
FOREIGN = Surroundings(
    "second build: other user, path, host, umask, time zone, locale, clock, one processor",
    (
        "unshare", "--user", "--map-user=4321", "--map-group=1234", "--keep-caps", "--uts",
        "--time", "--fork", "--boottime=86400000", "--monotonic=86400000", "/bin/sh", "-c",
        'hostname elsewhere; umask 077; exec taskset --cpu-list 0 "$@"', "build",
    ),
    {"TZ": "Pacific/Chatham", "LC_ALL": "tr_TR.UTF-8", "PYTHONHASHSEED": "7"},
    jobs=3,
)  # fmt: skip


def copied(project: Path, to: Path) -> Path:
    """Copy what a build reads to another place and return that place."""
    skipped = shutil.ignore_patterns("__pycache__")
    for name in _SOURCES:
        source = project / name
        if source.is_dir():
            shutil.copytree(source, to / name, symlinks=True, ignore=skipped)
        else:
            to.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, to / name)
    return to


def build(
    around: Surroundings, project: Path, cache: Cache, output: Path, words: Iterable[str]
) -> None:
    """Build every image in these surroundings. Raises CommandError."""
    order = [sys.executable, "-B", "-m", "image", "--cache", str(cache.root), "build"]
    order += ["--output", str(output), "--jobs", str(around.jobs), *words]
    run([*around.prefix, *order], environment=around.environment, folder=project)


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
