import re
import struct
import subprocess
import zlib
from hashlib import sha256
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from image.disk import bmap, esp, gpt, verity

IDENTIFIER = UUID("12345678-1234-4234-9234-123456789abc")


def run(*words: str | Path) -> None:
    subprocess.run([str(word) for word in words], check=True, capture_output=True, timeout=60)


def test_the_root_hash_of_one_block_is_its_salted_hash() -> None:
    hashed = verity.hashed(bytes(4096), b"s")
    assert hashed.root == sha256(b"s" + bytes(4096)).digest()
    assert hashed.tree == b""


@pytest.mark.needs("veritysetup")
@pytest.mark.parametrize("blocks", [2, 127, 128, 129, 300])
def test_the_hash_tree_is_the_one_of_veritysetup(tmp_path: Path, blocks: int) -> None:
    data = b"".join(sha256(bytes([n % 256])).digest() * 128 for n in range(blocks))
    hashed = verity.hashed(data, b"\x5a" * 32)
    (tmp_path / "disk").write_bytes(data + hashed.tree)
    shared = ("--no-superblock", "--hash=sha256", "--data-blocks", str(blocks))
    place = ("--hash-offset", str(len(data)), "--salt", "5a" * 32)
    disk = tmp_path / "disk"
    run("veritysetup", "verify", *shared, *place, disk, disk, hashed.root.hex())


@given(st.integers(1, 200), st.data())
def test_any_changed_byte_changes_the_root_hash(blocks: int, data: st.DataObject) -> None:
    body = bytearray(4096 * blocks)
    before = verity.hashed(bytes(body), b"").root
    body[data.draw(st.integers(0, len(body) - 1))] ^= 1
    assert verity.hashed(bytes(body), b"").root != before


@pytest.mark.parametrize("size", [0, 1, 4095, 4097])
def test_refuses_parts_of_blocks(size: int) -> None:
    with pytest.raises(ValueError, match="whole blocks"):
        verity.hashed(bytes(size), b"")


def test_tells_the_kernel_to_open_that_partition_or_panic() -> None:
    hashed = verity.hashed(bytes(4096 * 10), b"\1" * 32)
    words = verity.kernel_arguments(hashed)
    assert f"PARTUUID={hashed.identifier} 4096 4096 10 10 sha256 {hashed.root.hex()}" in words
    assert 'dm-mod.create="airlock-root,,0,ro,0 80 verity 1' in words
    assert "panic_on_corruption" in words
    assert hashed.identifier.version == 4


def test_tells_the_kernel_to_open_a_second_partition_as_strictly() -> None:
    root, vendor = (verity.hashed(bytes([n]) * 4096, b"\1" * 32) for n in (1, 2))
    words = verity.kernel_arguments(root, ("airlock-vendor", vendor))
    assert words.count("panic_on_corruption") == 2
    assert f";airlock-vendor,,1,ro,0 8 verity 1 PARTUUID={vendor.identifier} " in words
    assert f"dm-mod.waitfor=PARTUUID={root.identifier},PARTUUID={vendor.identifier} " in words
    assert "root=/dev/dm-0" in words


