"""The owner's approval of the image that runs, from the partition beside it on its medium."""

from pathlib import Path

from airlock_os.tpm.rollback_floor import POLICY_SIZE, Policy, PolicyMalformed, read_policy

PARTITION = "PARTNAME=airlock-policy"
_LONGEST = 4096


def connected(block: Path = Path("/sys/class/block"), nodes: Path = Path("/dev")) -> Policy | None:
    """Return the only policy on any medium; None for an image that comes without one.

    Which image it is for, and whether it is signed, the TPM verifies. Raises PolicyMalformed, also
    where there are two: which of them came with the image cannot be told.
    """
    match [folder.name for folder in sorted(block.iterdir()) if _holds_policy(folder)]:
        case []:
            return None
        case [name]:
            return read_policy(_beginning(nodes / name, POLICY_SIZE))
        case _:
            raise PolicyMalformed("two connected media carry an approval of an image")


def _holds_policy(folder: Path) -> bool:
    try:
        described = _beginning(folder / "uevent", _LONGEST)
    except PolicyMalformed:
        return False
    return PARTITION.encode() in described.splitlines()


def _beginning(path: Path, size: int) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(size)
    except OSError as problem:
        raise PolicyMalformed("the approval beside the image cannot be read") from problem
