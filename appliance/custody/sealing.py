"""What belongs to one person, sealed to their passphrase: Argon2id (RFC 9106), then AES-256-GCM.

A sealed secret says in the clear what it is, whose, and for which appliance and realm; all of that
is authenticated with it, so that it cannot pass for another's or another's for it. Salt and nonce
are arguments.
"""

import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from appliance.errors import ApprovalError, WrongPassphrase
from appliance.wire import record
from appliance.wire.record import Count, Name
from appliance.wire.shapes import Length
from appliance.wire.statement import digest_of
from appliance.wire.terms import Realm

SALT_SIZE = 16
NONCE_SIZE = 12
MAX_SECRET = 4096
LEAST_CHARACTERS = 12
MAX_CHARACTERS = 256

_KEY_SIZE = 32
_TAG_SIZE = 16


class SealPurpose(StrEnum):
    """What may be sealed to a person."""

    USER_PIN_SHARE = "hsm-user-pin-share"
    SECURITY_OFFICER_PIN_SHARE = "hsm-so-pin-share"
    PERSONAL_KEY = "personal-key"
    VOLUME_RECOVERY_SHARE = "volume-recovery-share"


@dataclass(frozen=True, slots=True)
class SealBinding:
    """What a sealed secret is and whose: authenticated, and compared before anything is derived.

    `subject` is the token's serial number for shares of its PINs, empty for a personal key. A share
    for the data volume is older than any appliance: an identifier of its sharing stands for that.
    """

    purpose: SealPurpose
    person: Name
    appliance: Annotated[bytes, Length(16, 16)]
    realm: Realm
    subject: Annotated[str, Length(0, 64)]


@dataclass(frozen=True, slots=True)
class PassphraseCost:
    """What one guess at a passphrase costs: Argon2id's memory (KiB), passes and lanes."""

    memory: Count
    passes: Count
    lanes: Count


LEAST_COST = PassphraseCost(memory=64 << 10, passes=3, lanes=4)
"""The floor, RFC 9106's second recommended option. Nothing cheaper is sealed or opened."""
MOST_COST = PassphraseCost(memory=1 << 20, passes=16, lanes=16)
"""The ceiling: a file on the data volume may not exhaust the machine that reads it."""


@dataclass(frozen=True, slots=True)
class SealedSecret:
    """A secret of `binding`, as it lies on the data volume. `ciphertext` ends with the tag."""

    binding: SealBinding
    cost: PassphraseCost
    salt: Annotated[bytes, Length(SALT_SIZE, SALT_SIZE)]
    nonce: Annotated[bytes, Length(NONCE_SIZE, NONCE_SIZE)]
    ciphertext: Annotated[bytes, Length(_TAG_SIZE + 1, _TAG_SIZE + MAX_SECRET)]


@dataclass(frozen=True, slots=True)
class SealRandomness:
    """Salt and nonce, drawn for one sealing and never used again."""

    salt: bytes
    nonce: bytes


def verify_passphrase(passphrase: str) -> None:
    """Raise ApprovalError for a passphrase that may not be chosen.

    The rule is length alone (NIST SP 800-63B section 5.1.1.2: no rules of composition): 12 to 256
    characters, printable, before and after NFKC.
    """
    for spelling in (passphrase[: MAX_CHARACTERS + 1], _normalised(passphrase)):
        if not LEAST_CHARACTERS <= len(spelling) <= MAX_CHARACTERS:
            raise ApprovalError(
                f"a passphrase has {LEAST_CHARACTERS} to {MAX_CHARACTERS} characters"
            )
        if not spelling.isprintable():
            raise ApprovalError("a passphrase holds only characters that can be seen, and spaces")


def seal(
    secret: bytes,
    passphrase: str,
    binding: SealBinding,
    randomness: SealRandomness,
    cost: PassphraseCost = LEAST_COST,
) -> SealedSecret:
    """Seal 1 to 4,096 bytes to a passphrase.

    Raises ApprovalError for a weak passphrase, ValueError for sizes or costs out of bounds.
    """
    verify_passphrase(passphrase)
    if not is_acceptable(cost) or not 1 <= len(secret) <= MAX_SECRET:
        raise ValueError("the cost or the secret's size is out of bounds")
    if (len(randomness.salt), len(randomness.nonce)) != (SALT_SIZE, NONCE_SIZE):
        raise ValueError("the salt or the nonce has the wrong size")
    cipher = AESGCM(_key(passphrase, randomness.salt, cost))
    ciphertext = cipher.encrypt(randomness.nonce, secret, _associated_data(binding, cost))
    return SealedSecret(binding, cost, randomness.salt, randomness.nonce, ciphertext)


def unseal(sealed: SealedSecret, passphrase: str, binding: SealBinding) -> bytes:
    """Return the secret that was sealed for exactly `binding`.

    Raises WrongPassphrase, also when the sealed bytes were changed, which cannot be told apart;
    ApprovalError when it was sealed for something else, or at a cost that is not accepted.
    """
    if sealed.binding != binding:
        raise ApprovalError("what was sealed is for another person, purpose or appliance")
    if not is_acceptable(sealed.cost):
        raise ApprovalError("what was sealed names a passphrase cost outside the accepted bounds")
    wrong = WrongPassphrase(f"the passphrase does not open what {binding.person} holds")
    try:
        verify_passphrase(passphrase)
    except ApprovalError:
        raise wrong from None
    cipher = AESGCM(_key(passphrase, sealed.salt, sealed.cost))
    try:
        return cipher.decrypt(
            sealed.nonce, sealed.ciphertext, _associated_data(binding, sealed.cost)
        )
    except InvalidTag:
        raise wrong from None


def is_acceptable(cost: PassphraseCost) -> bool:
    """Tell whether a cost lies between the compiled-in floor and ceiling."""
    return (
        LEAST_COST.memory <= cost.memory <= MOST_COST.memory
        and LEAST_COST.passes <= cost.passes <= MOST_COST.passes
        and LEAST_COST.lanes <= cost.lanes <= MOST_COST.lanes
    )


def _normalised(passphrase: str) -> str:
    """Return the one spelling of what was typed, whichever way a keyboard composes accents."""
    return unicodedata.normalize("NFKC", passphrase[: MAX_CHARACTERS + 1])


def _key(passphrase: str, salt: bytes, cost: PassphraseCost) -> bytes:
    derivation = Argon2id(
        salt=salt,
        length=_KEY_SIZE,
        iterations=cost.passes,
        lanes=cost.lanes,
        memory_cost=cost.memory,
    )
    return derivation.derive(_normalised(passphrase).encode())


def _associated_data(binding: SealBinding, cost: PassphraseCost) -> bytes:
    return digest_of("sealed-secret", record.encode(binding) + record.encode(cost))
