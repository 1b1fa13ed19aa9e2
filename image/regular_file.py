"""Ordinary files alone: what was handed over may hold links, pipes and devices in their place."""

import os
import stat
import tempfile
from pathlib import Path

_MODE = 0o644


def content(path: Path, largest: int) -> bytes:
    """Return a file's content. A pipe is not waited for, nor a device read.

    Raises OSError unless it is an ordinary file of at most `largest` bytes.
    """
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
        is_ordinary = stat.S_ISREG(os.fstat(file.fileno()).st_mode)
        body = file.read(largest + 1) if is_ordinary else b""
    if not is_ordinary or len(body) > largest:
        raise OSError(f"{path.name!r:.66} is no ordinary file of at most {largest} bytes")
    return body


def replace(path: Path, body: bytes) -> None:
    """Put a file in the place of whatever has its name, whole or not at all.

    A link of that name is replaced, not followed. Raises OSError.
    """
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".writing-")
    part = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(body)
        part.chmod(_MODE)
        part.rename(path)
    finally:
        part.unlink(missing_ok=True)
