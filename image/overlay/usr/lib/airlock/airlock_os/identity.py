"""Which image this is: its release and its root hash, in words that people can compare."""

import re
from pathlib import Path

from appliance.wire.words import words_of

COMMAND_LINE = Path("/proc/cmdline")
RELEASE = Path("/usr/lib/os-release")
CHECKED = Path("/run/airlock-self-check")
MEASURED = Path("/sys/class/tpm/tpm0/pcr-sha256/11")
# dm-mod.create of dm-verity: airlock-root,… sha256 ROOT-HASH SALT …; other devices follow.
_ROOT_HASH = re.compile(r"\bairlock-root,[^;\"]* sha256 ([0-9a-f]{64}) [0-9a-f]+\b")

_VENDOR = re.compile(r"\bairlock\.vendor=([a-z0-9-]{1,32})\b")


def root_hash(command_line: str) -> bytes | None:
    """Return the root hash that the kernel verifies every block by; None where none is set."""
    found = _ROOT_HASH.findall(command_line)
    return bytes.fromhex(found[0]) if len(found) == 1 else None


def release_name(text: str) -> str:
    """Return the release's name, from os-release."""
    for line in text.splitlines():
        key, _, value = line.partition("=")
        if key == "PRETTY_NAME":
            return value.strip().strip('"')
    return "unnamed release"


def image_id() -> str:
    """Return what responses call this image: its release, and the hash of everything it reads."""
    name = release_name(RELEASE.read_text("utf-8"))
    line = COMMAND_LINE.read_text("ascii", "replace")
    digest = root_hash(line)
    vendor = _VENDOR.search(line)
    told = "in memory" if digest is None else digest.hex()
    return f"{name}, {told}" + (f", with {vendor[1]}" if vendor else "")


def told_identity() -> tuple[str, ...]:
    """Say which image runs. The words are a convenience: an altered image could show them too."""
    name = release_name(RELEASE.read_text("utf-8"))
    digest = root_hash(COMMAND_LINE.read_text("ascii", "replace"))
    image = "whole in memory" if digest is None else " ".join(words_of(digest))
    measured = _read(MEASURED)
    told = (f"{name}. Image: {image}.", f"PCR 11: {measured}." if measured else "", _read(CHECKED))
    return tuple(line for line in told if line)


def _read(path: Path) -> str:
    try:
        return path.read_text("ascii", "replace").strip()
    except OSError:
        return ""
