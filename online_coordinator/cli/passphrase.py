"""Passphrases: typed without echo, or read from a file; never an argument."""

import getpass
from pathlib import Path

from online_coordinator.errors import InputRefused

MAX_PASSPHRASE = 1024


def read_passphrase(file: Path | None, prompt: str) -> str:
    """Return a passphrase: the first line of `file`, or what is typed. Raises InputRefused."""
    if file is None:
        try:
            return getpass.getpass(f"{prompt}: ")
        except (EOFError, KeyboardInterrupt):
            raise InputRefused("no passphrase was typed") from None
    try:
        with file.open(encoding="utf-8") as opened:
            return opened.read(MAX_PASSPHRASE).partition("\n")[0].rstrip("\r")
    except (OSError, UnicodeDecodeError):
        raise InputRefused(f"the passphrase file {file} cannot be read") from None
