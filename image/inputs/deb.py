"""Debian packages read without dpkg: the ar container (deb(5)) and the tar archive inside it.

Names are made canonical: what the archive places in /bin, /lib, /lib64 or /sbin is placed below
/usr, where those names point. No maintainer script is read, let alone run. What is written to a
disk stays below the folder that it is for, whatever links a package brings.
"""

import io
import lzma
import re
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from image.errors import PartError

LARGEST = 1 << 29
"""What a package, or a wheel, may hold once it is expanded: the largest has 150 MiB."""

_AR_MAGIC = b"!<arch>\n"
_AR_HEADER = 60
_AR_SIZE = re.compile(rb"\d{1,10} *")
_AR_NAME = re.compile(rb"[a-z.-]{1,16} *")
_DICTIONARY = 1 << 28
_MOST = 1 << 16
_DAMAGE = (
    tarfile.TarError, lzma.LZMAError, ValueError, OverflowError, KeyError, RecursionError,
)  # fmt: skip
"""What the standard library raises for what is none of its archives."""
_MERGED = ("bin", "lib", "lib64", "sbin")
_PERMISSIONS = 0o777


@dataclass(frozen=True, slots=True)
class Entry:
    """One file, folder or link of a tree: its name without a leading slash, and what it is.

    `mode` holds permission bits only: set-uid, set-gid and sticky bits never pass. Exactly one of
    `data` (a file), `target` (a symbolic link) is given, or neither (a folder).
    """

    name: str
    mode: int
    data: bytes | None = None
    target: str | None = None


def canonical_name(name: str) -> str:
    """Return a member's path below the root, in the merged-/usr layout.

    Raises PartError if the name leaves the root, or holds what lists of names are divided by.
    """
    parts = [part for part in _printable(name).split("/") if part not in ("", ".")]
    if ".." in parts:
        raise PartError(f"a package holds a path that leaves the root: {name!r:.64}")
    if parts and parts[0] in _MERGED:
        parts.insert(0, "usr")
    return "/".join(parts)


def _printable(name: str) -> str:
    if not name.isprintable():
        raise PartError(f"a package holds a name with an unprintable character: {name!a:.64}")
    return name


def archive_members(deb: bytes) -> dict[str, bytes]:
    """Return the members of an ar archive by name. Raises PartError if it is not one."""
    if not deb.startswith(_AR_MAGIC):
        raise PartError("a package is not an ar archive")
    members: dict[str, bytes] = {}
    at = len(_AR_MAGIC)
    while at < len(deb):
        header = deb[at : at + _AR_HEADER]
        name, size = _AR_NAME.fullmatch(header[:16]), _AR_SIZE.fullmatch(header[48:58])
        if not (name and size and header.endswith(b"`\n")):
            raise PartError("a package has a damaged member header")
        at += _AR_HEADER
        body = deb[at : at + int(size[0])]
        key = name[0].decode("ascii").rstrip()
        if len(body) != int(size[0]) or key in members:
            raise PartError("a package has a member that is cut off, or two of a name")
        members[key] = body
        at += len(body) + len(body) % 2
    return members


def _data(deb: Path) -> tarfile.TarFile:
    """Open the archive of what a package installs, expanded in memory. Raises PartError."""
    packed = archive_members(deb.read_bytes()).get("data.tar.xz")
    if packed is None:
        raise PartError(f"{deb.name:.64} has no member data.tar.xz")
    opened = lzma.LZMADecompressor(lzma.FORMAT_XZ, _DICTIONARY)
    body = opened.decompress(packed, LARGEST)
    if not opened.eof or opened.unused_data:
        raise PartError(f"{deb.name:.64} is cut off, or larger than any package")
    return tarfile.open(fileobj=io.BytesIO(body), mode="r:", encoding="utf-8", errors="strict")


def entries(deb: Path) -> Iterator[Entry]:
    """Yield what a package installs, in the package's own order; hard links become copies.

    Raises PartError for a device, a FIFO, a path that leaves the root, or no package.
    """
    expanded, files = 0, dict[str, tarfile.TarInfo]()
    try:
        with _data(deb) as tar:
            for number, member in enumerate(tar):
                if number > _MOST or not 0 <= member.size <= LARGEST - expanded:
                    raise PartError(f"{deb.name:.64} is larger than any package")
                name = canonical_name(member.name)
                if name and name not in (f"usr/{top}" for top in _MERGED):
                    entry = _entry(tar, member, name, files)
                    expanded += len(entry.data or b"")
                    yield entry
    except _DAMAGE as problem:
        raise PartError(f"{deb.name:.64} is damaged") from problem


def _entry(
    tar: tarfile.TarFile, member: tarfile.TarInfo, name: str, files: dict[str, tarfile.TarInfo]
) -> Entry:
    """Return what a member is; `files` gains it, for a later hard link to be a copy of."""
    mode = member.mode & _PERMISSIONS
    if member.isdir():
        return Entry(name, mode)
    if member.issym():
        return Entry(name, _PERMISSIONS, target=_printable(member.linkname))
    if member.isreg():
        files[name] = member
    # Looked up here: the standard library reads on to the end for it, however often that comes.
    found = files[canonical_name(member.linkname)] if member.islnk() else member
    body = tar.extractfile(found)
    if body is None:
        raise PartError(f"{name:.64} is neither a file, nor a folder, nor a link")
    return Entry(name, mode, data=body.read())


def unpack(debs: tuple[Path, ...], root: Path) -> None:
    """Lay packages out below `root`, a folder that is made, with the links of the merged layout.

    Raises PartError if a link leads a later entry out of it.
    """
    for top in _MERGED:
        (root / "usr" / top).mkdir(parents=True, exist_ok=True)
        if not (root / top).is_symlink():
            (root / top).symlink_to(f"usr/{top}")
    for deb in debs:
        for entry in entries(deb):
            place(entry, root)


def place(entry: Entry, root: Path) -> None:
    """Write one entry below `root`. A later entry of the same name replaces an earlier one.

    Raises PartError if a link on its way leads out of `root`.
    """
    path = root / entry.name
    is_folder = entry.data is None and entry.target is None
    if not (path if is_folder else path.parent).resolve().is_relative_to(root.resolve()):
        raise PartError(f"a link of a package leads {entry.name:.64} out of its folder")
    path.parent.mkdir(parents=True, exist_ok=True)
    if is_folder:
        path.mkdir(exist_ok=True)
        path.chmod(entry.mode | 0o700)
        return
    path.unlink(missing_ok=True)
    if entry.target is not None:
        path.symlink_to(entry.target)
    else:
        path.write_bytes(entry.data or b"")
        path.chmod(entry.mode | 0o600)
