"""Who may vouch for a release: OpenSSH's allowed_signers, of which only the plain is accepted.

ssh-keygen(1), "ALLOWED SIGNERS". One builder a line, by one name, with one key; no patterns, no
certificates, no key under two names: else one person could be counted as two.
"""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from image import regular_file
from image.commands import run
from image.errors import CommandError, ProgramAbsent
from image.trust.errors import ReleaseRefused

NAMESPACE = "airlock-release"
LARGEST = 1 << 16
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_KINDS = {
    "ssh-ed25519",
    "sk-ssh-ed25519@openssh.com",
    "ecdsa-sha2-nistp256",
    "sk-ecdsa-sha2-nistp256@openssh.com",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "ssh-rsa",
}


@dataclass(frozen=True, slots=True)
class Signers:
    """The file, and the names of the builders in it."""

    path: Path
    names: frozenset[str]


def read(path: Path) -> Signers:
    """Read a file of allowed signers. Raises ReleaseRefused."""
    try:
        text = regular_file.content(path, LARGEST).decode("ascii")
    except (OSError, UnicodeDecodeError) as problem:
        raise ReleaseRefused("the list of allowed signers cannot be read") from problem
    keys: dict[str, str] = {}
    for line in text.splitlines():
        if line.strip() and not line.startswith("#"):
            name, key = _signer(line)
            if key in keys or name in keys.values():
                raise ReleaseRefused(f"the builder {name} or their key is listed twice")
            keys[key] = name
    return Signers(path, frozenset(keys.values()))


def sign(key: Path, message: bytes) -> bytes:
    """Sign as a builder: with a key file, or the public half of one that an agent or FIDO has."""
    return run(("ssh-keygen", "-q", "-Y", "sign", "-n", NAMESPACE, "-f", key), stdin=message)


def is_signed(signers: Signers, name: str, message: bytes, signature: Path) -> bool:
    """Tell whether a signature is this builder's over this message.

    Raises ProgramAbsent without `ssh-keygen`: nobody is accused for that.
    """
    words = ("-n", NAMESPACE, "-f", signers.path, "-I", name, "-s", signature)
    try:
        run(("ssh-keygen", "-Y", "verify", *words), stdin=message)
    except ProgramAbsent:
        raise
    except CommandError:
        return False
    return True


def _signer(line: str) -> tuple[str, str]:
    """Return a line's name and key. Raises ReleaseRefused."""
    words: Mapping[int, str] = dict(enumerate(line.split()))
    option = words.get(1) == f'namespaces="{NAMESPACE}"'
    name, kind, key = words.get(0, ""), words.get(1 + option, ""), words.get(2 + option, "")
    try:
        blob = base64.b64decode(key, validate=True)
    except (binascii.Error, ValueError):
        blob = b""
    inside = len(kind).to_bytes(4, "big") + kind.encode("ascii")
    if not _NAME.fullmatch(name) or kind not in _KINDS or not blob.startswith(inside):
        raise ReleaseRefused("a line of allowed signers is not: name, kind of key, key")
    return name, base64.b64encode(blob).decode("ascii")
