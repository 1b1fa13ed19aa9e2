"""What this image has a TPM make, hold and compare: keys, sealed secrets, sessions, a number.

TPM 2.0 Library, Part 3, each command under its own name; Part 2, chapter 12, for the templates.
Everything that is loaded is unloaded again.
"""

import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from airlock_os.tpm.commands import (
    ANYBODY,
    SHA256,
    Authorisation,
    Code,
    Exchange,
    Fields,
    TpmError,
    command,
    command_for_handle,
    sized,
)

OWNER, ENDORSEMENT, NOBODY, LOCKOUT = 0x40000001, 0x4000000B, 0x40000007, 0x4000000A
DIGEST = 32
NAME = 2 + DIGEST

_NONE = 0x10
_ECC, _SEALED, _ECDSA, _P256 = 0x23, 0x08, 0x18, 0x03
_FIXED = 0x12
"""Of this TPM and this parent, for ever."""
_GENERATED, _NO_LOCKOUT, _BY_AUTH, _BY_POLICY = 0x20, 0x400, 0x40, 0x80
_RESTRICTED, _DECRYPTS, _SIGNS = 0x10000, 0x20000, 0x40000


@dataclass(frozen=True, slots=True)
class Sealed:
    """A secret that only this TPM opens, and only under its policy: its two parts, to be kept."""

    public: bytes
    private: bytes


def storage_template() -> bytes:
    """Return the area of a storage key: ECC P-256 with AES-128, as TCG's profile of SRKs has it."""
    does = _FIXED | _GENERATED | _BY_AUTH | _NO_LOCKOUT | _RESTRICTED | _DECRYPTS
    head = struct.pack(">HHIH", _ECC, SHA256, does, 0)
    rest = struct.pack(">HHHHHH", 0x06, 128, 0x43, _NONE, _P256, _NONE)
    return head + rest + sized(b"") + sized(b"")


def attestation_template() -> bytes:
    """Return the area of a key that signs nothing but what the TPM itself says."""
    does = _FIXED | _GENERATED | _BY_AUTH | _NO_LOCKOUT | _RESTRICTED | _SIGNS
    return _signing_head(does) + sized(b"") + sized(b"")


def public_area(point: bytes) -> bytes:
    """Return the area of somebody else's public key: ECDSA on P-256 with SHA-256."""
    return _signing_head(_BY_AUTH | _SIGNS) + sized(point[:32]) + sized(point[32:])


def _signing_head(does: int) -> bytes:
    head = struct.pack(">HHIH", _ECC, SHA256, does, 0)
    return head + struct.pack(">HHHHH", _NONE, _ECDSA, SHA256, _P256, _NONE)


@contextmanager
def primary(exchange: Exchange, hierarchy: int, template: bytes) -> Iterator[tuple[int, bytes]]:
    """Derive a hierarchy's key of this template: always the same one; its handle and its point."""
    parameters = sized(sized(b"") + sized(b"")) + sized(template) + sized(b"") + bytes(4)
    handle, fields = command_for_handle(
        exchange, Code.CREATE_PRIMARY, (hierarchy,), parameters, (ANYBODY,)
    )
    with _unloaded(exchange, handle):
        public = fields.sized()
        if not public.startswith(template[:-4]):
            raise TpmError("the TPM made another key than it was asked for")
        unique = Fields(public[len(template) - 4 :])
        point = unique.padded(DIGEST) + unique.padded(DIGEST)
        unique.end()
        _read_creation(fields)
        fields.sized()
        fields.end()
        yield handle, point


@contextmanager
def session(exchange: Exchange, *, trial: bool = False) -> Iterator[int]:
    """Start a session in which a policy is met, or only computed."""
    start = sized(os.urandom(16)) + sized(b"") + bytes((3 if trial else 1,))
    parameters = start + struct.pack(">HH", _NONE, SHA256)
    handle, fields = command_for_handle(
        exchange, Code.START_AUTH_SESSION, (NOBODY, NOBODY), parameters
    )
    with _unloaded(exchange, handle):
        fields.sized()
        fields.end()
        yield handle


@contextmanager
def loaded(exchange: Exchange, parent: int, sealed: Sealed) -> Iterator[int]:
    """Load a sealed secret under its parent."""
    parameters = sized(sealed.private) + sized(sealed.public)
    handle, fields = command_for_handle(exchange, Code.LOAD, (parent,), parameters, (ANYBODY,))
    with _unloaded(exchange, handle):
        fields.sized()
        fields.end()
        yield handle


