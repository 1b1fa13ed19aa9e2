"""What a release needs to open data volumes and to raise the floor: two signed policies.

TPM 2.0 Library, Part 3: the digest of a policy is what a TPM computes when the appliance runs its
commands; here it is computed beforehand and signed with the owner's release key. The appliance
holds no such arithmetic: it asks its TPM. The sealed key and the floor are described in
`image/overlay/usr/lib/airlock/airlock_os/tpm/rollback_floor.py`, whose constants these are.
"""

import struct
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from image.trust import elliptic
from image.trust.errors import TrustError

MAGIC = b"AIRLOCK-POLICY-1"
FLOOR_INDEX = 0x01800A1C
FLOOR_ATTRIBUTES = 0x0204000A
"""Written by owner or policy, read by its empty authorisation, no lockout."""
WRITTEN = 0x20000000
UNSEAL, RAISE = b"airlock unseal", b"airlock raise"
"""What a signature is for; a policy for the one is none for the other."""
MEASURED = struct.pack(">IHB3s", 1, 0x000B, 3, b"\x00\x38\x00")
"""Registers 11, 12 and 13 of the bank of SHA-256."""
UNTOUCHED = bytes(2 * 32)
"""What 12 and 13 hold if the EFI stub was handed no credential and no extension."""

_SHA256 = b"\x00\x0b"
_POLICY_NV, _POLICY_PCR, _POLICY_CP_HASH, _POLICY_AUTHORIZE = 0x149, 0x17F, 0x16E, 0x16A
_NV_WRITE = 0x137
_LESS, _LESS_OR_EQUAL = 5, 9
_FILE = struct.Struct(">16sQ32s64s64s64s")
_START = bytes(32)


@dataclass(frozen=True, slots=True)
class FloorPolicy:
    """A release's number, its PCR 11, the owner's release key, and that key's two signatures."""

    number: int
    pcr_11: bytes
    key: bytes
    unseal: bytes
    raising: bytes

    def encoded(self) -> bytes:
        """Return the file of 248 bytes that stands beside the image on its medium."""
        fields = (self.number, self.pcr_11, self.key, self.unseal, self.raising)
        return _FILE.pack(MAGIC, *fields)


def signed(number: int, pcr_11: bytes, key: str | Path) -> FloorPolicy:
    """Sign for a release. `number` is its place in the order of releases, from 1.

    Raises TrustError for a number or register that cannot be, CommandError.
    """
    if not 1 <= number < 1 << 64 or len(pcr_11) != sha256().digest_size:
        raise TrustError("a release has a number from 1 and a PCR 11 of 32 bytes")
    point = elliptic.public_key(key)
    unseal = elliptic.sign(key, unseal_policy(number, pcr_11, point) + UNSEAL)
    raising = elliptic.sign(key, raise_policy(number, point) + RAISE)
    return FloorPolicy(number, pcr_11, point, unseal, raising)


def decoded(body: bytes) -> FloorPolicy:
    """Read a policy file and verify both its signatures. Raises TrustError, CommandError."""
    if len(body) != _FILE.size or not body.startswith(MAGIC):
        raise TrustError("this is no policy of a release")
    policy = FloorPolicy(*_FILE.unpack(body)[1:])
    unseal = unseal_policy(policy.number, policy.pcr_11, policy.key) + UNSEAL
    raising = raise_policy(policy.number, policy.key) + RAISE
    if not (
        elliptic.is_signed(policy.key, unseal, policy.unseal)
        and elliptic.is_signed(policy.key, raising, policy.raising)
    ):
        raise TrustError("the policy is not signed with the release key that it names")
    return policy


def unseal_policy(number: int, pcr_11: bytes, point: bytes) -> bytes:
    """Return the policy: the floor is at most `number`, and this image alone was measured."""
    digest = _policy_nv(_START, number, _LESS_OR_EQUAL, point)
    return _hash(digest, _code(_POLICY_PCR), MEASURED, _hash(pcr_11, UNTOUCHED))


def raise_policy(number: int, point: bytes) -> bytes:
    """Return the policy: the floor is below `number`, and the command writes `number` into it."""
    name = floor_name(point)
    parameters = struct.pack(">HQH", 8, number, 0)
    command = _hash(_code(_NV_WRITE), name, name, parameters)
    digest = _policy_nv(_START, number, _LESS, point)
    return _hash(digest, _code(_POLICY_CP_HASH), command)


def authorized(point: bytes, use: bytes) -> bytes:
    """Return the policy: whatever the release key signs for this use."""
    return _hash(_hash(_START, _code(_POLICY_AUTHORIZE), key_name(point)), use)


def key_name(point: bytes) -> bytes:
    """Return the TPM's name for a public key that signs ECDSA on P-256 with SHA-256."""
    area = struct.pack(">HHIHHHHHH", 0x23, 0x0B, 0x40040, 0, 0x10, 0x18, 0x0B, 0x03, 0x10)
    halves = (point[: elliptic.HALF], point[elliptic.HALF :])
    return _SHA256 + _hash(area, *(struct.pack(">H", len(half)) + half for half in halves))


def floor_name(point: bytes) -> bytes:
    """Return the TPM's name for the floor once it has been written: it names its writers too."""
    head = struct.pack(">I2sI", FLOOR_INDEX, _SHA256, FLOOR_ATTRIBUTES | WRITTEN)
    policy = authorized(point, RAISE)
    return _SHA256 + _hash(head, struct.pack(">H", len(policy)), policy, struct.pack(">H", 8))


def _policy_nv(digest: bytes, number: int, operation: int, point: bytes) -> bytes:
    arguments = _hash(struct.pack(">QHH", number, 0, operation))
    return _hash(digest, _code(_POLICY_NV), arguments, floor_name(point))


def _code(command: int) -> bytes:
    return struct.pack(">I", command)


def _hash(*parts: bytes) -> bytes:
    return sha256(b"".join(parts)).digest()
