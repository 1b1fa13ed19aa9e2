"""Locked files, by content: from the cache, an archive of inputs, or the mirrors; always verified.

A cache is a folder of files named by their SHA-256. So is an archive of inputs, as a folder or as
an uncompressed tar of one: whoever keeps it can rebuild without any mirror.
"""

import tarfile
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterable
from hashlib import file_digest, sha256
from pathlib import Path

from image import mirrors as mirror_addresses
from image import wheels
from image.errors import CommandError, FetchError
from image.lock import Lock, Package, Wheel

_ATTEMPTS = 4
_TIMEOUT_SECONDS = 60

Locked = Package | Wheel


def digest_of(path: Path) -> str:
    """Return a file's SHA-256 in hexadecimal."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def all_files(lock: Lock) -> tuple[Locked, ...]:
    """Return every file a lock names, packages first."""
    return (*lock.packages, *lock.wheels)


def is_held(cache: Path, file: Locked) -> bool:
    """Say whether the cache has a file, with the right content."""
    path = cache / file.sha256
    return path.is_file() and path.stat().st_size == file.size and digest_of(path) == file.sha256


def keep(body: bytes, file: Locked, cache: Path) -> None:
    """Put a file into the cache. Raises FetchError if it is not the locked one."""
    if len(body) != file.size or sha256(body).hexdigest() != file.sha256:
        raise FetchError(f"{file.name} is not the locked file: its size or hash differs")
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=cache, delete=False) as part:
        part.write(body)
    Path(part.name).chmod(0o644)
    Path(part.name).rename(cache / file.sha256)


def _download(address: str, size: int) -> bytes:
    """Read at most one byte more than expected. Raises FetchError after several attempts."""
    why = "no answer"
    for attempt in range(_ATTEMPTS):
        try:
            # The address is a mirror of the builder's choice; what comes is believed by its hash.
            with urllib.request.urlopen(address, timeout=_TIMEOUT_SECONDS) as answer:  # noqa: S310
                body: bytes = answer.read(size + 1)
                return body
        except urllib.error.HTTPError as problem:
            raise FetchError(f"the mirror answers {problem.code}") from problem
        except OSError as problem:
            why = type(problem).__name__
            time.sleep(attempt)
    raise FetchError(f"the mirror cannot be read: {why}")


def fetch(lock: Lock, cache: Path, mirrors: dict[str, str]) -> None:
    """Fill the cache with everything the lock names.

    Raises FetchError naming what is no longer to be had, after trying every file.
    """
    missing = [file for file in all_files(lock) if not is_held(cache, file)]
    gone = []
    for package in missing:
        if isinstance(package, Wheel):
            continue
        address = mirror_addresses.address_of(mirrors, package.archive, package.path)
        try:
            keep(_download(address, package.size), package, cache)
        except FetchError as problem:
            gone.append(f"{package.name} {package.version}: {problem}")
    if gone:
        raise FetchError("\n".join(["these locked packages were not had:", *gone]))
    fetch_wheels(tuple(file for file in missing if isinstance(file, Wheel)), cache)


def fetch_wheels(missing: tuple[Wheel, ...], cache: Path) -> None:
    """Fill the cache with locked wheels. Raises FetchError."""
    if not missing:
        return
    with tempfile.TemporaryDirectory() as scratch:
        try:
            wheels.download(missing, Path(scratch))
        except CommandError as problem:
            raise FetchError(f"pip did not fetch the locked wheels: {problem}") from problem
        for wheel in missing:
            path = Path(scratch) / wheel.file
            if not path.is_file():
                raise FetchError(f"pip fetched another file than {wheel.file}")
            keep(path.read_bytes(), wheel, cache)


def take_inputs(lock: Lock, inputs: Path, cache: Path) -> None:
    """Fill the cache from an archive of inputs. Raises FetchError if it lacks a file."""
    missing = {file.sha256: file for file in all_files(lock) if not is_held(cache, file)}
    for name, body in _inputs(inputs, missing):
        keep(body, missing.pop(name), cache)
    if missing:
        raise FetchError(f"the archive of inputs lacks {len(missing)} of the locked files")


def _inputs(inputs: Path, wanted: dict[str, Locked]) -> Iterable[tuple[str, bytes]]:
    if inputs.is_dir():
        held = [name for name in wanted if (inputs / name).is_file()]
        return ((name, (inputs / name).read_bytes()) for name in held)
    return _archived(inputs, frozenset(wanted))


def _archived(inputs: Path, wanted: frozenset[str]) -> Iterable[tuple[str, bytes]]:
    with tarfile.open(inputs, "r:") as tar:
        for member in tar:
            name = member.name.rsplit("/", 1)[-1]
            body = tar.extractfile(member) if name in wanted else None
            if body is not None:
                yield name, body.read()


def write_inputs(lock: Lock, cache: Path, archive: Path) -> None:
    """Write the archive of inputs: every locked file, sorted by hash, as a plain tar."""
    with tarfile.open(archive, "w:", format=tarfile.USTAR_FORMAT) as tar:
        for name in sorted({file.sha256 for file in all_files(lock)}):
            member = tarfile.TarInfo(f"inputs/{name}")
            member.size, member.mtime = (cache / name).stat().st_size, lock.epoch
            with (cache / name).open("rb") as body:
                tar.addfile(member, body)
