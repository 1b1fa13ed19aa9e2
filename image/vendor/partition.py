"""The vendor's partition: its files and a word on which is the module, verified block by block.

Whoever has the vendor's files makes the partition. Whoever has not takes its root hash from the
published card, and can make everything else of the image: the program that the partition is bound
to holds no more of it than that hash.
"""

import json
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from uuid import NAMESPACE_URL, UUID, uuid5

from image import regular_file
from image.disk import erofs, verity
from image.disk.verity import Verity
from image.errors import LockError, PartError
from image.inputs.deb import Entry
from image.inputs.tools import Tools
from image.root import libraries
from image.root.root_tree import Tree
from image.vendor import lock as locks
from image.vendor.lock import VendorLock

NAME = "airlock-vendor"
KIND = UUID("5e3c9a54-2d0b-5c55-9a1e-6f0d3a7b2c41")
MOUNTED = "/opt/vendor"
MODULE, FILES = "module", "files"
"""Below where it is mounted: the text that says which module to load, and the vendor's files."""
CARD = "vendor.json"
_ENTRY_POINT = b"C_GetFunctionList"
_SOFTWARE = b"softhsm"
_NUMBERS = ("root_hash", "salt", "data_blocks")


@dataclass(frozen=True, slots=True)
class Vendor:
    """A vendor's partition: `body` is its content, or None where nobody has the vendor's files."""

    lock: VendorLock
    verity: Verity
    body: bytes | None

    def card(self) -> str:
        """Return what is published of it: the lock, and what the kernel verifies it by."""
        hashed = self.verity
        numbers = (hashed.root.hex(), hashed.salt.hex(), hashed.data_blocks)
        told = dict(zip(_NUMBERS, numbers, strict=True))
        return json.dumps({"lock": self.lock.value(), **told}, indent=2, sort_keys=True) + "\n"


def made(lock: VendorLock, folder: Path, base: Tree, tools: Tools) -> Vendor:
    """Make the partition from the vendor's files, for an image whose root is `base`.

    Raises LockError, CommandError, and PartError for a module that is none or keeps keys in
    software, or that links to a library which is neither on the image nor among the files.
    """
    files = locks.supplied(lock, folder)
    if _ENTRY_POINT not in files[lock.module]:
        raise PartError(f"{lock.module:.64} is no PKCS#11 module")
    if any(_SOFTWARE in content.lower() for content in files.values()):
        raise PartError("a token in software is on the demo image, and on no other")
    held = {name.rsplit("/", 1)[-1] for name in (*base, *files)}
    for path, content in files.items():
        if lacking := set(libraries.needed(content)) - held:
            raise PartError(f"{path:.64} links to {min(lacking):.64}, which is not on the image")
    identifier = uuid5(NAMESPACE_URL, f"airlock vendor {locks.serialize(lock)}")
    body = erofs.make(_tree(lock, files), str(identifier), tools)
    hashed = verity.hashed(body, sha256(b"airlock vendor" + body).digest())
    return Vendor(lock, hashed, body + hashed.tree)


def _tree(lock: VendorLock, files: dict[str, bytes]) -> Tree:
    """Return the tree of the partition. A library needs no mode that lets it be started."""
    module = f"{MOUNTED}/{FILES}/{lock.module}\n".encode()
    tree = {MODULE: Entry(MODULE, 0o644, data=module)}
    for path, body in files.items():
        name = f"{FILES}/{path}"
        tree[name] = Entry(name, 0o644, data=body)
        for depth in range(1, name.count("/") + 1):
            above = "/".join(name.split("/")[:depth])
            tree[above] = Entry(above, 0o755)
    return dict(sorted(tree.items()))


def read(path: Path) -> VendorLock | Vendor:
    """Read a lock, or the card of a partition. Raises LockError."""
    try:
        text = regular_file.content(path, locks.LARGEST_LOCK).decode("ascii")
    except (OSError, UnicodeDecodeError) as problem:
        raise LockError(f"{path.name:.64} cannot be read") from problem
    value = locks.parsed(text)
    if not isinstance(value, dict) or "lock" not in value:
        return locks.from_value(value)
    if value.keys() != {"lock", *_NUMBERS}:
        raise LockError("a vendor's card has other parts than it should")
    card = Vendor(locks.from_value(value["lock"]), _verity(value), None)
    if card.card() != text:
        raise LockError("a vendor's card is not in its canonical form")
    return card


def _verity(value: dict[str, object]) -> Verity:
    root, salt, blocks = (value[field] for field in _NUMBERS)
    try:
        found = Verity(b"", bytes.fromhex(str(root)), bytes.fromhex(str(salt)), int(str(blocks)))
    except ValueError as problem:
        raise LockError("a vendor's card has a malformed number") from problem
    if (len(found.root), len(found.salt)) != (32, 32) or not 0 < found.data_blocks < 1 << 20:
        raise LockError("a vendor's card has a number that none can be")
    return found


def opened(source: VendorLock | Vendor, folder: Path | None, base: Tree, tools: Tools) -> Vendor:
    """Return the partition of a lock or a card; `folder` has the vendor's files, if anybody does.

    Raises LockError if there is a lock but no files, or if they do not give the card's partition.
    """
    if folder is None:
        if isinstance(source, VendorLock):
            raise LockError("a vendor's lock takes its files: without them, take the card")
        return source
    if isinstance(source, VendorLock):
        return made(source, folder, base, tools)
    partition = made(source.lock, folder, base, tools)
    if partition.card() != source.card():
        raise LockError("the vendor's files give another partition than the card tells of")
    return partition
