"""The block map of a disk, for `bmaptool copy` (bmap-tools, format 2.0).

Every block is mapped, also those of zeros: what a copier leaves out stays on the medium as it was,
and the medium read back would not have the disk's hash.
"""

from hashlib import sha256

BLOCK = 4096
RANGE = 8192
"""Blocks in a range, each with a checksum of its own: 32 MiB."""

_UNSET = "0" * 64


def of(disk: bytes) -> bytes:
    """Return the block map of a disk. Raises ValueError if it is not made of whole blocks."""
    if not disk or len(disk) % BLOCK:
        raise ValueError("a disk with a block map is made of whole blocks")
    blocks = len(disk) // BLOCK
    text = "".join(
        (
            '<?xml version="1.0" ?>\n<bmap version="2.0">\n',
            f"    <ImageSize> {len(disk)} </ImageSize>\n",
            f"    <BlockSize> {BLOCK} </BlockSize>\n",
            f"    <BlocksCount> {blocks} </BlocksCount>\n",
            f"    <MappedBlocksCount> {blocks} </MappedBlocksCount>\n",
            "    <ChecksumType> sha256 </ChecksumType>\n",
            f"    <BmapFileChecksum> {_UNSET} </BmapFileChecksum>\n",
            "    <BlockMap>\n",
            *(_range(disk, first, blocks) for first in range(0, blocks, RANGE)),
            "    </BlockMap>\n</bmap>\n",
        )
    )
    # The map's own checksum is that of the map with zeros in the checksum's place.
    return text.replace(_UNSET, sha256(text.encode()).hexdigest(), 1).encode()


def _range(disk: bytes, first: int, blocks: int) -> str:
    last = min(first + RANGE, blocks) - 1
    checksum = sha256(disk[first * BLOCK : (last + 1) * BLOCK]).hexdigest()
    return f'        <Range chksum="{checksum}"> {first}-{last} </Range>\n'
