"""The TPM's signed word for what runs on this machine, as bytes for one QR code.

The attestation key is derived from the TPM's endorsement seed: the same key each time, kept
nowhere, which signs nothing but what the TPM itself says. Whoever reads the quote has seen the key,
and PCR 7 with it, when the machine was enrolled.
"""

import struct

from airlock_os.tpm import objects
from airlock_os.tpm.commands import ANYBODY, Code, Exchange, Fields, TpmError, command, sized
from airlock_os.tpm.objects import DIGEST, ENDORSEMENT

QUOTE, ENROLMENT = b"AIRLOCK-QUOTE-01", b"AIRLOCK-ENROL-01"
NONCE_SIZE = 8
"""People type it, so it is as short as it may be: who has asked a TPM beforehand, a million times a
day for years, has not asked this."""
REGISTERS = (7, 11, 12, 13)
SHOWN = (7, 11)
"""The others have to be untouched, which needs no showing."""
_SIGNATURE = bytes.fromhex("0018000b")
"""ECDSA with SHA-256."""


def enrolment(exchange: Exchange) -> bytes:
    """Return what identifies this machine from now on: PCR 7, and the attestation key."""
    template = objects.attestation_template()
    with objects.primary(exchange, ENDORSEMENT, template) as (_, point):
        return ENROLMENT + objects.read_register(exchange, 7) + point


def quote(exchange: Exchange, nonce: bytes) -> bytes:
    """Return the registers, and the TPM's word for them in answer to a nonce. Raises TpmError."""
    if len(nonce) != NONCE_SIZE:
        raise TpmError(f"a nonce has {NONCE_SIZE} bytes")
    template = objects.attestation_template()
    with objects.primary(exchange, ENDORSEMENT, template) as (key, _):
        scheme = struct.pack(">H", 0x10)
        parameters = sized(nonce) + scheme + objects.selection(*REGISTERS)
        fields = command(exchange, Code.QUOTE, (key,), parameters, (ANYBODY,))
    attest, signature = fields.sized(), _signature(fields)
    registers = (objects.read_register(exchange, register) for register in SHOWN)
    return QUOTE + b"".join(registers) + signature + attest


def _signature(fields: Fields) -> bytes:
    if fields.taken(4) != _SIGNATURE:
        raise TpmError("the TPM signed in another way than it was asked to")
    signature = fields.padded(DIGEST) + fields.padded(DIGEST)
    fields.end()
    return signature
