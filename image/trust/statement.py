"""What builders sign: a release as its parts, each file by its hash, and what they reproduced.

Both are JSON in its one canonical form, so that the same content is the same bytes and a reader can
insist on it: no unknown field, no field twice, nothing left out.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from image.inputs.shallow_json import loaded
from image.trust.errors import ReleaseRefused

CONTRACT = 1
LARGEST = 1 << 20
_HASH = re.compile(r"[0-9a-f]{64}")
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_FILE = r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}"
_PATH = re.compile(rf"{_FILE}(/{_FILE}){{0,3}}")


class Reproducible(StrEnum):
    """Who has what it takes to build a part."""

    PUBLIC = "by-anyone"
    LICENSED = "by-licensees"
    """It holds a vendor's files, which only licensees have."""


@dataclass(frozen=True, slots=True)
class File:
    """A file's SHA-256 and its size."""

    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a release that is built, reproduced and attested as a whole."""

    reproducible: Reproducible
    files: Mapping[str, File]


@dataclass(frozen=True, slots=True)
class Statement:
    """A release: its version for people, its number in the order of releases, its parts."""

    version: str
    number: int
    parts: Mapping[str, Part]

    def encoded(self) -> bytes:
        """Return the statement as it is signed for."""
        parts = {
            name: {
                "reproducible": str(part.reproducible),
                "files": {
                    path: {"sha256": file.sha256, "size": file.size}
                    for path, file in part.files.items()
                },
            }
            for name, part in self.parts.items()
        }
        value = {"version": self.version, "number": self.number, "parts": parts}
        return _canonical({"contract": CONTRACT, **value})


@dataclass(frozen=True, slots=True)
class Attestation:
    """A builder's word: these parts of the release with this hash came out bit for bit."""

    builder: str
    release: str
    reproduced: tuple[str, ...]

    def encoded(self) -> bytes:
        """Return the attestation as it is signed."""
        value = {"builder": self.builder, "release": self.release}
        return _canonical({"contract": CONTRACT, **value, "reproduced": list(self.reproduced)})


def read_statement(body: bytes) -> Statement:
    """Read a release's statement. Raises ReleaseRefused."""
    value = _object(_loaded(body), "contract", "version", "number", "parts")
    parts = {_name(name): _part(part) for name, part in _mapping(value["parts"]).items()}
    statement = Statement(_text(value["version"], _NAME), _number(value["number"], 1), parts)
    paths = [path for part in parts.values() for path in part.files]
    if not parts or len(set(paths)) != len(paths):
        raise ReleaseRefused("a release has parts, and each file is in one of them")
    return statement


def read_attestation(body: bytes) -> Attestation:
    """Read a builder's attestation. Raises ReleaseRefused."""
    value = _object(_loaded(body), "contract", "builder", "release", "reproduced")
    names = value["reproduced"]
    if not isinstance(names, list) or not names:
        raise ReleaseRefused("an attestation names the parts that were reproduced")
    reproduced = tuple(_name(name) for name in names)
    if list(reproduced) != sorted(set(reproduced)):
        raise ReleaseRefused("an attestation names each part once, in order")
    release = _text(value["release"], _HASH)
    return Attestation(_name(value["builder"]), release, reproduced)


def _part(value: object) -> Part:
    held = _object(value, "reproducible", "files")
    files = {_text(path, _PATH): _file(file) for path, file in _mapping(held["files"]).items()}
    if not files:
        raise ReleaseRefused("a part of a release has files")
    try:
        return Part(Reproducible(held["reproducible"]), files)
    except ValueError as problem:
        raise ReleaseRefused("a part says who can reproduce it in words unknown here") from problem


def _file(value: object) -> File:
    held = _object(value, "sha256", "size")
    return File(_text(held["sha256"], _HASH), _number(held["size"], 0))


def _loaded(body: bytes) -> object:
    if len(body) > LARGEST:
        raise ReleaseRefused("a statement is larger than any")
    try:
        value = loaded(body.decode("ascii"))
    except ValueError as problem:
        raise ReleaseRefused("a statement is not JSON") from problem
    if _canonical(value) != body:
        raise ReleaseRefused("a statement is not in its one form")
    contract = value.get("contract") if isinstance(value, dict) else None
    if type(contract) is not int or contract != CONTRACT:
        raise ReleaseRefused(f"a statement is not of contract {CONTRACT}")
    return value


def _canonical(value: object) -> bytes:
    return (json.dumps(value, indent=2, sort_keys=True) + "\n").encode("ascii")


def _object(value: object, *fields: str) -> dict[str, Any]:
    if not isinstance(value, dict) or value.keys() != set(fields):
        raise ReleaseRefused(f"a statement has other fields than {', '.join(fields)}")
    return value


def _mapping(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ReleaseRefused("a statement has a value of another kind than it should")
    return value


def _name(value: object) -> str:
    return _text(value, _NAME)


def _text(value: object, pattern: re.Pattern[str]) -> str:
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise ReleaseRefused("a statement has a name, path or hash that none can be")
    return value


def _number(value: object, least: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value < 1 << 63:
        raise ReleaseRefused("a statement has a number that none can be")
    return value
