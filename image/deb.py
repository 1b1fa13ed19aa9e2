"""Debian packages read without dpkg: the ar container (deb(5)) and the tar archive inside it.

Names are made canonical: what the archive places in /bin, /lib, /lib64 or /sbin is placed below
/usr, where those names point. No maintainer script is read, let alone run.
"""

import io
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from image.errors import PartError

_AR_MAGIC = b"!<arch>\n"
_AR_HEADER = 60
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

    Raises PartError if the name leaves the root.
    """
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if ".." in parts:
        raise PartError(f"a package holds a path that leaves the root: {name!r:.64}")
    if parts and parts[0] in _MERGED:
        parts.insert(0, "usr")
    return "/".join(parts)


def archive_members(deb: bytes) -> dict[str, bytes]:
    """Return the members of an ar archive by name. Raises PartError if it is not one."""
    if not deb.startswith(_AR_MAGIC):
        raise PartError("a package is not an ar archive")
    members: dict[str, bytes] = {}
    at = len(_AR_MAGIC)
    while at < len(deb):
        header = deb[at : at + _AR_HEADER]
        if len(header) != _AR_HEADER or not header.endswith(b"`\n"):
            raise PartError("a package has a damaged member header")
        size = int(header[48:58])
        at += _AR_HEADER
        members[header[:16].decode("ascii").strip().rstrip("/")] = deb[at : at + size]
        at += size + size % 2
    return members


def _part(deb: Path, stem: str) -> tarfile.TarFile:
    found = [
        body for name, body in archive_members(deb.read_bytes()).items() if name.startswith(stem)
    ]
    if len(found) != 1:
        raise PartError(f"{deb.name} has {len(found)} members {stem}*, not one")
    return tarfile.open(fileobj=io.BytesIO(found[0]), mode="r:*")


def entries(deb: Path) -> Iterator[Entry]:
    """Yield what a package installs, in the package's own order; hard links become copies.

    Raises PartError for a device, a FIFO, or a path that leaves the root.
    """
    with _part(deb, "data.tar") as tar:
        for member in tar:
            name = canonical_name(member.name)
            if name and name not in (f"usr/{top}" for top in _MERGED):
                yield _entry(tar, member, name)


def _entry(tar: tarfile.TarFile, member: tarfile.TarInfo, name: str) -> Entry:
    mode = member.mode & _PERMISSIONS
    if member.isdir():
        return Entry(name, mode)
    if member.issym():
        return Entry(name, _PERMISSIONS, target=member.linkname)
    body = tar.extractfile(member)
    if body is None:
        raise PartError(f"{name:.64} is neither a file, nor a folder, nor a link")
    return Entry(name, mode, data=body.read())


def control_field(deb: Path, field: str) -> str:
    """Return one field of a package's control file, "" where it is absent."""
    with _part(deb, "control.tar") as tar:
        body = tar.extractfile("./control")
        text = body.read().decode() if body is not None else ""
    prefix = f"{field}: "
    return next((line[len(prefix) :] for line in text.splitlines() if line.startswith(prefix)), "")


def unpack(debs: tuple[Path, ...], root: Path) -> None:
    """Lay packages out below `root`, a folder that is made, with the links of the merged layout."""
    for top in _MERGED:
        (root / "usr" / top).mkdir(parents=True, exist_ok=True)
        if not (root / top).is_symlink():
            (root / top).symlink_to(f"usr/{top}")
    for deb in debs:
        for entry in entries(deb):
            place(entry, root)


def place(entry: Entry, root: Path) -> None:
    """Write one entry below `root`. A later entry of the same name replaces an earlier one."""
    path = root / entry.name
    path.parent.mkdir(parents=True, exist_ok=True)
    if entry.data is None and entry.target is None:
        path.mkdir(exist_ok=True)
        path.chmod(entry.mode | 0o700)
        return
    path.unlink(missing_ok=True)
    if entry.target is not None:
        path.symlink_to(entry.target)
    else:
        path.write_bytes(entry.data or b"")
        path.chmod(entry.mode | 0o600)
