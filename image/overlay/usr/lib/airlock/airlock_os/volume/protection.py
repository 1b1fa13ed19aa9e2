"""How a volume is protected: what cryptsetup is told of a new one, and what its header says then.

cryptsetup does whatever a header asks for: a cipher that is none, blocks that nobody authenticates,
a key slot that every passphrase opens, more memory than the machine has. A medium may come from
anybody, so a header that says anything else than ours do is never used (LUKS2 On-Disk Format,
section 3).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

TOKEN = "0"  # noqa: S105 - the number of the only token
SLOTS = frozenset("0123")

Wanted = str | int | range | type | re.Pattern[str] | Mapping[str, "Wanted"]
"""A text or number as it stands, one of a range, anything of a type or pattern, or an object."""

_NUMBER = re.compile(r"[0-9]{1,12}")
_BASE64 = re.compile(r"[A-Za-z0-9+/]{1,128}={0,2}")
_STRIPES: Wanted = {"type": "luks1", "stripes": 4000, "hash": "sha256"}
_AREA: Wanted = {
    "type": "raw",
    "offset": _NUMBER,
    "size": _NUMBER,
    "encryption": "aes-xts-plain64",
    "key_size": 64,
}
_DIGEST: Wanted = {
    "type": "pbkdf2",
    "hash": "sha256",
    "keyslots": list,
    "segments": list,
    "iterations": range(1000, 10_000_000),
    "salt": _BASE64,
    "digest": _BASE64,
}
_SEGMENT: Mapping[str, Wanted] = {
    "type": "crypt",
    "offset": _NUMBER,
    "size": "dynamic",
    "iv_tweak": "0",
}
_CONFIG: Wanted = {"json_size": _NUMBER, "keyslots_size": _NUMBER}


@dataclass(frozen=True, slots=True)
class Protection:
    """What cryptsetup is told of a new volume's blocks, and of the keys in its slots.

    The header then says `segment` of the blocks, and `derivation` of a slot; `key_size` in bytes.
    """

    blocks: tuple[str, ...]
    keys: tuple[str, ...]
    segment: Mapping[str, Wanted]
    derivation: Mapping[str, Wanted]
    key_size: int


PROTECTION = Protection(
    ("--cipher", "aes-xts-random", "--integrity", "hmac-sha256", "--key-size", "512"),
    # RFC 9106, section 4, second recommendation, and one pass more: cryptsetup takes no fewer than
    # four, and as many lanes as there are processors. Without a TPM the passphrase is all there is.
    # Fixed costs: a benchmark would choose by how busy the machine is at its first start.
    (
        *("--pbkdf", "argon2id", "--pbkdf-memory", "65536", "--pbkdf-parallel", "4"),
        *("--pbkdf-force-iterations", "4"),
    ),
    {
        "encryption": "aes-xts-random",
        "sector_size": 4096,
        "integrity": {
            "type": "hmac(sha256)",
            "journal_encryption": "none",
            "journal_integrity": "none",
        },
    },
    {"type": "argon2id", "time": 4, "memory": 65536, "cpus": range(1, 5)},
    key_size=96,
)


def is_held(metadata: object, protection: Protection) -> bool:
    """Tell whether such a volume has this header, read from JSON. What a token says stays open."""
    slot: Wanted = {
        "type": "luks2",
        "key_size": protection.key_size,
        "af": _STRIPES,
        "area": _AREA,
        "kdf": {**protection.derivation, "salt": _BASE64},
    }
    beside: Wanted = {
        "segments": {"0": {**_SEGMENT, **protection.segment}},
        "digests": {"0": _DIGEST},
        "config": _CONFIG,
    }
    match metadata:
        case {"keyslots": dict(slots), "tokens": dict(tokens), **rest}:
            known = set(slots) <= SLOTS and set(tokens) <= {TOKEN}
            return (
                known and all(_fits(each, slot) for each in slots.values()) and _fits(rest, beside)
            )
        case _:
            return False


def _fits(found: object, wanted: Wanted) -> bool:
    match wanted:
        case re.Pattern():
            return isinstance(found, str) and wanted.fullmatch(found) is not None
        case type():
            return isinstance(found, wanted)
        case range():
            return type(found) is int and found in wanted
        case Mapping():
            return (
                isinstance(found, dict)
                and found.keys() == wanted.keys()
                and all(_fits(found[name], part) for name, part in wanted.items())
            )
        case _:
            return type(found) is type(wanted) and found == wanted
