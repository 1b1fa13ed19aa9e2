"""A tree as an initramfs: the "newc" form of cpio (Documentation/driver-api/early-userspace)."""

import stat
from collections.abc import Iterator

from image.inputs.deb import Entry
from image.root.root_tree import Tree

_TRAILER = Entry("TRAILER!!!", 0, data=b"")


def _padded(body: bytes) -> bytes:
    return body + bytes(-len(body) % 4)


def _kind(entry: Entry) -> int:
    if entry.target is not None:
        return stat.S_IFLNK
    return stat.S_IFDIR if entry.data is None else stat.S_IFREG


def _record(number: int, entry: Entry, mode: int, epoch: int) -> Iterator[bytes]:
    body = entry.target.encode() if entry.target is not None else entry.data or b""
    name = entry.name.encode() + b"\0"
    links = 2 if stat.S_ISDIR(mode) else 1
    fields = (number, mode, 0, 0, links, epoch, len(body), 0, 0, 0, 0, len(name), 0)
    yield _padded(b"070701" + b"".join(b"%08X" % field for field in fields) + name)
    yield _padded(body)


def archive(tree: Tree, epoch: int) -> bytes:
    """Return a tree as a cpio archive, all of it root's and of one time."""
    parts: list[bytes] = []
    for number, entry in enumerate(tree.values(), 1):
        parts += _record(number, entry, _kind(entry) | entry.mode, epoch)
    parts += _record(0, _TRAILER, 0, 0)
    return b"".join(parts)
