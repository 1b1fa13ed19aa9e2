"""Write an image to a medium, read it back past every cache, and compare.

A medium is refused if it, or a part of it, is in use: mounted, swapped to, below a device mapper,
or what the running system started from.
"""

import os
import stat
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from image.errors import FlashError

CHUNK = 1 << 22
_SYSTEM = frozenset({"/", "/boot", "/boot/efi", "/efi", "/home", "/nix", "/usr", "/var"})

Progress = Callable[[str, int, int], None]
"""Told what is being done, and how many bytes of how many."""


def verify_expected(image: Path, expected: str) -> None:
    """Raise FlashError unless the image's SHA-256 is the expected one."""
    with image.open("rb") as file:
        digest = _digest(file.fileno(), image.stat().st_size, "checking", _silent)
    if digest != expected.lower():
        raise FlashError("the image is not the one its manifest names: nothing was written")


def _silent(_what: str, _done: int, _of: int) -> None:
    return


def in_use(number: tuple[int, int], mounts: str, sysfs: Path) -> str:
    """Say why a disk must not be written, or "" if nothing speaks against it.

    `number` is the disk's major and minor number, `mounts` the text of /proc/self/mountinfo.
    """
    disk = sysfs / "dev/block" / f"{number[0]}:{number[1]}"
    parts = {":".join(map(str, number))}
    for part in sorted(disk.glob("*/dev")):
        parts.add(part.read_text().strip())
    if (disk / "partition").exists():
        return "it is a part of a disk, not a whole one"
    for line in mounts.splitlines():
        fields = line.split(" ")
        if fields[2] in parts:
            kind = "the system's disk" if fields[4] in _SYSTEM else "mounted"
            return f"it is {kind}: {fields[4]:.64}"
    holders = [*disk.glob("holders/*"), *disk.glob("*/holders/*")]
    return f"{holders[0].name:.64} is built on it" if holders else ""


def verify_free(target: Path) -> None:
    """Raise FlashError unless a target is a whole disk that nothing uses, or an ordinary file."""
    try:
        status = target.stat()
    except OSError as problem:
        raise FlashError(f"there is no {target.name:.64}") from problem
    if stat.S_ISREG(status.st_mode):
        return
    if not stat.S_ISBLK(status.st_mode):
        raise FlashError(f"{target.name:.64} is neither a disk nor a file")
    number = (os.major(status.st_rdev), os.minor(status.st_rdev))
    why = in_use(number, Path("/proc/self/mountinfo").read_text(), Path("/sys"))
    if why:
        raise FlashError(f"{target.name:.64} is not written: {why}")
    if any(line.startswith(f"{target}") for line in Path("/proc/swaps").read_text().splitlines()):
        raise FlashError(f"{target.name:.64} is not written: the system swaps to it")


def flash(image: Path, target: Path, progress: Progress) -> str:
    """Write an image over the start of a target, read it back and return its SHA-256.

    Raises FlashError if the target is in use, too small, or holds something else afterwards.
    """
    verify_free(target)
    size = image.stat().st_size
    # O_EXCL on a block device fails while anything has it open exclusively, as a mount does.
    flags = os.O_RDWR | (os.O_EXCL if target.is_block_device() else 0)
    try:
        descriptor = os.open(target, flags)
    except OSError as problem:
        raise FlashError(f"{target.name:.64} cannot be opened: {problem.strerror}") from problem
    try:
        if os.lseek(descriptor, 0, os.SEEK_END) < size:
            raise FlashError(f"{target.name:.64} is smaller than the image")
        written = _write(image, descriptor, size, progress)
        os.fsync(descriptor)
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        held = _digest(descriptor, size, "reading back", progress)
    finally:
        os.close(descriptor)
    if held != written:
        raise FlashError(f"{target.name:.64} does not hold what was written: throw it away")
    return held


def _write(image: Path, descriptor: int, size: int, progress: Progress) -> str:
    digest, done = sha256(), 0
    os.lseek(descriptor, 0, os.SEEK_SET)
    with image.open("rb") as source:
        while chunk := source.read(CHUNK):
            digest.update(chunk)
            while chunk:
                chunk = chunk[os.write(descriptor, chunk) :]
            done = source.tell()
            progress("writing", done, size)
    return digest.hexdigest()


def _digest(descriptor: int, size: int, what: str, progress: Progress) -> str:
    digest, done = sha256(), 0
    os.lseek(descriptor, 0, os.SEEK_SET)
    while done < size and (chunk := os.read(descriptor, min(CHUNK, size - done))):
        digest.update(chunk)
        done += len(chunk)
        progress(what, done, size)
    return digest.hexdigest()
