"""The root of the image as a list of files, put together from locked packages by rules.

Nothing is installed: no maintainer script runs, so nothing of the builder's machine can get in. A
tree maps a path without a leading slash to what is there; its order is that of its paths.
"""

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import translate
from pathlib import Path

from image.errors import PartError
from image.inputs import wheel_files
from image.inputs.deb import Entry, canonical_name, entries

Tree = dict[str, Entry]

SITE = "usr/lib/python3/dist-packages"
_TOP_LINKS = ("bin", "lib", "lib64", "sbin")
_PROGRAM_FOLDERS = ("usr/bin/", "usr/sbin/")
_LIVE = ("/dev/", "/proc/", "/run/", "/sys/")
_FOLDER_MODE = 0o755


@dataclass(frozen=True, slots=True)
class Rules:
    """Which files of the packages and wheels are taken; patterns match whole paths."""

    programs: frozenset[str]
    demo_files: frozenset[str]
    keep: re.Pattern[str]
    drop: re.Pattern[str]
    wheel_drop: re.Pattern[str]
    opened: tuple[str, ...]
    folders: tuple[str, ...]
    links: dict[str, str]


def parse_rules(text: str) -> Rules:
    """Read image/root.toml. Raises PartError if it has other parts than it should."""
    table = tomllib.loads(text)
    if set(table) != set(Rules.__slots__):
        raise PartError("root.toml has other parts than it should")
    return Rules(
        programs=frozenset(table["programs"]),
        demo_files=frozenset(table["demo_files"]),
        keep=_any_of(table["keep"]),
        drop=_any_of(table["drop"]),
        wheel_drop=_any_of(table["wheel_drop"]),
        opened=tuple(table["opened"]),
        folders=tuple(table["folders"]),
        links=dict(table["links"]),
    )


def _any_of(patterns: list[str]) -> re.Pattern[str]:
    return re.compile("|".join(translate(pattern) for pattern in patterns))


def from_packages(debs: Iterable[Path], named: frozenset[str], rules: Rules | None = None) -> Tree:
    """Take from packages the files that are named and those that the rules keep, if there are any.

    Raises PartError if a named file is in none of them.
    """
    tree: Tree = {}
    for deb in debs:
        for entry in entries(deb):
            is_folder = entry.data is None and entry.target is None
            if not is_folder and (entry.name in named or _is_kept(entry.name, rules)):
                tree[entry.name] = entry
    if absent := named - set(tree):
        raise PartError(f"no package has {min(absent)}")
    return tree


def _is_kept(name: str, rules: Rules | None) -> bool:
    if rules is None or rules.keep.fullmatch(name) is None:
        return False
    return rules.drop.fullmatch(name) is None


def from_wheels(wheels: Iterable[Path], rules: Rules) -> Tree:
    """Lay wheels out below the interpreter's site folder (PEP 427), as data, running nothing."""
    return {
        entry.name: entry
        for wheel in wheels
        for entry in wheel_files.entries(wheel, SITE, lambda n: not rules.wheel_drop.fullmatch(n))
    }


_ELSEWHERE = tuple(f"{SITE}/{room}/" for room in ("image", "online_coordinator", "tests"))


def completed(tree: Tree, rules: Rules) -> Tree:
    """Return a tree in order, with the links of the layout and a folder above every path."""
    whole = dict(tree)
    for name, target in [*rules.links.items(), *((top, f"usr/{top}") for top in _TOP_LINKS)]:
        whole[name] = Entry(name, 0o777, target=target)
    for name in [*whole, *(f"{folder}/." for folder in rules.folders)]:
        parts = name.split("/")[:-1]
        for depth in range(1, len(parts) + 1):
            above = "/".join(parts[:depth])
            whole.setdefault(above, Entry(above, _FOLDER_MODE))
    return {name: _without_writers(whole[name]) for name in sorted(whole)}


def _without_writers(entry: Entry) -> Entry:
    if entry.target is not None:
        return entry
    is_folder = entry.data is None
    mode = _FOLDER_MODE if is_folder or entry.mode & 0o100 else 0o644
    return Entry(entry.name, mode, entry.data, entry.target)


def verify(tree: Tree, programs: frozenset[str]) -> None:
    """Raise PartError for a program that is not named, and for a link that leads nowhere.

    Of this project the appliance alone is on the image.
    """
    for name, entry in tree.items():
        if name.startswith(_ELSEWHERE):
            raise PartError(f"{name:.64} has no place on the image")
        if name.startswith(_PROGRAM_FOLDERS) and entry.data is not None and name not in programs:
            raise PartError(f"{name:.64} is no program of the image")
    lost = [name for name, entry in tree.items() if not _leads_somewhere(tree, name, entry.target)]
    if lost:
        raise PartError("\n".join(["these links lead nowhere:", *lost]))


def _leads_somewhere(tree: Tree, name: str, target: str | None) -> bool:
    if target is None or target.startswith(_LIVE):
        return True
    return resolved(name, target) in tree


def resolved(name: str, target: str) -> str:
    """Return the path a link leads to, one step, with the layout's own links followed."""
    start = [] if target.startswith("/") else name.split("/")[:-1]
    path: list[str] = start
    for part in target.split("/"):
        if part == "..":
            path = path[:-1]
        elif part not in ("", "."):
            path = [*path, part]
    return canonical_name("/".join(path))
