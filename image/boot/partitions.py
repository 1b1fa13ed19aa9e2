"""Where the parts of a disk are (UEFI 2.10, section 5.3), and how a test spoils one."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import shake_128
from pathlib import Path

SECTOR = 512
EFI_SYSTEM = bytes.fromhex("28732ac11ff8d211ba4b00a0c93ec93b")
TAMPERED_BYTES = 64


@dataclass(frozen=True, slots=True)
class Partition:
    """A partition: its type as stored, and its place in bytes."""

    kind: bytes
    start: int
    size: int


def partitions(disk: Path) -> tuple[Partition, ...]:
    """Read the GUID partition table. Raises ValueError."""
    with disk.open("rb") as file:
        file.seek(SECTOR)
        header = file.read(SECTOR)
        if not header.startswith(b"EFI PART"):
            raise ValueError("this disk has no GUID partition table")
        file.seek(SECTOR * int.from_bytes(header[72:80], "little"))
        count, size = (int.from_bytes(header[at : at + 4], "little") for at in (80, 84))
        entries = [file.read(size) for _ in range(min(count, 128))]
    return tuple(_partition(entry) for entry in entries if any(entry[:16]))


def _partition(entry: bytes) -> Partition:
    first, last = (int.from_bytes(entry[at : at + 8], "little") for at in (32, 40))
    return Partition(entry[:16], first * SECTOR, (last - first + 1) * SECTOR)


def tampered(disk: Path, folder: Path, kind: bytes | None = None, seed: int = 1) -> Path:
    """Return a copy with one bit changed in 64 bytes, spread over the partition of this kind.

    Without a kind that is what the system is read from: the root's partition or, where all is in
    one file, the EFI partition. Raises ValueError if there is none.
    """
    found = partitions(disk)
    system = [part for part in found if part.kind != EFI_SYSTEM] or found
    targets = [part for part in found if part.kind == kind] if kind else system
    if not targets:
        raise ValueError("the disk has no such partition")
    target = targets[0]
    copy = folder / "tampered.img"
    shutil.copyfile(disk, copy)
    with copy.open("r+b") as file:
        for at, bit in _places(target, seed):
            file.seek(at)
            (byte,) = file.read(1)
            file.seek(at)
            file.write(bytes((byte ^ 1 << bit,)))
    return copy


def _places(target: Partition, seed: int) -> Iterator[tuple[int, int]]:
    """Where a test strikes: a byte and a bit in each 64th of the partition."""
    stride = target.size // TAMPERED_BYTES
    for number in range(TAMPERED_BYTES):
        drawn = int.from_bytes(shake_128(f"{seed}:{number}".encode()).digest(8), "big")
        yield target.start + number * stride + drawn % stride, drawn >> 61
