"""A tree as one canonical tar, and that as a compressed read-only file system."""

import io
import tarfile
import tempfile
from pathlib import Path

from image.inputs.deb import Entry
from image.inputs.tools import Tools
from image.root.root_tree import Tree

BLOCK = 4096
_COMPRESSION = "zstd,level=3"
_CLUSTER = "16384"


def as_tar(tree: Tree, epoch: int) -> bytes:
    """Return a tree as a tar archive: its own order, all of it root's, all of it of one time."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.GNU_FORMAT, encoding="utf-8") as tar:
        for entry in tree.values():
            tar.addfile(_member(entry, epoch), io.BytesIO(entry.data or b""))
    return out.getvalue()


def _member(entry: Entry, epoch: int) -> tarfile.TarInfo:
    member = tarfile.TarInfo(entry.name)
    member.mode, member.mtime = entry.mode, epoch
    if entry.target is not None:
        member.type, member.linkname = tarfile.SYMTYPE, entry.target
    elif entry.data is None:
        member.type = tarfile.DIRTYPE
    else:
        member.size = len(entry.data)
    return member


def make(tree: Tree, identifier: str, tools: Tools) -> bytes:
    """Return a tree as an erofs file system of whole blocks. Raises CommandError."""
    with tempfile.TemporaryDirectory() as scratch:
        source, made = Path(scratch) / "root.tar", Path(scratch) / "root.erofs"
        source.write_bytes(as_tar(tree, tools.epoch))
        fixed = ("-T", str(tools.epoch), "--all-time", "-U", identifier, "-b", str(BLOCK))
        tools.run(
            "usr/bin/mkfs.erofs",
            "--quiet",
            "-z",
            _COMPRESSION,
            "-C",
            _CLUSTER,
            *fixed,
            "--tar=f",
            made,
            source,
        )
        body = made.read_bytes()
    return body + bytes(-len(body) % BLOCK)
