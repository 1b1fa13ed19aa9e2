"""The data volume's key, which the TPM gives to this release and to later ones, to none before.

The secret is sealed under a policy of two halves. The owner's release key has to have approved what
the TPM itself sees: PCR 11, so which image was measured; 12 and 13 untouched, so that the EFI stub
was handed nothing beside it; and a floor in the TPM that is not above the release's number. And
PCR 7 has to be as it was when the secret was sealed: Secure Boot under the owner's keys, without
which any program could measure what it likes into PCR 11.

A newer release raises the floor when it first starts. From then on the TPM refuses every earlier
one, signed as it may be, and no release key in the world lowers the floor: each approval to write
it holds only below the number it writes. Whoever clears the TPM to be rid of the floor is rid of
the sealed secret too: it is under the same owner's storage key.
"""

import os
import struct
from dataclasses import dataclass
from hashlib import sha256

from airlock_os.tpm import objects
from airlock_os.tpm.commands import (
    ANYBODY,
    SHA256,
    Authorisation,
    Code,
    Exchange,
    Fields,
    TpmError,
    TpmRefused,
    command,
    sized,
)
from airlock_os.tpm.objects import LOCKOUT, OWNER, Sealed

MAGIC = b"AIRLOCK-POLICY-1"
INDEX = 0x01800A1C
ATTRIBUTES = 0x0204000A
"""Written by owner or policy, read by its empty authorisation, no lockout."""
STORAGE_KEY = 0x81000A1C
UNSEAL, RAISE = b"airlock unseal", b"airlock raise"
SECRET_SIZE = 32

_NUMBER = 8
_LESS, _LESS_OR_EQUAL = 5, 9
_FILE = struct.Struct(">16sQ32s64s64s64s")
POLICY_SIZE = _FILE.size
_SECURE_BOOT, _IMAGE = 7, 11
_HANDED = (12, 13)
"""What the stub measures of credentials and extensions beside the image: there are none."""


class PolicyMalformed(TpmError):
    """What lies beside the image is no policy of a release."""


class OlderRelease(TpmError):
    """The release that runs is older than one that has already run on this machine."""


class OtherImage(TpmError):
    """The policy beside the image is not of the image that runs, or nobody's."""


class OtherMachine(TpmError):
    """Secure Boot is not set as it was, or the secret was sealed by another TPM."""


class MachineInUse(TpmError):
    """The TPM holds a floor already, or is somebody's: it has to be cleared first."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What the owner signed for one release: `image.trust.floor_policy` writes it."""

    number: int
    pcr_11: bytes
    key: bytes
    unseal: bytes
    raising: bytes


def read_policy(body: bytes) -> Policy:
    """Read a release's policy. Raises PolicyMalformed. The TPM verifies its signatures."""
    if len(body) != _FILE.size or not body.startswith(MAGIC):
        raise PolicyMalformed("there is no policy of a release beside the image")
    policy = Policy(*_FILE.unpack(body)[1:])
    if not policy.number:
        raise PolicyMalformed("the policy beside the image is of no release")
    return policy


def found(exchange: Exchange, policy: Policy, secret: bytes) -> Sealed:
    """Seal a new volume's secret, by ceremony, on a machine whose TPM was cleared for it.

    Makes the floor, at this release's number, and then changes the owner's and the lockout's
    authorisation to ones that nobody knows: from here on only clearing the TPM removes the floor.
    Raises OtherImage, MachineInUse, TpmError; what was made before that, clearing removes.
    """
    _verify_image(exchange, policy)
    try:
        return _founded(exchange, policy, secret)
    except TpmRefused as refusal:
        raise MachineInUse("the TPM is in use already") from refusal


def _founded(exchange: Exchange, policy: Policy, secret: bytes) -> Sealed:
    with objects.primary(exchange, OWNER, objects.storage_template()) as (key, _):
        kept = struct.pack(">I", STORAGE_KEY)
        command(exchange, Code.EVICT_CONTROL, (OWNER, key), kept, (ANYBODY,))
    _define(exchange, policy)
    with objects.session(exchange, trial=True) as trial:
        _meet_trial_authority(exchange, trial, policy, UNSEAL)
        objects.meet_registers(exchange, trial, _SECURE_BOOT)
        digest = objects.policy_digest(exchange, trial)
    sealed = objects.seal(exchange, STORAGE_KEY, secret, digest)
    if unsealed(exchange, policy, sealed) != secret:
        raise TpmError("the TPM does not give back what it sealed")
    for hierarchy in (LOCKOUT, OWNER):
        nobody = sized(os.urandom(32))
        command(exchange, Code.HIERARCHY_CHANGE_AUTH, (hierarchy,), nobody, (ANYBODY,))
    return sealed


def unsealed(exchange: Exchange, policy: Policy, sealed: Sealed) -> bytes:
    """Return the secret, if the TPM gives it to this release on this machine.

    Raises OlderRelease, OtherImage, OtherMachine, TpmError. The looks before the TPM's own only
    name what it would refuse.
    """
    _verify_image(exchange, policy)
    if floor(exchange) > policy.number:
        raise OlderRelease("a newer release has already run on this machine")
    try:
        with (
            objects.loaded(exchange, STORAGE_KEY, sealed) as item,
            objects.session(exchange) as by,
        ):
            _meet_floor(exchange, by, policy.number, _LESS_OR_EQUAL)
            objects.meet_registers(exchange, by, _IMAGE, *_HANDED)
            _meet_authority(exchange, by, policy, (UNSEAL, policy.unseal))
            objects.meet_registers(exchange, by, _SECURE_BOOT)
            secret = objects.unseal(exchange, item, by)
    except TpmRefused as refusal:
        match refusal.command:
            case Code.POLICY_NV:
                raise OlderRelease("a newer release has already run on this machine") from refusal
            case Code.VERIFY_SIGNATURE | Code.POLICY_AUTHORIZE:
                raise OtherImage("the policy beside the image is not signed for it") from refusal
            case Code.LOAD | Code.UNSEAL:
                raise OtherMachine("the TPM holds back what it sealed") from refusal
            case _:
                raise
    if len(secret) != SECRET_SIZE:
        raise TpmError("the TPM gives out another secret than was sealed")
    return secret


