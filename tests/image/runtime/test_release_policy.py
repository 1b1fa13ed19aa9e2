"""The owner's approval beside the image: its partition has a name, and there is only one."""

import struct
from pathlib import Path

import pytest
from airlock_os.tpm.rollback_floor import MAGIC, PolicyMalformed
from airlock_os.volume import release_policy

POLICY = struct.pack(">16sQ", MAGIC, 7).ljust(248, b"\x11")


class Disks:
    def __init__(self, folder: Path) -> None:
        self.block, self.nodes = folder / "block", folder / "dev"
        self.block.mkdir()
        self.nodes.mkdir()

    def add(self, name: str, label: str, content: bytes | None = None) -> None:
        (self.block / name).mkdir()
        text = f"MAJOR=8\nDEVNAME={name}\nDEVTYPE=partition\nPARTNAME={label}\n"
        (self.block / name / "uevent").write_text(text)
        if content is not None:
            (self.nodes / name).write_bytes(content)

    def find(self) -> int | None:
        policy = release_policy.connected(self.block, self.nodes)
        return policy.number if policy else None


@pytest.fixture
def disks(tmp_path: Path) -> Disks:
    made = Disks(tmp_path)
    made.add("sda1", "airlock-boot")
    return made


def test_finds_the_policy_by_the_name_of_its_partition(disks: Disks) -> None:
    disks.add("sda3", "airlock-policy", POLICY + bytes(264))
    assert disks.find() == 7


def test_an_unsigned_image_comes_without_one(disks: Disks) -> None:
    disks.add("sda3", "airlock-policy-old", POLICY)
    assert disks.find() is None


def test_refuses_to_choose_between_two(disks: Disks) -> None:
    disks.add("sda3", "airlock-policy", POLICY)
    disks.add("sdb1", "airlock-policy", POLICY)
    with pytest.raises(PolicyMalformed, match="two"):
        disks.find()


@pytest.mark.parametrize("content", [None, b"", POLICY[:-1], bytes(512)])
def test_a_policy_that_cannot_be_read_is_no_missing_one(
    disks: Disks, content: bytes | None
) -> None:
    disks.add("sda3", "airlock-policy", content)
    with pytest.raises(PolicyMalformed):
        disks.find()
