"""The lock: every foreign file an image is made of, by name, version, size and SHA-256.

It names no host. A Debian package is a path in the pool of a named archive, a Python package a
file name; where an archive is mirrored is the builder's business.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from image import regular_file
from image.errors import LockError
from image.inputs.shallow_json import loaded

LOCK_FORMAT = 1
SETS = ("root", "demo", "tools", "kernel", "fonts")

_NAME = re.compile(r"[a-z0-9][a-z0-9+.-]{1,100}")
_VERSION = re.compile(r"[A-Za-z0-9.+~:-]{1,100}")
_PATH = re.compile(r"pool/(?:[A-Za-z0-9+~_-][A-Za-z0-9+~_.-]*/){1,8}[A-Za-z0-9+~_.%-]+\.deb")
_FILE = re.compile(r"[A-Za-z0-9_.+-]{1,150}\.whl")
_HASH = re.compile(r"[0-9a-f]{64}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_LARGEST = 2**30
_LARGEST_LOCK = 2**22
_EARLIEST = 1 << 29
"""Seconds since 1970: the file systems of an image can write no time before 1980."""

_Fields = Mapping[str, re.Pattern[str] | None]


@dataclass(frozen=True, slots=True)
class Release:
    """A signed Release file the lock was resolved against: archive, suite and its date."""

    archive: str
    suite: str
    date: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Package:
    """A .deb file: where it lies in its archive's pool, and what it must hash to."""

    name: str
    version: str
    architecture: str
    archive: str
    path: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Wheel:
    """A Python wheel and what it must hash to."""

    name: str
    version: str
    file: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Lock:
    """All of it: packages by name, and which sets each of them belongs to."""

    releases: tuple[Release, ...]
    packages: tuple[Package, ...]
    wheels: tuple[Wheel, ...]
    sets: dict[str, tuple[str, ...]]

    @property
    def snapshot(self) -> str:
        """The newest Release date: what a snapshot archive would be asked for."""
        return max(release.date for release in self.releases)

    @property
    def epoch(self) -> int:
        """SOURCE_DATE_EPOCH of everything built from this lock, in seconds."""
        return _seconds(self.snapshot)

    def members(self, name: str) -> tuple[Package, ...]:
        """Return the packages of one set, in the lock's order."""
        wanted = set(self.sets[name])
        return tuple(package for package in self.packages if package.name in wanted)


def _record(kind: type[Any], fields: _Fields, value: object) -> Any:
    if not isinstance(value, dict) or set(value) != set(fields):
        raise LockError(f"the lock has a malformed {kind.__name__.lower()}")
    for field, pattern in fields.items():
        item = value[field]
        if pattern is None:
            fits = type(item) is int and 0 < item < _LARGEST
        else:
            fits = isinstance(item, str) and pattern.fullmatch(item) is not None
        if not fits:
            raise LockError(f"the lock has a malformed {field} in a {kind.__name__.lower()}")
    return kind(**value)


_RELEASE_FIELDS = {"archive": _NAME, "suite": _NAME, "date": _TIME, "sha256": _HASH}
_PACKAGE_FIELDS = {
    "name": _NAME,
    "version": _VERSION,
    "architecture": re.compile(r"amd64|all"),
    "archive": _NAME,
    "path": _PATH,
    "size": None,
    "sha256": _HASH,
}
_WHEEL_FIELDS = {
    "name": _NAME,
    "version": _VERSION,
    "file": _FILE,
    "size": None,
    "sha256": _HASH,
}


def _list_of(kind: type[Any], fields: _Fields, value: object) -> Any:
    if not isinstance(value, list):
        raise LockError(f"the lock has no list of {kind.__name__.lower()}s")
    return tuple(_record(kind, fields, item) for item in value)


def _sets(value: object, packages: tuple[Package, ...]) -> dict[str, tuple[str, ...]]:
    if not isinstance(value, dict) or tuple(value) != SETS:
        raise LockError(f"the lock's sets are not {', '.join(SETS)}")
    known = {package.name for package in packages}
    used: set[str] = set()
    for name, members in value.items():
        if not isinstance(members, list) or members != sorted(set(map(str, members))):
            raise LockError(f"the lock's set {name} is not a sorted list of names")
        used.update(members)
    if used != known:
        raise LockError("the lock's sets and its packages do not name the same packages")
    return {name: tuple(members) for name, members in value.items()}


def _without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({key for key, _ in pairs}) != len(pairs):
        raise LockError("the lock repeats a key")
    return dict(pairs)


def parse(text: str) -> Lock:
    """Read a lock. Raises LockError unless it is exactly what `serialize` writes."""
    try:
        value = loaded(text, _without_repetition)
    except ValueError as problem:
        raise LockError("the lock is not JSON") from problem
    if not isinstance(value, dict) or set(value) != {
        "format", "releases", "sets", "packages", "wheels",
    }:  # fmt: skip
        raise LockError("the lock has other parts than it should")
    if value["format"] != LOCK_FORMAT:
        raise LockError("the lock is of another format")
    packages = _list_of(Package, _PACKAGE_FIELDS, value["packages"])
    lock = Lock(
        _list_of(Release, _RELEASE_FIELDS, value["releases"]),
        packages,
        _list_of(Wheel, _WHEEL_FIELDS, value["wheels"]),
        _sets(value["sets"], packages),
    )
    if not lock.releases or serialize(lock) != text:
        raise LockError("the lock is not in its canonical form")
    _verify_each_is_one(lock)
    return lock


def _verify_each_is_one(lock: Lock) -> None:
    """Raise LockError for a name twice, of which a review would show one, or an impossible date."""
    for items in (lock.packages, lock.wheels):
        if len({item.name for item in items}) != len(items):
            raise LockError("the lock names a package twice")
    try:
        is_late = all(_seconds(release.date) >= _EARLIEST for release in lock.releases)
    except ValueError:
        is_late = False
    if not is_late:
        raise LockError("the lock has a date that none can be")


def _seconds(date: str) -> int:
    return int(datetime.fromisoformat(date).timestamp())


def _lines(items: tuple[Any, ...]) -> str:
    rows = [json.dumps({key: getattr(item, key) for key in item.__slots__}) for item in items]
    return "[\n" + ",\n".join(f"    {row}" for row in rows) + "\n  ]"


def serialize(lock: Lock) -> str:
    """Return the one text of a lock: a line a file, so that a diff reads as a list of changes."""
    sets = ",\n".join(f'    "{name}": {json.dumps(lock.sets[name])}' for name in SETS)
    parts = (
        f'  "format": {LOCK_FORMAT}',
        f'  "releases": {_lines(lock.releases)}',
        f'  "sets": {{\n{sets}\n  }}',
        f'  "packages": {_lines(tuple(sorted(lock.packages, key=lambda p: p.name)))}',
        f'  "wheels": {_lines(tuple(sorted(lock.wheels, key=lambda w: w.name)))}',
    )
    return "{\n" + ",\n".join(parts) + "\n}\n"


def read(path: Path) -> tuple[Lock, str]:
    """Return a lock file's content and the SHA-256 of its bytes. Raises LockError."""
    try:
        body = regular_file.content(path, _LARGEST_LOCK)
        text = body.decode("utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise LockError(f"the lock {path.name:.64} cannot be read") from problem
    return parse(text), sha256(body).hexdigest()
