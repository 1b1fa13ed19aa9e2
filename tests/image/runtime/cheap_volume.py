"""A volume whose protection is quick, and takes no rights on the machine that tests."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from airlock_os.volume.protection import Protection

CHEAP = Protection(
    ("--cipher", "aes-xts-plain64"),
    ("--pbkdf", "pbkdf2", "--pbkdf-force-iterations", "1000"),
    {"encryption": "aes-xts-plain64", "sector_size": 4096},
    {"type": "pbkdf2", "hash": "sha256", "iterations": 1000},
    key_size=64,
)
_COPIES = (0, 0x4000)
_BINARY, _CHECKSUM = 4096, slice(448, 512)


def forge(volume: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Change what both copies of a header say, under a checksum that holds, as anybody can."""
    content = bytearray(volume.read_bytes())
    for start in _COPIES:
        end = start + int.from_bytes(content[start + 8 : start + 16], "big")
        text = bytes(content[start + _BINARY : end])
        said = json.loads(text[: text.index(0)])
        change(said)
        content[start + _BINARY : end] = json.dumps(said).encode().ljust(len(text), b"\0")
        header = content[start:end]
        header[_CHECKSUM] = bytes(64)
        checksum = hashlib.sha256(header).digest().ljust(64, b"\0")
        content[start + _CHECKSUM.start : start + _CHECKSUM.stop] = checksum
    volume.write_bytes(content)
