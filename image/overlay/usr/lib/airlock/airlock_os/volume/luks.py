"""What cryptsetup does with the data volume: LUKS2, each block encrypted and authenticated.

Beside its key slots the header keeps one token of ours (LUKS2 On-Disk Format, section 3.5): in the
clear, for whoever opens the volume, and gone with it wherever it goes.

A volume is opened by a copy of its header: the copy that was judged is the one that is used,
whatever a medium made to lie answers the next time.
"""

import json
import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from airlock_os.volume.media import LABEL
from airlock_os.volume.protection import TOKEN, Protection, is_held

_Ran = subprocess.CompletedProcess[bytes]

LARGEST_TOKEN = 16 << 10
_LARGEST_METADATA = 64 << 10
_HEADER, _FILLED = 16 << 20, 2 << 20
"""Bytes in front of the blocks, and as many of them as hold the metadata and four key slots."""
_WRONG_KEY = 2


class VolumeFailed(Exception):
    """A volume does not do what a sound one does."""


def create(device: Path, key: str, slot: int, protection: Protection) -> None:
    """Make a volume that a key opens. Every block is written. Raises VolumeFailed."""
    options = ("--batch-mode", "--type", "luks2", "--label", LABEL, "--sector-size", "4096")
    made = (*options, *protection.blocks, *protection.keys, "--key-slot", str(slot))
    _demand(("luksFormat", *made, str(device)), key)


def unlock(device: Path, key: str, slot: int, protection: Protection) -> bool:
    """Open a volume under the name of its label; False for a wrong key. Raises VolumeFailed."""
    return _opened(device, key, slot, protection, (LABEL,))


def is_key(device: Path, key: str, slot: int, protection: Protection) -> bool:
    """Tell whether a key opens a volume's slot, and open nothing. Raises VolumeFailed."""
    return _opened(device, key, slot, protection, ("--test-passphrase",))


def close() -> None:
    """Close the volume, if it is open."""
    _cryptsetup(("close", LABEL), b"")


def add_key(device: Path, by: str, key: str, slot: int, protection: Protection) -> None:
    """Add a key in an empty slot, by one that opens the volume. Raises VolumeFailed."""
    reading, writing = os.pipe()
    with open(reading, "rb") as held, open(writing, "wb") as given:  # noqa: PTH123 - descriptors
        given.write(key.encode("ascii"))
        given.close()
        added = ("luksAddKey", "--batch-mode", *protection.keys, "--key-slot", str(slot))
        new = f"/dev/fd/{held.fileno()}"
        _demand((*added, str(device), new), by, (held.fileno(),))


def empty_slot(device: Path, slot: int) -> bool:
    """Take the key out of a slot, so that it opens nothing any more; False if there was none."""
    command = ("luksKillSlot", "--batch-mode", str(device), str(slot))
    return _cryptsetup(command, b"").returncode == 0


def read_token(device: Path, protection: Protection) -> bytes | None:
    """Return the token as its JSON, None where there is none.

    Raises VolumeFailed, also for a volume that is protected in another way.
    """
    with _copied_header(device) as header:
        token = _judged(header, protection)["tokens"].get(TOKEN)
    if token is None:
        return None
    text = json.dumps(token).encode("ascii")
    if len(text) > LARGEST_TOKEN:
        raise VolumeFailed("the volume's token is larger than any of ours")
    return text


def write_token(device: Path, token: bytes) -> None:
    """Keep a token, in place of the one that is there. Raises VolumeFailed."""
    kept = ("token", "import", "--token-id", TOKEN, "--token-replace", "--json-file", "-")
    if _cryptsetup((*kept, str(device)), token).returncode:
        raise VolumeFailed("the volume's header takes no token")


def run(command: Sequence[str], given: bytes = b"", passed: tuple[int, ...] = ()) -> _Ran:
    """Run a program of the image and give it something to read."""
    # No rules for mapped devices are on the image, so the library makes their nodes itself.
    environment = {"DM_DISABLE_UDEV": "1", "PATH": "/usr/sbin:/usr/bin", "LANG": "C.UTF-8"}
    return subprocess.run(  # noqa: S603 - fixed programs of the image
        command, input=given, capture_output=True, env=environment, check=False, pass_fds=passed
    )


def _opened(
    device: Path, key: str, slot: int, protection: Protection, how: tuple[str, ...]
) -> bool:
    with _copied_header(device) as header:
        _judged(header, protection)
        options = ("--type", "luks2", "--key-slot", str(slot), "--header", f"/dev/fd/{header}")
        status = _keyed(("open", *options, str(device), *how), key, (header,)).returncode
    if status not in {0, _WRONG_KEY}:
        raise VolumeFailed("the volume cannot be opened by any key")
    return status == 0


@contextmanager
def _copied_header(device: Path) -> Iterator[int]:
    """Copy a header into memory; the copy's descriptor. Raises VolumeFailed."""
    copy = os.memfd_create("header")
    try:
        with device.open("rb") as medium:
            os.pwrite(copy, medium.read(_FILLED), 0)
        os.ftruncate(copy, _HEADER)
        yield copy
    except OSError as problem:
        raise VolumeFailed("the volume's header cannot be read") from problem
    finally:
        os.close(copy)


def _judged(header: int, protection: Protection) -> dict[str, Any]:
    """Return what cryptsetup reads of a header that is one of ours. Raises VolumeFailed."""
    dumped = ("luksDump", "--dump-json-metadata", f"/dev/fd/{header}")
    ran = _cryptsetup(dumped, b"", (header,))
    if ran.returncode or len(ran.stdout) > _LARGEST_METADATA:
        raise VolumeFailed("the volume's header is none")
    try:
        metadata: dict[str, Any] = json.loads(ran.stdout)
    except (ValueError, RecursionError) as problem:
        raise VolumeFailed("the volume's header is none") from problem
    if not is_held(metadata, protection):
        raise VolumeFailed("the volume is protected in another way than ours are")
    return metadata


def _demand(command: Sequence[str], key: str, passed: tuple[int, ...] = ()) -> None:
    if _keyed(command, key, passed).returncode:
        raise VolumeFailed(f"{command[0]} was refused")


def _keyed(command: Sequence[str], key: str, passed: tuple[int, ...]) -> _Ran:
    return _cryptsetup(("--key-file", "-", *command), key.encode("ascii"), passed)


def _cryptsetup(command: Sequence[str], given: bytes, passed: tuple[int, ...] = ()) -> _Ran:
    return run(("/usr/sbin/cryptsetup", *command), given, passed)
