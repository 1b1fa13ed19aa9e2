"""The EFI system partition: a FAT16 file system that holds one file where firmware looks for it.

Microsoft's FAT specification (fatgen103); the path, EFI/BOOT/BOOTX64.EFI, is that of removable
media (UEFI 2.10, 3.5.1.1). Cluster 2 is the folder EFI, 3 the folder BOOT, the file follows.
"""

import struct
from datetime import UTC, datetime

SECTOR = 512
ALIGNMENT = 2048
"""Sectors in a MiB: partitions begin and end at whole ones."""

_ROOT_ENTRIES = 512
_ROOT_SECTORS = _ROOT_ENTRIES * 32 // SECTOR
_FEWEST, _MOST = 4085, 65524
_CLUSTERS = (1, 2, 4, 8, 16, 32, 64)
_OUTER, _INNER, _FIRST = 2, 3, 4
_FOLDER, _FILE = 0x10, 0x20
_MEDIA = 0xF8
_LAST = 0xFFFF


def make(body: bytes, serial: int, epoch: int) -> bytes:
    """Return a file system of whole MiB with `body` as the program that firmware starts.

    `serial` is the volume's 32-bit number, `epoch` the time of its files. Raises ValueError if the
    program is empty or larger than FAT16 can hold.
    """
    sectors, cluster, table = _geometry(len(body))
    data = cluster * SECTOR
    when = _dos_time(epoch)
    count = -(-len(body) // data)
    chain = [0xFF00 | _MEDIA, _LAST, _LAST, _LAST, *range(_FIRST + 1, _FIRST + count), _LAST]
    fat = struct.pack(f"<{len(chain)}H", *chain).ljust(table * SECTOR, b"\0")
    root = _row("EFI", _FOLDER, _OUTER, 0, when)
    outer = _dots(_OUTER, 0, when) + _row("BOOT", _FOLDER, _INNER, 0, when)
    inner = _dots(_INNER, _OUTER, when) + _row("BOOTX64 EFI", _FILE, _FIRST, len(body), when)
    parts = (
        _boot_sector(sectors, cluster, table, serial), fat, fat,
        root.ljust(_ROOT_SECTORS * SECTOR, b"\0"),
        outer.ljust(data, b"\0"), inner.ljust(data, b"\0"), body,
    )  # fmt: skip
    return b"".join(parts).ljust(sectors * SECTOR, b"\0")


def program(body: bytes, epoch: int) -> bytes:
    """Return the program in a file system that `make` made at this time.

    Raises ValueError for any other file system: there is nothing else in it.
    """
    if len(body) < 2 * ALIGNMENT * SECTOR:
        raise ValueError("the file system is cut off")
    cluster, (table,) = body[13] * SECTOR, struct.unpack_from("<H", body, 22)
    (serial,) = struct.unpack_from("<I", body, 39)
    data = (1 + 2 * table + _ROOT_SECTORS) * SECTOR
    size = int.from_bytes(body[data + cluster + 92 : data + cluster + 96], "little")
    found = body[data + 2 * cluster :][:size]
    if make(found, serial, epoch) != body:
        raise ValueError("the file system holds something besides one program")
    return found


def _geometry(size: int) -> tuple[int, int, int]:
    """Return sectors in all, in a cluster, and in a table, for a file of `size` bytes."""
    if not size:
        raise ValueError("there is no program to start")
    for cluster in _CLUSTERS:
        wanted = max(-(-size // (cluster * SECTOR)) + 2, _FEWEST)
        sectors, held, table = 0, 0, 0
        while held < wanted:
            sectors += ALIGNMENT
            table = -(-(sectors // cluster + 2) * 2 // SECTOR)
            held = (sectors - 1 - 2 * table - _ROOT_SECTORS) // cluster
        if held <= _MOST:
            return sectors, cluster, table
    raise ValueError("the program is larger than a FAT16 file system")


def _boot_sector(sectors: int, cluster: int, table: int, serial: int) -> bytes:
    small, large = (sectors, 0) if sectors < 0x10000 else (0, sectors)
    head = struct.pack(
        "<3s8sHBHBHHBHHHII", b"\xeb\x3c\x90", b"AIRLOCK ", SECTOR, cluster, 1, 2, _ROOT_ENTRIES,
        small, _MEDIA, table, 32, 64, 0, large,
    )  # fmt: skip
    tail = struct.pack("<BBBI11s8s", 0x80, 0, 0x29, serial, b"NO NAME    ", b"FAT16   ")
    return (head + tail).ljust(SECTOR - 2, b"\0") + b"\x55\xaa"


def _dos_time(epoch: int) -> tuple[int, int]:
    """Return a time as FAT writes it: (time, date), two seconds exact, in UTC."""
    at = datetime.fromtimestamp(epoch, UTC)
    time = at.hour << 11 | at.minute << 5 | at.second // 2
    return time, (at.year - 1980) << 9 | at.month << 5 | at.day


def _row(name: str, kind: int, cluster: int, size: int, when: tuple[int, int]) -> bytes:
    time, date = when
    row = (
        name.ljust(11).encode("ascii"),
        kind,
        0,
        0,
        time,
        date,
        date,
        0,
        time,
        date,
        cluster,
        size,
    )
    return struct.pack("<11sBBBHHHHHHHI", *row)


def _dots(own: int, above: int, when: tuple[int, int]) -> bytes:
    return _row(".", _FOLDER, own, 0, when) + _row("..", _FOLDER, above, 0, when)
