"""A disk with a GUID partition table (UEFI 2.10, chapter 5), in both copies, and partitions."""

import struct
import zlib
from dataclasses import dataclass
from uuid import UUID

SECTOR = 512
ALIGNMENT = 2048

ESP = UUID("c12a7328-f81f-11d2-ba4b-00a0c93ec93b")
ROOT = UUID("4f68bce3-e8cd-4db1-96e7-fbcaf984b709")
READ_ONLY = 1 << 60
NOT_MOUNTED_UNASKED = 1 << 63

_ENTRIES, _ENTRY = 128, 128
_TABLE_SECTORS = _ENTRIES * _ENTRY // SECTOR
_HEADER = 92


@dataclass(frozen=True, slots=True)
class Partition:
    """A partition: what kind it is, its own identifier, its name, attributes and content."""

    kind: UUID
    identifier: UUID
    name: str
    attributes: int
    body: bytes


def disk(identifier: UUID, partitions: tuple[Partition, ...]) -> bytes:
    """Return a whole disk. Partitions follow each other, each from a whole MiB on.

    Raises ValueError if a partition's content is not made of whole sectors.
    """
    table, data, at = b"", [], ALIGNMENT
    for partition in partitions:
        if not partition.body or len(partition.body) % SECTOR:
            raise ValueError(f"the partition {partition.name} is not made of whole sectors")
        sectors = len(partition.body) // SECTOR
        table += _entry(partition, at, at + sectors - 1)
        space = -(-sectors // ALIGNMENT) * ALIGNMENT
        data += [partition.body, bytes((space - sectors) * SECTOR)]
        at += space
    table = table.ljust(_TABLE_SECTORS * SECTOR, b"\0")
    last = at + ALIGNMENT - 1
    front = _protective(last) + _header(identifier, table, 1, last, 2) + table
    back = table + _header(identifier, table, last, 1, last - _TABLE_SECTORS)
    gap = bytes((ALIGNMENT - _TABLE_SECTORS - 1) * SECTOR)
    return b"".join([front.ljust(ALIGNMENT * SECTOR, b"\0"), *data, gap, back])


def _entry(partition: Partition, first: int, last: int) -> bytes:
    ids = partition.kind.bytes_le + partition.identifier.bytes_le
    name = partition.name.encode("utf-16-le").ljust(72, b"\0")
    return ids + struct.pack("<QQQ", first, last, partition.attributes) + name


def _header(identifier: UUID, table: bytes, own: int, other: int, table_at: int) -> bytes:
    last = max(own, other)
    usable = (2 + _TABLE_SECTORS, last - _TABLE_SECTORS - 1)

    def written(checksum: int) -> bytes:
        return struct.pack(
            "<8sIIIIQQQQ16sQIII", b"EFI PART", 0x10000, _HEADER, checksum, 0, own, other, *usable,
            identifier.bytes_le, table_at, _ENTRIES, _ENTRY, zlib.crc32(table),
        )  # fmt: skip

    return written(zlib.crc32(written(0))).ljust(SECTOR, b"\0")


def _protective(last: int) -> bytes:
    """Return the first sector: to whoever knows no GPT, the disk is one foreign partition."""
    size = min(last, 0xFFFFFFFF)
    row = struct.pack("<B3sB3sII", 0, b"\x00\x02\x00", 0xEE, b"\xff\xff\xff", 1, size)
    return bytes(446) + row.ljust(64, b"\0") + b"\x55\xaa"