def raise_floor(exchange: Exchange, policy: Policy) -> bool:
    """Raise the floor to this release's number, if it is below it; tell whether it was.

    Only after the secret was unsealed: a release that cannot open the volume shuts nobody out.
    Raises OtherImage for a policy that is not signed, TpmError.
    """
    if floor(exchange) >= policy.number:
        return False
    content = sized(struct.pack(">Q", policy.number)) + bytes(2)
    try:
        with objects.session(exchange) as by:
            _meet_floor(exchange, by, policy.number, _LESS)
            name = floor_name(exchange)
            written = sha256(struct.pack(">I", Code.NV_WRITE) + name + name + content).digest()
            command(exchange, Code.POLICY_CP_HASH, (by,), sized(written)).end()
            _meet_authority(exchange, by, policy, (RAISE, policy.raising))
            command(exchange, Code.NV_WRITE, (INDEX, INDEX), content, (Authorisation(by),))
    except TpmRefused as refusal:
        if refusal.command in {Code.VERIFY_SIGNATURE, Code.POLICY_AUTHORIZE}:
            raise OtherImage("the policy beside the image is not signed for it") from refusal
        raise
    return True


def is_free(exchange: Exchange) -> bool:
    """Tell whether the TPM has no floor, as after it was cleared. Raises TpmError."""
    try:
        floor_name(exchange)
    except TpmRefused:
        return True
    return False


def floor(exchange: Exchange) -> int:
    """Return the lowest release number that still gets the secret. Raises OtherMachine for none."""
    parameters = struct.pack(">HH", _NUMBER, 0)
    try:
        fields = command(exchange, Code.NV_READ, (INDEX, INDEX), parameters, (ANYBODY,))
    except TpmRefused as refusal:
        raise OtherMachine("this TPM has no floor: it never held this volume's key") from refusal
    held = Fields(fields.sized())
    number = held.number(_NUMBER)
    held.end()
    return number


def floor_name(exchange: Exchange) -> bytes:
    """Return the TPM's name for the floor, which says who may write it."""
    fields = command(exchange, Code.NV_READ_PUBLIC, (INDEX,))
    fields.sized()
    name = fields.sized()
    fields.end()
    return name


def encoded(sealed: Sealed) -> bytes:
    """Return a sealed secret as it is kept, in the clear, beside what it opens."""
    return sized(sealed.public) + sized(sealed.private)


def decoded(body: bytes) -> Sealed:
    """Read a sealed secret. Raises TpmError."""
    fields = Fields(body)
    sealed = Sealed(fields.sized(), fields.sized())
    fields.end()
    return sealed


def _verify_image(exchange: Exchange, policy: Policy) -> None:
    if objects.read_register(exchange, _IMAGE) != policy.pcr_11:
        raise OtherImage("the policy beside the image is of another image")
    if any(any(objects.read_register(exchange, register)) for register in _HANDED):
        raise OtherImage("there is something beside the image that came into it")


def _define(exchange: Exchange, policy: Policy) -> None:
    with objects.session(exchange, trial=True) as trial:
        _meet_trial_authority(exchange, trial, policy, RAISE)
        digest = objects.policy_digest(exchange, trial)
    head = struct.pack(">IHI", INDEX, SHA256, ATTRIBUTES)
    area = sized(head + sized(digest) + struct.pack(">H", _NUMBER))
    command(exchange, Code.NV_DEFINE, (OWNER,), sized(b"") + area, (ANYBODY,))
    content = sized(struct.pack(">Q", policy.number)) + bytes(2)
    command(exchange, Code.NV_WRITE, (OWNER, INDEX), content, (ANYBODY,))


def _meet_floor(exchange: Exchange, by: int, number: int, operation: int) -> None:
    """Bind a session to the floor's being below a number, or at it (PolicyNV)."""
    parameters = sized(struct.pack(">Q", number)) + struct.pack(">HH", 0, operation)
    command(exchange, Code.POLICY_NV, (INDEX, INDEX, by), parameters, (ANYBODY,))


def _meet_authority(
    exchange: Exchange, by: int, policy: Policy, approval: tuple[bytes, bytes]
) -> None:
    use, signature = approval
    digest = sha256(objects.policy_digest(exchange, by) + use).digest()
    with objects.foreign_key(exchange, policy.key) as (key, name):
        ticket = objects.approved(exchange, key, digest, signature)
        objects.meet_authority(exchange, by, name, use, ticket)


def _meet_trial_authority(exchange: Exchange, trial: int, policy: Policy, use: bytes) -> None:
    """Have a trial session compute an approval, for which nothing has been signed yet."""
    with objects.foreign_key(exchange, policy.key) as (_, name):
        nothing = struct.pack(">HI", 0x8022, OWNER) + sized(b"")
        objects.meet_authority(exchange, trial, name, use, nothing)
