"""A quote, judged on another machine: whether the pinned TPM measured the image, just now.

TPM 2.0 Library, Part 2, section 10.12 (attestation structures). What the appliance shows, and what
it showed when it was enrolled, are fixed layouts of bytes, small enough for one QR code.
"""

import struct
from dataclasses import dataclass
from hashlib import sha256

from image.trust import elliptic
from image.trust.errors import QuoteRefused

QUOTE, ENROLMENT = b"AIRLOCK-QUOTE-01", b"AIRLOCK-ENROL-01"
NONCE_SIZE = 8
_QUOTE = struct.Struct(">16s32s32s64s")
_ENROLMENT = struct.Struct(">16s32s64s")
_LARGEST_ATTEST = 512
# Registers 7 and 11 to 13 of the bank of SHA-256, and no other.
_SELECTED = struct.pack(">IHB3s", 1, 0x000B, 3, b"\x80\x38\x00")
# What 12 and 13 hold if the EFI stub was handed no credential and no extension.
_UNTOUCHED = bytes(2 * 32)
_HEAD = struct.Struct(">IHH")
_GENERATED, _QUOTED = 0xFF544347, 0x8018
_CLOCK = struct.Struct(">QIIBQ")


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A machine as it was found when it was enrolled: its attestation key, and its PCR 7."""

    key: bytes
    pcr_7: bytes


@dataclass(frozen=True, slots=True)
class Quote:
    """What a machine shows: the two registers, and the TPM's signed word for them."""

    pcr_7: bytes
    pcr_11: bytes
    signature: bytes
    attest: bytes


@dataclass(frozen=True, slots=True)
class Attest:
    """What the TPM signed. `clock` is in milliseconds since it was last cleared."""

    nonce: bytes
    registers: bytes
    clock: int
    resets: int
    restarts: int
    firmware: int


def read_enrolment(body: bytes) -> Enrolled:
    """Read what a machine showed when it was enrolled. Raises QuoteRefused."""
    if len(body) != _ENROLMENT.size or not body.startswith(ENROLMENT):
        raise QuoteRefused("this is no enrolment of a machine")
    _, pcr_7, key = _ENROLMENT.unpack(body)
    return Enrolled(key, pcr_7)


def read_quote(body: bytes) -> Quote:
    """Read what a machine shows. Raises QuoteRefused."""
    size = len(body) - _QUOTE.size
    if not body.startswith(QUOTE) or not 0 < size <= _LARGEST_ATTEST:
        raise QuoteRefused("this is no quote")
    _, pcr_7, pcr_11, signature = _QUOTE.unpack_from(body)
    return Quote(pcr_7, pcr_11, signature, body[_QUOTE.size :])


def verified(quote: Quote, enrolled: Enrolled, pcr_11: bytes, nonce: bytes) -> Attest:
    """Return what the TPM said, if it is the enrolled one's word for this image, asked for now.

    Raises QuoteRefused with the first thing that is not as it has to be; CommandError.
    """
    if len(nonce) != NONCE_SIZE:
        raise QuoteRefused(f"a nonce has {NONCE_SIZE} bytes")
    if not elliptic.is_signed(enrolled.key, quote.attest, quote.signature):
        raise QuoteRefused("the quote is not signed by the TPM of the enrolled machine")
    attest = read_attest(quote.attest)
    if attest.nonce != nonce:
        raise QuoteRefused("the quote answers another question: it may be an old one")
    if attest.registers != sha256(quote.pcr_7 + quote.pcr_11 + _UNTOUCHED).digest():
        raise QuoteRefused(
            "the TPM signed other registers than those shown, or 12 and 13 were used"
        )
    if quote.pcr_7 != enrolled.pcr_7:
        raise QuoteRefused("Secure Boot is not set as it was when the machine was enrolled")
    if quote.pcr_11 != pcr_11:
        raise QuoteRefused("the machine runs another image than the expected one")
    return attest


def read_attest(body: bytes) -> Attest:
    """Read a quote's TPMS_ATTEST, whole and exactly. Raises QuoteRefused."""
    try:
        magic, kind, size = _HEAD.unpack_from(body)
        at = _HEAD.size + size
        (size,) = struct.unpack_from(">H", body, at)
        nonce = body[at + 2 : at + 2 + size]
        at += 2 + size
        clock, resets, restarts, _, firmware = _CLOCK.unpack_from(body, at)
        rest = body[at + _CLOCK.size :]
    except struct.error as problem:
        raise QuoteRefused("what the TPM signed is cut off") from problem
    if (magic, kind) != (_GENERATED, _QUOTED):
        raise QuoteRefused("what the TPM signed is no quote")
    head = _SELECTED + struct.pack(">H", sha256().digest_size)
    if not rest.startswith(head) or len(rest) != len(head) + sha256().digest_size:
        raise QuoteRefused("the quote is not one of exactly the registers 7 and 11 to 13")
    return Attest(nonce, rest[len(head) :], clock, resets, restarts, firmware)
