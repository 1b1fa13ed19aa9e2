"""Which medium is the data volume: what the machine's disks look like, and what follows from it.

Only a medium that is blank from end to end of its first megabyte may ever be formatted, and only
one that carries our label is ever opened. Everything else is left alone.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from airlock_os.screen import Notice

LABEL = "airlock-data"
SMALLEST, LARGEST = 32 << 20, 64 << 30
LOOKED_AT = 1 << 20
_SECTOR = 512
_HEADER = 4096
_SECOND_HEADERS = tuple(0x4000 << shift for shift in range(9))
_CHECKSUM = slice(448, 512)


class State(Enum):
    """What is on a medium."""

    BLANK = "blank"
    OURS = "ours"
    DAMAGED = "damaged"
    FOREIGN = "foreign"


@dataclass(frozen=True, slots=True)
class Medium:
    """A disk, not the one that the system started from; `size` in bytes."""

    device: Path
    size: int
    state: State


@dataclass(frozen=True, slots=True)
class Open:
    """The data volume is on this medium."""

    device: Path


@dataclass(frozen=True, slots=True)
class Format:
    """A blank medium may become the data volume, if people say so."""

    device: Path
    size: int


MISSING = Notice(
    "DATA-MISSING",
    "No data volume is connected: neither one of this appliance nor a blank medium.",
    "Switch the machine off, connect the data volume, and switch it on again.",
)
LEFT_BLANK = Notice(
    "DATA-MISSING",
    "No data volume is connected, but a blank medium; it was left blank.",
    "Switch the machine off, connect the data volume, and switch it on again. If this is the first "
    "start, look again and type the word.",
)
AMBIGUOUS = Notice(
    "DATA-AMBIGUOUS",
    "More than one medium could be the data volume. None was opened.",
    "Switch the machine off, leave one of them connected, and switch it on again.",
)
DAMAGED = Notice(
    "DATA-DAMAGED",
    "The data volume is damaged, or was changed outside this appliance. Nothing is signed.",
    "Switch the machine off, keep the medium as it is, and call security.",
)


def plan(media: Iterable[Medium]) -> Open | Format | Notice:
    """Decide what is to be done about the data volume."""
    media = tuple(media)
    ours = [medium for medium in media if medium.state is State.OURS]
    damaged = [medium for medium in media if medium.state is State.DAMAGED]
    blank = [
        medium
        for medium in media
        if medium.state is State.BLANK and SMALLEST <= medium.size <= LARGEST
    ]
    match ours, damaged, blank:
        case [only], [], _:
            return Open(only.device)
        case [], [], [only]:
            return Format(only.device, only.size)
        case [], [], []:
            return MISSING
        case [], [_], _:
            return DAMAGED
        case _:
            return AMBIGUOUS


def state_of(beginning: bytes) -> State:
    """Say what is on a medium by its first LOOKED_AT bytes (LUKS2 On-Disk Format, section 2)."""
    if not any(beginning):
        return State.BLANK
    headers = [beginning[:_HEADER], *(beginning[at : at + _HEADER] for at in _SECOND_HEADERS)]
    magics = (b"LUKS\xba\xbe\0\x02", *(b"SKUL\xba\xbe\0\x02",) * len(_SECOND_HEADERS))
    label = LABEL.encode().ljust(48, b"\0")
    mine = [
        _is_sound(header, beginning, at)
        for header, magic, at in zip(headers, magics, (0, *_SECOND_HEADERS), strict=True)
        if header.startswith(magic) and header[24:72] == label
    ]
    if not mine:
        return State.FOREIGN
    return State.OURS if any(mine) else State.DAMAGED


def _is_sound(header: bytes, beginning: bytes, at: int) -> bool:
    """Whether a header's own checksum holds, over itself and the metadata behind it."""
    size = int.from_bytes(header[8:16], "big")
    if header[72:104].rstrip(b"\0") != b"sha256" or not _HEADER <= size <= LOOKED_AT - at:
        return False
    whole = bytearray(beginning[at : at + size])
    whole[_CHECKSUM] = bytes(64)
    return hashlib.sha256(whole).digest() == header[_CHECKSUM][:32]


def connected(block: Path = Path("/sys/block"), nodes: Path = Path("/dev")) -> Iterator[Medium]:
    """Yield every disk that is not the one of the system, and not pulled out meanwhile."""
    for folder in sorted(block.iterdir()):
        with suppress(OSError):
            if not (folder / "device").exists() or _is_in_use(folder):
                continue
            size = int((folder / "size").read_text("ascii")) * _SECTOR
            if size and (folder / "ro").read_text("ascii").strip() == "0":
                device = nodes / folder.name
                yield Medium(device, size, _state_of_device(device))


def _is_in_use(folder: Path) -> bool:
    """A disk with partitions or something built on it carries a system, ours or a foreign one."""
    parts = (part for part in folder.iterdir() if (part / "partition").exists())
    return any(True for _ in parts) or any(True for _ in (folder / "holders").iterdir())


def _state_of_device(device: Path) -> State:
    try:
        opened = os.open(device, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return State.FOREIGN
    try:
        return state_of(os.pread(opened, LOOKED_AT, 0))
    except OSError:
        return State.DAMAGED
    finally:
        os.close(opened)


def is_connected(block: Path = Path("/sys/class/block")) -> bool:
    """Return whether the open data volume still rests on a disk, down through every layer.

    What goes while it is looked at is gone.
    """
    try:
        return any(
            _rests_on_a_disk(folder, block)
            for folder in block.glob("dm-*")
            if (folder / "dm" / "name").read_text("ascii").strip() == LABEL
        )
    except OSError:
        return False


def _rests_on_a_disk(folder: Path, block: Path) -> bool:
    if not folder.name.startswith("dm-"):
        return (folder / "size").exists()
    below = [block / slave.name for slave in (folder / "slaves").iterdir()]
    return bool(below) and all(_rests_on_a_disk(layer, block) for layer in below)
