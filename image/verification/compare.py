"""Why two images differ: which file in which layer, from the outside in.

A disk is taken apart into its partitions, an EFI program into its sections, a root into its files,
a manifest into its fields; what is equal is not mentioned.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from image.build import DISK, LISTING, MANIFEST, PROGRAM
from image.disk import uki
from image.errors import PartError
from image.inputs.shallow_json import loaded

_SHOWN = 40
_SECTOR = 512
_TABLES = 34 * _SECTOR


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference: the layer it is in, what differs there, and how."""

    layer: str
    what: str
    how: str

    def __str__(self) -> str:
        """Return it as one line, of characters that a screen only shows."""
        line = f"{self.layer}: {self.what}: {self.how}"
        return "".join(c if c.isascii() and c.isprintable() else "?" for c in line)


def folders(one: Path, other: Path) -> tuple[Difference, ...]:
    """Explain how two folders of one image's files differ; () if they do not."""
    return tuple(_folders(one, other))


def _folders(one: Path, other: Path) -> Iterator[Difference]:
    names = {path.name for folder in (one, other) for path in folder.iterdir()}
    explained = (LISTING, PROGRAM, DISK, MANIFEST)
    for name in [*explained, *sorted(names - set(explained))]:
        first, second = _content(one / name), _content(other / name)
        if first == second:
            continue
        if first is None or second is None:
            yield Difference("image", name, "is in only one of them")
        else:
            yield from explanation(name, first, second)


def _content(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def explanation(name: str, first: bytes, second: bytes) -> Iterator[Difference]:
    """Explain how two versions of a file differ, taking apart what has parts."""
    match name:
        case "files.txt":
            yield from _listings(first.decode(), second.decode())
        case "airlock.efi":
            yield from _parts("EFI program", _sections(first), _sections(second))
        case "disk.img":
            yield from _parts("disk", _partitions(first), _partitions(second))
        case "manifest.json":
            yield from _manifests(loaded(first.decode()), loaded(second.decode()))
        case _:
            yield Difference("image", name, _first_difference(first, second))


def _listings(first: str, second: str) -> Iterator[Difference]:
    rows = [{_path(line): line for line in text.splitlines()} for text in (first, second)]
    names = [name for name in sorted(rows[0] | rows[1]) if rows[0].get(name) != rows[1].get(name)]
    for name in names[:_SHOWN]:
        how = " | ".join(
            row[name].split(f" {name}")[0] if name in row else "absent" for row in rows
        )
        yield Difference("root", name, how)
    if len(names) > _SHOWN:
        yield Difference("root", "further files", str(len(names) - _SHOWN))


def _path(line: str) -> str:
    words = line.split(" ")
    if len(words) < 4:
        raise PartError(f"{LISTING} has a line that tells of no file")
    return words[3]


def _sections(program: bytes) -> dict[str, bytes]:
    try:
        return {section.name: section.body for section in uki.sections(program)}
    except PartError:
        return {"whole": program}


def _partitions(disk: bytes) -> dict[str, bytes]:
    """Return a disk's parts by name: its tables, and each partition of the GPT."""
    parts: dict[str, bytes] = {"tables": disk[:_TABLES]}
    left = len(disk)
    for at in range(2 * _SECTOR, len(parts["tables"]) - 127, 128):
        kind, first, last = struct.unpack_from("<16s16xQQ", disk, at)
        if UUID(bytes_le=kind).int:
            name = disk[at + 56 : at + 128].decode("utf-16-le").rstrip("\0")
            parts[name] = disk[first * _SECTOR : (last + 1) * _SECTOR]
            left -= len(parts[name])
        if left < 0:
            raise PartError("the partitions of a disk lie over each other")
    return parts


def _parts(layer: str, first: dict[str, bytes], second: dict[str, bytes]) -> Iterator[Difference]:
    for name in [*first, *(name for name in second if name not in first)]:
        if name not in first or name not in second:
            yield Difference(layer, name, "is in only one of them")
        elif first[name] != second[name]:
            yield Difference(layer, name, _first_difference(first[name], second[name]))


def _manifests(first: object, second: object, at: str = "manifest") -> Iterator[Difference]:
    if isinstance(first, dict) and isinstance(second, dict):
        for key in sorted(first.keys() | second.keys()):
            yield from _manifests(first.get(key), second.get(key), f"{at}.{key}")
    elif first != second:
        yield Difference("manifest", at, f"{first!s:.64} | {second!s:.64}")


def _first_difference(first: bytes, second: bytes) -> str:
    pairs = zip(first, second, strict=False)
    at = next((place for place, (one, other) in enumerate(pairs) if one != other), None)
    if at is None:
        return f"{len(first)} bytes | {len(second)} bytes"
    return f"from byte {at} of {len(first)} | {len(second)}"


def told(one: Path, other: Path) -> str:
    """Return the explanation as text, a difference a line. Raises PartError for no such folder."""
    try:
        return "\n".join(str(difference) for difference in folders(one, other))
    except (OSError, ValueError) as problem:
        raise PartError("the folders do not hold two images") from problem
