"""A vendor's lock: the files that an HSM's vendor gave a builder, by name, size and SHA-256.

The lock holds none of them, so it may be published. It is the only thing that names the PKCS#11
module that an appliance loads in place of the image's own.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from image import regular_file
from image.errors import LockError
from image.inputs.shallow_json import loaded

FORMAT = 1
MOST_FILES = 256
LARGEST = 1 << 28
LARGEST_LOCK = 1 << 20
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+~-]{0,63}")
_LICENCE = re.compile(r"[ -~]{1,200}")
_PATH = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._+-]*(/[A-Za-z0-9_][A-Za-z0-9._+-]*){0,7}")
_HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class VendorFile:
    """One file of the vendor's: what it has to hash to."""

    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class VendorLock:
    """A vendor's files by their paths; `module` is the PKCS#11 module among them."""

    name: str
    version: str
    licence: str
    module: str
    files: Mapping[str, VendorFile]

    def value(self) -> dict[str, Any]:
        """Return the lock as it is written."""
        files = {path: {"sha256": f.sha256, "size": f.size} for path, f in self.files.items()}
        told = {"name": self.name, "version": self.version, "licence": self.licence}
        return {"format": FORMAT, **told, "module": self.module, "files": files}


def made(folder: Path, name: str, version: str, licence: str, module: str) -> VendorLock:
    """Return a lock of everything in a folder. Raises LockError."""
    paths = sorted(path for path in folder.rglob("*") if path.is_symlink() or path.is_file())
    if any(path.is_symlink() for path in paths):
        raise LockError("a vendor's folder has files only, no links: put the file in the place")
    files = {str(path.relative_to(folder)): _file(path.read_bytes()) for path in paths}
    lock = VendorLock(name, version, licence, module, files)
    return from_value(lock.value())


def serialize(lock: VendorLock) -> str:
    """Return the one text of a lock."""
    return json.dumps(lock.value(), indent=2, sort_keys=True) + "\n"


def from_value(value: object) -> VendorLock:
    """Read a lock from the value of its JSON. Raises LockError."""
    fields = {"format", "name", "version", "licence", "module", "files"}
    if not isinstance(value, dict) or value.keys() != fields or value["format"] != FORMAT:
        raise LockError("a vendor's lock has other parts than it should")
    texts = (("name", _NAME), ("version", _VERSION), ("licence", _LICENCE), ("module", _PATH))
    told = {field: _text(value[field], pattern, field) for field, pattern in texts}
    held = value["files"]
    if not isinstance(held, dict) or not 0 < len(held) <= MOST_FILES:
        raise LockError("a vendor's lock names a few files")
    files = {_text(path, _PATH, "path"): _locked(file) for path, file in sorted(held.items())}
    if told["module"] not in files:
        raise LockError("a vendor's module is one of the vendor's files")
    return VendorLock(**told, files=files)


def parsed(text: str) -> object:
    """Return the value of a text in canonical JSON. Raises LockError."""
    try:
        value = loaded(text)
    except ValueError as problem:
        raise LockError("a vendor's lock is not JSON") from problem
    if json.dumps(value, indent=2, sort_keys=True) + "\n" != text:
        raise LockError("a vendor's lock is not in its canonical form")
    return value


def supplied(lock: VendorLock, folder: Path) -> dict[str, bytes]:
    """Return the locked files' content, from a folder that has them. Raises LockError.

    What the lock does not name is not taken.
    """
    found = {}
    for path, expected in lock.files.items():
        try:
            found[path] = regular_file.content(folder / path, expected.size)
        except OSError:
            found[path] = b""
        if _file(found[path]) != expected:
            raise LockError(f"the vendor's file {path:.64} is not there, or not the locked one")
    return found


def _file(body: bytes) -> VendorFile:
    return VendorFile(sha256(body).hexdigest(), len(body))


def _locked(value: object) -> VendorFile:
    if not isinstance(value, dict) or value.keys() != {"sha256", "size"}:
        raise LockError("a vendor's lock has a malformed file")
    size = value["size"]
    if type(size) is not int or not 0 <= size <= LARGEST:
        raise LockError("a vendor's lock has a malformed size")
    return VendorFile(_text(value["sha256"], _HASH, "hash"), size)


def _text(value: object, pattern: re.Pattern[str], field: str) -> str:
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise LockError(f"a vendor's lock has a malformed {field}")
    return value
