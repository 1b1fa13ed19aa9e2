"""The commands about inputs: resolve a lock, fetch what it names, keep it in one archive."""

import argparse
import tempfile
from pathlib import Path
from typing import Any

from image import places
from image.errors import LockError
from image.inputs import fetch, lock, mirrors, resolve, wanted
from image.inputs.lock import Lock


def add_commands(commands: Any) -> None:
    """Add `lock`, `fetch` and `archive` to the command line."""
    resolves = commands.add_parser("lock", help="resolve image/packages.toml into image/lock.json")
    resolves.add_argument("--output", type=Path, default=places.LOCK, metavar="FILE")
    fetches = commands.add_parser("fetch", help="fill the cache with what the lock names")
    fetches.add_argument("--inputs", type=Path, metavar="ARCHIVE")
    archives = commands.add_parser(
        "archive", help="keep every locked file in one archive of inputs"
    )
    archives.add_argument("archive", type=Path, metavar="FILE")
    for command in (resolves, fetches):
        command.add_argument("--mirror", action="append", default=[], metavar="ARCHIVE=ADDRESS")
    resolves.set_defaults(run=_lock)
    fetches.set_defaults(run=_fetch)
    archives.set_defaults(run=_archive)


def known_mirrors(words: list[str]) -> dict[str, str]:
    """Return the machine's own mirrors, replaced by those that are given. Raises FetchError."""
    return mirrors.from_apt() | mirrors.from_words(tuple(words))


def resolved(words: list[str], cache: places.Cache) -> Lock:
    """Resolve the request anew and keep the wheels that this fetched. Raises ImageError."""
    with tempfile.TemporaryDirectory() as scratch:
        asked = wanted.read(places.WANTED)
        fresh = resolve.resolve(asked, known_mirrors(words), places.REQUIREMENTS, Path(scratch))
        for wheel in fresh.wheels:
            fetch.keep((Path(scratch) / wheel.file).read_bytes(), wheel, cache.files)
    return fresh


def _lock(options: argparse.Namespace) -> int:
    fresh = resolved(options.mirror, options.cache)
    try:
        lines = resolve.changes(lock.read(places.LOCK)[0], fresh)
    except LockError:
        lines = (f"a first lock of {len(fresh.packages)} packages, {len(fresh.wheels)} wheels",)
    options.output.write_text(lock.serialize(fresh), encoding="utf-8")
    print("\n".join(lines) or "nothing has changed")
    return 0


def _fetch(options: argparse.Namespace) -> int:
    ready(options.cache, options.mirror, options.inputs)
    return 0


def _archive(options: argparse.Namespace) -> int:
    current, _ = ready(options.cache, [], None)
    fetch.write_inputs(current, options.cache.files, options.archive)
    print(options.archive)
    return 0


def ready(
    cache: places.Cache, words: list[str], inputs: Path | None, path: Path = places.LOCK
) -> tuple[Lock, str]:
    """Return a lock and its hash, once the cache holds everything it names.

    With an archive of inputs nothing is fetched from anywhere. Raises LockError, FetchError.
    """
    current, digest = lock.read(path)
    if inputs is not None:
        fetch.take_inputs(current, inputs, cache.files)
    else:
        fetch.fetch(current, cache.files, known_mirrors(words))
    return current, digest