@pytest.mark.needs("fsck.vfat")
@pytest.mark.needs("mcopy")
@pytest.mark.parametrize("size", [1, 511, 3_000_000, 34_000_000])
def test_the_boot_partition_is_a_sound_fat16(tmp_path: Path, size: int) -> None:
    body = sha256(bytes(size)).digest() * (size // 32 + 1)
    body = body[:size]
    image = tmp_path / "esp"
    image.write_bytes(esp.make(body, 0xCAFE, 1_795_480_474))
    run("fsck.vfat", "-n", image)
    run("mcopy", "-i", image, "::EFI/BOOT/BOOTX64.EFI", tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == body


def test_the_boot_partition_is_a_function_of_its_program() -> None:
    made = {esp.make(body, 1, 1_795_480_474) for body in (b"a", b"a", b"b")}
    assert len(made) == 2
    assert all(len(image) % 2**20 == 0 for image in made)


def test_refuses_an_empty_program_and_one_beyond_fat16() -> None:
    class Huge(bytes):
        def __len__(self) -> int:
            return 3 * 2**30

    for body in (b"", Huge()):
        with pytest.raises(ValueError, match="program"):
            esp.make(body, 1, 1_795_480_474)


def a_disk() -> bytes:
    boot = gpt.Partition(gpt.ESP, IDENTIFIER, "boot", 0, bytes(2**20))
    root = gpt.Partition(gpt.ROOT, IDENTIFIER, "root", gpt.READ_ONLY, b"\xee" * 5000 * 512)
    return gpt.disk(IDENTIFIER, (boot, root))


def test_both_tables_are_sound_and_name_each_other() -> None:
    disk = a_disk()
    last = len(disk) // 512 - 1
    for own, other in ((1, last), (last, 1)):
        header = disk[own * 512 : own * 512 + 92]
        (checksum,) = struct.unpack_from("<I", header, 16)
        assert zlib.crc32(header[:16] + bytes(4) + header[20:]) == checksum
        here, there, _, _, table = struct.unpack_from("<QQQQ16xQ", header, 24)
        assert (here, there) == (own, other)
        entries = disk[table * 512 : table * 512 + 128 * 128]
        assert zlib.crc32(entries) == struct.unpack_from("<I", header, 88)[0]


def test_partitions_begin_at_whole_mebibytes() -> None:
    disk = a_disk()
    first, last = struct.unpack_from("<QQ", disk, 1024 + 128 + 32)
    assert first % 2048 == 0
    assert disk[first * 512 : (last + 1) * 512] == b"\xee" * 5000 * 512


@pytest.mark.needs("sgdisk")
def test_another_tool_finds_no_problem(tmp_path: Path) -> None:
    (tmp_path / "disk").write_bytes(a_disk())
    told = subprocess.run(
        ["sgdisk", "-v", str(tmp_path / "disk")], check=True, capture_output=True, timeout=60
    )
    assert b"No problems found" in told.stdout


@pytest.mark.parametrize("size", [0, 511])
def test_refuses_a_partition_of_broken_sectors(size: int) -> None:
    with pytest.raises(ValueError, match="sectors"):
        gpt.disk(IDENTIFIER, (gpt.Partition(gpt.ESP, IDENTIFIER, "x", 0, bytes(size)),))


def test_the_block_map_maps_every_block_with_a_checksum() -> None:
    disk = bytes(4096) + b"\xee" * 4096 * 8192
    body = bmap.of(disk)
    told = dict(re.findall(r"<(\w+)> (\S+) </\1>", body.decode()))
    assert b'<bmap version="2.0">' in body
    assert (told["ImageSize"], told["BlocksCount"]) == (str(len(disk)), "8193")
    assert told["MappedBlocksCount"] == told["BlocksCount"]
    assert re.findall(r'<Range chksum="(\w+)"> (\S+) </Range>', body.decode()) == [
        (sha256(disk[: 8192 * 4096]).hexdigest(), "0-8191"),
        (sha256(disk[8192 * 4096 :]).hexdigest(), "8192-8192"),
    ]
    own = told["BmapFileChecksum"].encode()
    assert sha256(body.replace(own, b"0" * 64)).hexdigest().encode() == own


@pytest.mark.parametrize("size", [0, 4095, 4097])
def test_no_block_map_of_broken_blocks(size: int) -> None:
    with pytest.raises(ValueError, match="whole blocks"):
        bmap.of(bytes(size))


@pytest.mark.needs("bmaptool")
def test_bmaptool_writes_the_whole_disk_and_refuses_another(tmp_path: Path) -> None:
    image, target = tmp_path / "disk.img", tmp_path / "target"
    disk = a_disk()
    image.write_bytes(disk)
    target.write_bytes(b"\xff" * len(disk))
    (tmp_path / "disk.bmap").write_bytes(bmap.of(disk))
    words = ("bmaptool", "copy", "--bmap", tmp_path / "disk.bmap", image, target)
    run(*words)
    assert target.read_bytes() == disk
    image.write_bytes(disk[:-1] + b"\1")
    with pytest.raises(subprocess.CalledProcessError):
        run(*words)
