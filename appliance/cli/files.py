"""Reading and writing what a command names, within bounds."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from appliance.errors import SettingsError

MAX_FILE = 4 << 20
MAX_LINE = 8 << 20


def read_file(path: Path, limit: int = MAX_FILE) -> bytes:
    """Return a file's bytes. Raises SettingsError."""
    try:
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except OSError as error:
        raise SettingsError(f"{path.name} cannot be read: {error.strerror}") from error
    if len(data) > limit:
        raise SettingsError(f"{path.name} is over {limit:,} bytes")
    return data


def verify_writable(path: Path) -> None:
    """Raise SettingsError where no file can be written, before a long work is done for it."""
    if path.is_dir():
        raise SettingsError(f"{path.name} is a folder: name a file in it")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise SettingsError(f"{path.name} cannot be written there")


def write_file(path: Path, data: bytes) -> None:
    """Write a file. Raises SettingsError."""
    try:
        path.write_bytes(data)
    except OSError as error:
        raise SettingsError(f"{path.name} cannot be written: {error.strerror}") from error


def read_lines(stream: IO[bytes]) -> Iterator[bytes]:
    """Yield every line that is not blank; of one that is too long, only its beginning."""
    while line := stream.readline(MAX_LINE):
        rest = line
        while not rest.endswith(b"\n") and (rest := stream.readline(MAX_LINE)):
            pass
        if line.strip():
            yield line
