"""A build as a process of its own, in surroundings that are chosen: as differently as one can.

The foreign one runs from a copy of the sources at another path, as another user of a namespace of
its own, with another host name, umask, time zone, locale and boot time, on one processor.
"""

import shutil
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from image.commands import run
from image.places import Cache

# Only what a build reads is copied.
_SOURCES = ("LICENSE", "appliance", "image", "pyproject.toml", "requirements")


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
