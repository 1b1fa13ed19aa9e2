"""What an image is, in hashes: enough for a stranger to say whether theirs is the same."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from image import regular_file
from image.errors import PartError
from image.inputs.deb import Entry
from image.inputs.shallow_json import loaded
from image.root.root_tree import SITE, Tree

CONTRACT = 1
LARGEST = 1 << 20
_WORDS = 13
_BITS_A_WORD = 10
_WORD = re.compile(r"[!-~]{1,100}")
_FILE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,63}")
_HASH = re.compile(r"[0-9a-f]{64}")
_EPOCHS = range(1 << 29, 1 << 32)
"""The times that a file system of the image can write: from 1987 on."""
_WORD_LIST = f"{SITE}/shamir_mnemonic/wordlist.txt"


@dataclass(frozen=True, slots=True)
class Sources:
    """The hashes of what an image was made from."""

    version: str
    epoch: int
    snapshot: str
    lock: str
    kernel_release: str
    kernel_config: str
    kernel_image: str
    kernel_key: str
    packages: int
    wheels: int


def words_of(digest: bytes, word_list: tuple[str, ...], count: int = _WORDS) -> tuple[str, ...]:
    """Return the first bits of a digest, ten a word: as the boot screen says them.

    Raises PartError if the list is not the 1024 words of SLIP-39.
    """
    if len(word_list) != 1 << _BITS_A_WORD:
        raise PartError("the word list on the image is not one of 1024 words")
    bits = int.from_bytes(digest, "big") >> (8 * len(digest) - _BITS_A_WORD * count)
    shifts = range(_BITS_A_WORD * (count - 1), -1, -_BITS_A_WORD)
    return tuple(word_list[(bits >> shift) & 1023] for shift in shifts)


def word_list(tree: Tree) -> tuple[str, ...]:
    """Return the words of the list that is on the image."""
    entry = tree.get(_WORD_LIST)
    return tuple((entry.data or b"").decode("ascii").split()) if entry else ()


def file_line(entry: Entry) -> str:
    """Return one line about a file: mode, size, hash, path, and where a link leads."""
    if entry.target is not None:
        return f"link - - /{entry.name} -> {entry.target}"
    if entry.data is None:
        return f"{entry.mode:04o} - - /{entry.name}/"
    return f"{entry.mode:04o} {len(entry.data)} {sha256(entry.data).hexdigest()} /{entry.name}"


def listing(tree: Tree) -> str:
    """Return every file of a tree, a line each, in the tree's order."""
    return "".join(f"{file_line(entry)}\n" for entry in tree.values())


def differences(one: Tree, other: Tree) -> tuple[str, ...]:
    """Return the paths that are in only one of two trees, or not the same in both."""
    names = one.keys() | other.keys()
    return tuple(sorted(name for name in names if one.get(name) != other.get(name)))


def described(
    name: str,
    sources: Sources,
    artifacts: dict[str, bytes],
    root: dict[str, Any],
    differs: Iterable[str],
) -> str:
    """Return the manifest as canonical JSON: sorted keys, no clock, no machine."""
    value = {
        "contract": CONTRACT,
        "name": name,
        "version": sources.version,
        "source_date_epoch": sources.epoch,
        "lock": {"sha256": sources.lock, "snapshot": sources.snapshot},
        "kernel": {
            "release": sources.kernel_release,
            "config_sha256": sources.kernel_config,
            "image_sha256": sources.kernel_image,
            "inputs_sha256": sources.kernel_key,
        },
        "packages": {"debian": sources.packages, "python": sources.wheels},
        "artifacts": {
            name: {"sha256": sha256(body).hexdigest(), "size": len(body)}
            for name, body in artifacts.items()
        },
        **root,
        "differs_from_production": sorted(differs),
    }
    return json.dumps(value, indent=2, sort_keys=True) + "\n"


@dataclass(frozen=True, slots=True)
class Manifest:
    """A manifest as it is read: `artifacts` is the SHA-256 of each of the image's files."""

    name: str
    version: str
    epoch: int
    lock: str
    pcr_11: bytes
    root_words: tuple[str, ...]
    artifacts: Mapping[str, str]

    def artifact(self, name: str) -> str:
        """Return the hash of a file. Raises PartError for one that the image does not have."""
        if name not in self.artifacts:
            raise PartError(f"{self.name:.64} has no {name:.64} in its manifest")
        return self.artifacts[name]


def read(path: Path) -> Manifest:
    """Read a manifest. Raises PartError unless it is one of this contract, as far as it is read."""
    try:
        value = loaded(regular_file.content(path, LARGEST).decode("utf-8"))
    except (OSError, ValueError) as problem:
        raise PartError(f"the manifest {path.name:.64} cannot be read") from problem
    try:
        return _manifest(value)
    except (KeyError, TypeError, AttributeError, ValueError) as problem:
        raise PartError(f"{path.name:.64} is no manifest of contract {CONTRACT}") from problem


def _manifest(value: Any) -> Manifest:
    """Raise ValueError or what reading another shape raises, unless it is a manifest's value."""
    epoch = value["source_date_epoch"]
    if value["contract"] != CONTRACT or type(epoch) is not int or epoch not in _EPOCHS:
        raise ValueError
    return Manifest(
        _text(value["name"]),
        _text(value["version"]),
        epoch,
        _text(value["lock"]["sha256"]),
        bytes.fromhex(_text(value["pcr11"], _HASH)),
        tuple(_text(word) for word in value["root_words"] or ()),
        {_text(n, _FILE): _text(f["sha256"], _HASH) for n, f in value["artifacts"].items()},
    )


def _text(value: str, pattern: re.Pattern[str] = _WORD) -> str:
    if pattern.fullmatch(value) is None:
        raise ValueError
    return value
