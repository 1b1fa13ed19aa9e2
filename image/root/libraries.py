"""Which shared libraries programs need, read from the ELF files themselves.

The image keeps a library only if something on it links to it or is known to open it, and is
refused if something links to one that is not there.
"""

import struct
from collections.abc import Iterator

from image.errors import PartError
from image.root.root_tree import Tree, resolved

_FOLDER = "usr/lib/x86_64-linux-gnu/"
_MAGIC = b"\x7fELF\x02\x01"
_LOAD, _DYNAMIC = 1, 2
_NEEDED, _STRING_TABLE = 1, 5
_LONGEST, _MOST = 256, 1024


def needed(body: bytes) -> tuple[str, ...]:
    """Return the libraries a 64-bit little-endian ELF file links to; none for any other file.

    Raises PartError if its headers lead nowhere.
    """
    if not body.startswith(_MAGIC):
        return ()
    try:
        return _needed(body)
    except (struct.error, ValueError, OverflowError) as problem:
        raise PartError("a program or library is damaged") from problem


def _needed(body: bytes) -> tuple[str, ...]:
    (table,) = struct.unpack_from("<Q", body, 32)
    size, count = struct.unpack_from("<HH", body, 54)
    headers = [struct.unpack_from("<IIQQQQ", body, table + size * n) for n in range(count)]
    loads = [
        (address, offset, length)
        for kind, _, offset, address, _, length in headers
        if kind == _LOAD
    ]
    dynamic = [(offset, length) for kind, _, offset, _, _, length in headers if kind == _DYNAMIC]
    rows = [row for offset, length in dynamic[:1]
            for row in struct.iter_unpack("<QQ", body[offset : offset + length])]  # fmt: skip
    strings = next((value for tag, value in rows if tag == _STRING_TABLE), 0)
    at = next((o + strings - a for a, o, length in loads if a <= strings < a + length), 0)
    starts = [at + value for tag, value in rows if tag == _NEEDED]
    ends = [body.index(b"\0", start, start + _LONGEST) for start in starts[:_MOST]]
    return tuple(body[start:end].decode("ascii") for start, end in zip(starts, ends, strict=False))


def _is_shared_library(name: str) -> bool:
    return name.startswith(_FOLDER) and "/" not in name.removeprefix(_FOLDER)


def _along_links(tree: Tree, name: str) -> Iterator[str]:
    while name in tree:
        yield name
        target = tree[name].target
        if target is None:
            return
        name = resolved(name, target)


def pruned(tree: Tree, opened: tuple[str, ...]) -> Tree:
    """Return a tree without the libraries that nothing needs.

    `opened` names those that are opened while running. Raises PartError if a needed one is absent.
    """
    start = [name for name in tree if not _is_shared_library(name)]
    kept: set[str] = set()
    waiting = [*start, *(_FOLDER + name for name in opened)]
    inside = {name.rsplit("/", 1)[-1]: name for name in tree if ".so" in name}
    while waiting:
        name = waiting.pop()
        for step in _along_links(tree, name):
            if step in kept:
                break
            kept.add(step)
            waiting += [
                _holder(library, step, inside) for library in needed(tree[step].data or b"")
            ]
    return {name: entry for name, entry in tree.items() if name in kept}


def _holder(library: str, of: str, inside: dict[str, str]) -> str:
    if library not in inside:
        raise PartError(f"{of:.64} links to {library:.64}, which is not on the image")
    return inside[library]