@contextmanager
def foreign_key(exchange: Exchange, point: bytes) -> Iterator[tuple[int, bytes]]:
    """Load somebody's public key, to verify with it: its handle and name."""
    parameters = sized(b"") + sized(public_area(point)) + struct.pack(">I", OWNER)
    handle, fields = command_for_handle(exchange, Code.LOAD_EXTERNAL, (), parameters)
    with _unloaded(exchange, handle):
        name = fields.sized()
        fields.end()
        yield handle, name


@contextmanager
def _unloaded(exchange: Exchange, handle: int) -> Iterator[None]:
    try:
        yield
    finally:
        with suppress(TpmError):
            command(exchange, Code.FLUSH_CONTEXT, (), struct.pack(">I", handle))


def seal(exchange: Exchange, parent: int, secret: bytes, policy: bytes) -> Sealed:
    """Seal a secret under a parent key; it opens by its policy and by nothing else."""
    does = _FIXED | _NO_LOCKOUT | _BY_POLICY
    area = struct.pack(">HHI", _SEALED, SHA256, does) + sized(policy) + struct.pack(">H", _NONE)
    parameters = (
        sized(sized(b"") + sized(secret)) + sized(area + sized(b"")) + sized(b"") + bytes(4)
    )
    fields = command(exchange, Code.CREATE, (parent,), parameters, (ANYBODY,))
    private, public = fields.sized(), fields.sized()
    _read_creation(fields)
    fields.end()
    return Sealed(public, private)


def _read_creation(fields: Fields) -> None:
    """Read past what says how an object was made: its data, their hash, and a ticket."""
    fields.sized()
    fields.sized()
    fields.taken(6)
    fields.sized()


def unseal(exchange: Exchange, item: int, by: int) -> bytes:
    """Return what is sealed, to a session that met its policy."""
    fields = command(exchange, Code.UNSEAL, (item,), b"", (Authorisation(by),))
    secret = fields.sized()
    fields.end()
    return secret


def selection(*registers: int) -> bytes:
    """Return a choice of registers of the bank of SHA-256, below 24."""
    chosen = sum(1 << register for register in registers)
    return struct.pack(">IHB", 1, SHA256, 3) + chosen.to_bytes(3, "little")


def read_register(exchange: Exchange, register: int) -> bytes:
    """Return a register's value. Raises TpmError if the TPM keeps no bank of SHA-256."""
    fields = command(exchange, Code.PCR_READ, (), selection(register))
    fields.number(4)
    if fields.taken(10) != selection(register) or fields.number(4) != 1:
        raise TpmError("the TPM keeps no registers of SHA-256")
    value = fields.sized()
    fields.end()
    if len(value) != DIGEST:
        raise TpmError("the TPM's register has a size that none can have")
    return value


def meet_registers(exchange: Exchange, by: int, *registers: int) -> None:
    """Bind a session to what these registers hold now (PolicyPCR)."""
    command(exchange, Code.POLICY_PCR, (by,), sized(b"") + selection(*registers)).end()


def policy_digest(exchange: Exchange, by: int) -> bytes:
    """Return what a session has met so far (PolicyGetDigest)."""
    fields = command(exchange, Code.POLICY_GET_DIGEST, (by,))
    digest = fields.sized()
    fields.end()
    return digest


def meet_authority(exchange: Exchange, by: int, name: bytes, use: bytes, ticket: bytes) -> None:
    """Replace what a session met by its approval, which the ticket shows (PolicyAuthorize)."""
    met = policy_digest(exchange, by)
    parameters = sized(met) + sized(use) + sized(name) + ticket
    command(exchange, Code.POLICY_AUTHORIZE, (by,), parameters).end()


def approved(exchange: Exchange, key: int, digest: bytes, signature: bytes) -> bytes:
    """Return the TPM's ticket for a signature over a digest. Raises TpmRefused for a wrong one."""
    halves = sized(signature[:32]) + sized(signature[32:])
    parameters = sized(digest) + struct.pack(">HH", _ECDSA, SHA256) + halves
    fields = command(exchange, Code.VERIFY_SIGNATURE, (key,), parameters)
    ticket = fields.taken(6) + sized(fields.sized())
    fields.end()
    return ticket
