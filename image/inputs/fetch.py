"""Locked files, by content: from the cache, an archive of inputs, or the mirrors; always verified.

A cache is a folder of files named by their SHA-256. So is an archive of inputs, as a folder or as
an uncompressed tar of one: whoever keeps it can rebuild without any mirror.
"""

import tarfile
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from hashlib import file_digest, sha256
from http.client import HTTPException
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

from image import regular_file
from image.errors import CommandError, FetchError
from image.inputs import mirrors as mirror_addresses
from image.inputs import wheels
from image.inputs.lock import Lock, Package, Wheel

_ATTEMPTS = 4
_TIMEOUT_SECONDS = 60
_SLOWEST = 10_000
"""Bytes a second, on the whole: who gives fewer is not waited for."""

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
    regular_file.replace(cache / file.sha256, body)


def _download(address: str, size: int) -> bytes:
    """Read at most one byte more than expected. Raises FetchError after several attempts."""
    if address.startswith("file:"):
        return _copied(Path(urllib.request.url2pathname(urlsplit(address).path)), size)
    why = "no answer"
    for attempt in range(_ATTEMPTS):
        try:
            return _read(address, size)
        except urllib.error.HTTPError as problem:
            problem.close()
            raise FetchError(f"the mirror answers {problem.code}") from problem
        except (OSError, HTTPException, ValueError) as problem:
            why = type(problem).__name__
            time.sleep(attempt)
    raise FetchError(f"the mirror cannot be read: {why}")


def _copied(path: Path, size: int) -> bytes:
    try:
        return regular_file.content(path, size)
    except OSError as problem:
        raise FetchError(f"{path.name:.64} cannot be read, or is larger than locked") from problem


def _read(address: str, size: int) -> bytes:
    """Return what a mirror answers in time. The socket's own limit starts anew with every byte."""
    answer: Future[bytes] = Future()
    Thread(target=_ask, args=(address, size, answer), daemon=True).start()
    return answer.result(_TIMEOUT_SECONDS + size / _SLOWEST)


def _ask(address: str, size: int, answered: Future[bytes]) -> None:
    try:
        # The address is a mirror of the builder's choice; what comes is believed by its hash.
        with urllib.request.urlopen(address, timeout=_TIMEOUT_SECONDS) as answer:  # noqa: S310
            answered.set_result(answer.read(size + 1))
    except (OSError, HTTPException, ValueError) as problem:
        answered.set_exception(problem)


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
    try:
        for name, body in _inputs(inputs, missing):
            keep(body, missing.pop(name), cache)
    except (tarfile.TarError, ValueError, OverflowError, RecursionError, MemoryError) as problem:
        raise FetchError(f"{inputs.name:.64} is no archive of inputs") from problem
    if missing:
        raise FetchError(f"the archive of inputs lacks {len(missing)} of the locked files")


def _inputs(inputs: Path, wanted: dict[str, Locked]) -> Iterable[tuple[str, bytes]]:
    """Yield each wanted file that is there, once; `wanted` loses those that were taken."""
    if inputs.is_dir():
        held = [file for file in wanted.values() if (inputs / file.sha256).is_file()]
        return ((file.sha256, _copied(inputs / file.sha256, file.size)) for file in held)
    if not inputs.is_file():
        raise FetchError(f"{inputs.name:.64} is no archive of inputs")
    return _archived(inputs, wanted)


def _archived(inputs: Path, wanted: dict[str, Locked]) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(inputs, "r:") as tar:
        for member in tar:
            if member.size < 0 or member.issparse():
                raise tarfile.ReadError("a member that would be read again and again")
            file = wanted.get(member.name.rsplit("/", 1)[-1])
            body = tar.extractfile(member) if file and member.isreg() else None
            if file and body:
                yield file.sha256, body.read(file.size + 1)


def write_inputs(lock: Lock, cache: Path, archive: Path) -> None:
    """Write the archive of inputs: every locked file, sorted by hash, as a plain tar."""
    with tarfile.open(archive, "w:", format=tarfile.USTAR_FORMAT) as tar:
        for name in sorted({file.sha256 for file in all_files(lock)}):
            member = tarfile.TarInfo(f"inputs/{name}")
            member.size, member.mtime = (cache / name).stat().st_size, lock.epoch
            with (cache / name).open("rb") as body:
                tar.addfile(member, body)
