"""Write an image to a medium, read it back past every cache, and compare.

A medium is refused if it, or a part of it, is in use: mounted, swapped to, below a device mapper,
or what the running system started from.
"""

import fcntl
import mmap
import os
import stat
from collections.abc import Callable, Collection
from hashlib import sha256
from pathlib import Path

from image.errors import FlashError

CHUNK = 1 << 22
DEVICES = Path("/dev")
_SECTOR = 512
"""Bytes, in which sysfs counts whatever a disk's own sectors are."""
_SYSTEM = frozenset({"/", "/boot", "/boot/efi", "/efi", "/home", "/nix", "/usr", "/var"})

Progress = Callable[[str, int, int], None]
"""Told what is being done, and how many bytes of how many."""


def verify_expected(image: Path, expected: str) -> None:
    """Raise FlashError unless the image's SHA-256 is the expected one."""
    with image.open("rb") as file:
        digest = _digest(file.fileno(), image.stat().st_size, "checking", _silent)
    if digest != expected:
        raise FlashError("the image is not the one its manifest names: nothing was written")


def _silent(_what: str, _done: int, _of: int) -> None:
    return


def in_use(number: tuple[int, int], mounts: str, swaps: Collection[str], sysfs: Path) -> str:
    """Say why a disk must not be written, or "" if nothing speaks against it.

    `number` is the disk's major and minor number, `mounts` the text of /proc/self/mountinfo,
    `swaps` the numbers of what the system swaps to, as "major:minor".
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
    if parts & set(swaps):
        return "the system swaps to it"
    if below := sorted(disk.glob("slaves/*")):
        return f"it is made of another disk, {below[0].name:.64}: name that one"
    holders = [*disk.glob("holders/*"), *disk.glob("*/holders/*")]
    return f"{holders[0].name:.64} is built on it" if holders else ""


def described(number: tuple[int, int], sysfs: Path) -> str:
    """Return maker, model and size of a disk, as its own electronics tell them."""
    disk = sysfs / "dev/block" / f"{number[0]}:{number[1]}"
    words = [_told(disk / "device" / name) for name in ("vendor", "model")]
    sectors = _told(disk / "size")
    size = f"{int(sectors) * _SECTOR / 1e9:,.1f} GB" if sectors.isdecimal() else "an unknown size"
    return f"{' '.join(filter(None, words)) or 'a disk without a name'}, {size}"


def _told(path: Path) -> str:
    try:
        text = path.read_text("ascii", "replace")
    except OSError:
        return ""
    return "".join(letter if letter.isprintable() else "?" for letter in text.strip())[:64]


def verify_free(target: Path) -> os.stat_result:
    """Return which file a target is, if it is a whole disk that nothing uses, or an ordinary file.

    Raises FlashError.
    """
    try:
        status = target.stat()
    except OSError as problem:
        raise FlashError(f"there is no {target.name:.64}") from problem
    if stat.S_ISREG(status.st_mode):
        if target.resolve().is_relative_to(DEVICES):
            raise FlashError(f"{target.name:.64} is no disk, but a file that something left there")
        return status
    if not stat.S_ISBLK(status.st_mode):
        raise FlashError(f"{target.name:.64} is neither a disk nor a file")
    number = (os.major(status.st_rdev), os.minor(status.st_rdev))
    mounts = Path("/proc/self/mountinfo").read_text(errors="replace")
    swaps = _numbers(Path("/proc/swaps").read_text(errors="replace"))
    if why := in_use(number, mounts, swaps, Path("/sys")):
        raise FlashError(f"{target.name:.64} is not written: {why}")
    return status


def _numbers(swaps: str) -> tuple[str, ...]:
    """Return the numbers of the devices in a text of /proc/swaps, whatever they are called here."""
    paths = [Path(line.split(" ")[0]) for line in swaps.splitlines()[1:]]
    found = [path.stat().st_rdev for path in paths if path.is_block_device()]
    return tuple(f"{os.major(number)}:{os.minor(number)}" for number in found)


def flash(image: Path, target: Path, was: os.stat_result, progress: Progress) -> str:
    """Write an image over the start of a target, read it back and return its SHA-256.

    `was` is what `verify_free` said before people were asked. Raises FlashError if the target is in
    use, another one by now, too small, or holds something else afterwards.
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
        if not os.path.samestat(was, os.fstat(descriptor)):
            raise FlashError(f"{target.name:.64} is another one by now: nothing was written")
        if os.lseek(descriptor, 0, os.SEEK_END) < size:
            raise FlashError(f"{target.name:.64} is smaller than the image")
        written, held = _written(image, descriptor, size, progress)
    except (OSError, KeyboardInterrupt) as problem:
        why = getattr(problem, "strerror", None) or "interrupted"
        raise FlashError(
            f"{target.name:.64} does not hold the image ({why}): it is not to be used before it is "
            "written anew, to the end"
        ) from problem
    finally:
        os.close(descriptor)
    if held != written:
        raise FlashError(f"{target.name:.64} does not hold what was written: throw it away")
    return held


def _written(image: Path, descriptor: int, size: int, progress: Progress) -> tuple[str, str]:
    """Return the SHA-256 of what was written, and of what the medium holds after that."""
    written = _write(image, descriptor, size, progress)
    os.fsync(descriptor)
    os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    if stat.S_ISBLK(os.fstat(descriptor).st_mode):
        # The advice leaves alone what another process has mapped: a disk is read past the cache.
        flags = fcntl.fcntl(descriptor, fcntl.F_GETFL)
        fcntl.fcntl(descriptor, fcntl.F_SETFL, flags | os.O_DIRECT)
    return written, _digest(descriptor, size, "reading back", progress)


def _write(image: Path, descriptor: int, size: int, progress: Progress) -> str:
    digest, done = sha256(), 0
    os.lseek(descriptor, 0, os.SEEK_SET)
    with image.open("rb") as source:
        while chunk := source.read(min(CHUNK, size - done)):
            digest.update(chunk)
            done += len(chunk)
            while chunk:
                chunk = chunk[os.write(descriptor, chunk) :]
            progress("writing", done, size)
    return digest.hexdigest()


def _digest(descriptor: int, size: int, what: str, progress: Progress) -> str:
    """Return the SHA-256 of a file's first bytes. The buffer is whole pages, as O_DIRECT wants."""
    digest, done = sha256(), 0
    os.lseek(descriptor, 0, os.SEEK_SET)
    with mmap.mmap(-1, CHUNK) as buffer:
        while done < size and (count := os.readv(descriptor, [buffer])):
            chunk = buffer[: min(count, size - done)]
            digest.update(chunk)
            done += len(chunk)
            progress(what, done, size)
    return digest.hexdigest()
