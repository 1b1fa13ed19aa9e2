"""What cryptsetup does with the data volume: LUKS2, each block encrypted and authenticated.

Beside its key slots the header keeps one token of ours (LUKS2 On-Disk Format, section 3.5): in the
clear, for whoever opens the volume, and gone with it wherever it goes.
"""

import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from airlock_os.volume.media import LABEL

_Ran = subprocess.CompletedProcess[bytes]

TOKEN = "0"  # noqa: S105 - the number of the only token
LARGEST_TOKEN = 16 << 10
_WRONG_KEY = 2


@dataclass(frozen=True, slots=True)
class Protection:
    """What cryptsetup is told of a new volume's blocks, and of the keys in its slots."""

    blocks: tuple[str, ...]
    keys: tuple[str, ...]


PROTECTION = Protection(
    ("--cipher", "aes-xts-random", "--integrity", "hmac-sha256", "--key-size", "512"),
    # RFC 9106, section 4, second recommendation, and one pass more: cryptsetup takes no fewer than
    # four, and as many lanes as there are processors. Without a TPM the passphrase is all there is.
    # Fixed costs: a benchmark would choose by how busy the machine is at its first start.
    (
        *("--pbkdf", "argon2id", "--pbkdf-memory", "65536", "--pbkdf-parallel", "4"),
        *("--pbkdf-force-iterations", "4"),
    ),
)


class VolumeFailed(Exception):
    """A volume does not do what a sound one does."""


def create(device: Path, key: str, slot: int, protection: Protection) -> None:
    """Make a volume that a key opens. Every block is written. Raises VolumeFailed."""
    options = ("--batch-mode", "--type", "luks2", "--label", LABEL, "--sector-size", "4096")
    made = (*options, *protection.blocks, *protection.keys, "--key-slot", str(slot))
    _demand(("luksFormat", *made, str(device)), key)


def unlock(device: Path, key: str, slot: int) -> bool:
    """Open a volume under the name of its label; False for a wrong key. Raises VolumeFailed."""
    return _opened(device, key, slot, (LABEL,))


def is_key(device: Path, key: str, slot: int) -> bool:
    """Tell whether a key opens a volume's slot, and open nothing. Raises VolumeFailed."""
    return _opened(device, key, slot, ("--test-passphrase",))


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


def read_token(device: Path) -> bytes | None:
    """Return the token as its JSON, None where there is none. Raises VolumeFailed."""
    exported = ("token", "export", "--token-id", TOKEN, "--json-file", "-", str(device))
    ran = _cryptsetup(exported, b"")
    if ran.returncode:
        return None
    if len(ran.stdout) > LARGEST_TOKEN:
        raise VolumeFailed("the volume's token is larger than any of ours")
    return ran.stdout


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


def _opened(device: Path, key: str, slot: int, how: tuple[str, ...]) -> bool:
    command = ("open", "--type", "luks2", "--key-slot", str(slot), str(device), *how)
    status = _keyed(command, key, ()).returncode
    if status not in {0, _WRONG_KEY}:
        raise VolumeFailed("the volume cannot be opened by any key")
    return status == 0


def _demand(command: Sequence[str], key: str, passed: tuple[int, ...] = ()) -> None:
    if _keyed(command, key, passed).returncode:
        raise VolumeFailed(f"{command[0]} was refused")


def _keyed(command: Sequence[str], key: str, passed: tuple[int, ...]) -> _Ran:
    return _cryptsetup(("--key-file", "-", *command), key.encode("ascii"), passed)


def _cryptsetup(command: Sequence[str], given: bytes, passed: tuple[int, ...] = ()) -> _Ran:
    return run(("/usr/sbin/cryptsetup", *command), given, passed)
