"""What is asked for: image/packages.toml, read strictly."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from image.errors import LockError
from image.inputs.lock import SETS


@dataclass(frozen=True, slots=True)
class WantedSet:
    """Names asked for, names left out of their dependencies, and whether to follow these at all."""

    names: tuple[str, ...]
    without: frozenset[str]
    alone: bool


@dataclass(frozen=True, slots=True)
class Wanted:
    """The suites to resolve against as (archive, suite), the sets, and the Python packages."""

    suites: tuple[tuple[str, str], ...]
    sets: dict[str, WantedSet]
    wheels: tuple[str, ...]


def _names(table: dict[str, Any], key: str) -> tuple[str, ...]:
    names = table.get(key, [])
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise LockError(f"{key} in packages.toml is not a list of names")
    if names != sorted(set(names)):
        raise LockError(f"{key} in packages.toml is not sorted, or repeats a name")
    return tuple(names)


def parse(text: str) -> Wanted:
    """Read the request. Raises LockError if it is not what the resolver understands."""
    try:
        table = tomllib.loads(text)
        if set(table) != {"release", "set", "wheels"} or set(table["set"]) != set(SETS):
            raise LockError("packages.toml has other parts than it should")
        sets = {
            name: WantedSet(
                _names(table["set"][name], "names"),
                frozenset(_names(table["set"][name], "without")),
                table["set"][name].get("alone", False) is True,
            )
            for name in SETS
        }
        suites = tuple((row["archive"], row["suite"]) for row in table["release"])
        return Wanted(suites, sets, _names(table["wheels"], "names"))
    except (tomllib.TOMLDecodeError, KeyError, TypeError, AttributeError) as problem:
        raise LockError("packages.toml cannot be read") from problem


def read(path: Path) -> Wanted:
    """Read the request from its file. Raises LockError."""
    try:
        return parse(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as problem:
        raise LockError("packages.toml cannot be read") from problem
