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


def kernel_arguments(root: Verity, *others: tuple[str, Verity]) -> str:
    """Return what makes the kernel open a partition as its root, verified, or not at all.

    `others` are opened likewise, from /dev/dm-1 on and under their names, and not mounted
    (Documentation/admin-guide/device-mapper/dm-init).
    """
    devices = (("airlock-root", root), *others)
    created = ";".join(_device(name, minor, of) for minor, (name, of) in enumerate(devices))
    awaited = ",".join(f"PARTUUID={of.identifier}" for _, of in devices)
    return f'dm-mod.create="{created}" dm-mod.waitfor={awaited} root=/dev/dm-0 rootfstype=erofs ro'


def _device(name: str, minor: int, of: Verity) -> str:
    part, blocks = f"PARTUUID={of.identifier}", of.data_blocks
    return (
        f"{name},,{minor},ro,0 {blocks * BLOCK // 512} verity 1 {part} {part} {BLOCK} {BLOCK} "
        f"{blocks} {blocks} sha256 {of.root.hex()} {of.salt.hex()} 1 panic_on_corruption"
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
