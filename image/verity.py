"""The hash tree of dm-verity, and the kernel's table for it (Documentation/device-mapper/verity).

Format 1, no superblock: a block's hash is SHA-256 of the salt and the block; hashes fill blocks,
padded with zeros, until one block remains, whose hash is the root. The levels follow the data, the
top one first.
"""

from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

BLOCK = 4096


@dataclass(frozen=True, slots=True)
class Verity:
    """A hash tree: its levels as they stand after the data, and the root hash."""

    tree: bytes
    root: bytes
    salt: bytes
    data_blocks: int

    @property
    def identifier(self) -> UUID:
        """The partition's identifier: it names its own content."""
        return UUID(bytes=self.root[:16], version=4)

    def kernel_arguments(self) -> str:
        """Return what makes the kernel open the partition as its root, verified, or not at all."""
        part = f"PARTUUID={self.identifier}"
        blocks = self.data_blocks
        table = (
            f"0 {blocks * BLOCK // 512} verity 1 {part} {part} {BLOCK} {BLOCK} {blocks} {blocks} "
            f"sha256 {self.root.hex()} {self.salt.hex()} 1 panic_on_corruption"
        )
        return (
            f'dm-mod.create="airlock-root,,0,ro,{table}" dm-mod.waitfor={part} '
            "root=/dev/dm-0 rootfstype=erofs ro"
        )


def hashed(data: bytes, salt: bytes) -> Verity:
    """Return the hash tree of whole blocks. Raises ValueError for a part of a block, or none."""
    if not data or len(data) % BLOCK:
        raise ValueError("a verified file system is made of whole blocks")
    levels: list[bytes] = []
    below = data
    while len(below) > BLOCK:
        below = _level(below, salt)
        levels.insert(0, below)
    return Verity(b"".join(levels), sha256(salt + below).digest(), salt, len(data) // BLOCK)


def _level(below: bytes, salt: bytes) -> bytes:
    start = sha256(salt)
    hashes = bytearray()
    for at in range(0, len(below), BLOCK):
        block = start.copy()
        block.update(below[at : at + BLOCK])
        hashes += block.digest()
    return bytes(hashes) + bytes(-len(hashes) % BLOCK)
