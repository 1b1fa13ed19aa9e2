"""Files, read and written whole, with named failures."""

from pathlib import Path

from online_coordinator.errors import InputRefused


def read_file(path: Path, most: int) -> bytes:
    """Return a file's bytes. Raises InputRefused when it cannot be read or is over `most` bytes."""
    try:
        with path.open("rb") as file:
            data = file.read(most + 1)
    except OSError as failure:
        raise InputRefused(f"{path} cannot be read: {failure.strerror}") from None
    if len(data) > most:
        raise InputRefused(f"{path} has more than {most} bytes")
    return data


def write_file(path: Path, data: bytes) -> None:
    """Write a file. Raises InputRefused."""
    try:
        path.write_bytes(data)
    except OSError as failure:
        raise InputRefused(f"{path} cannot be written: {failure.strerror}") from None
