"""What is on a token, as values: every object that was found, with every attribute read back.

Attributes are those of PKCS#11 2.40 (sections 4.4, 4.7 to 4.9), named as there without `CKA_` and
in lower case. None means that the token does not say, which is no better than a wrong answer.
"""

from dataclasses import dataclass, fields, replace
from typing import TypeVar

from appliance.wire.terms import Curve

GENERATED = "generated"
"""The provenance of a key that was generated on its token; any other names the ceremony that
restored it."""


@dataclass(frozen=True, slots=True)
class PrivateKeyAttributes:
    """Everything that decides what may be done with a private key, and where it came from."""

    token: bool | None
    private: bool | None
    sensitive: bool | None
    extractable: bool | None
    modifiable: bool | None
    copyable: bool | None
    sign: bool | None
    sign_recover: bool | None
    decrypt: bool | None
    unwrap: bool | None
    derive: bool | None
    wrap_with_trusted: bool | None
    always_authenticate: bool | None
    local: bool | None
    always_sensitive: bool | None
    never_extractable: bool | None


@dataclass(frozen=True, slots=True)
class PublicKeyAttributes:
    """Everything that decides what may be done with a public key, and where it came from."""

    token: bool | None
    private: bool | None
    modifiable: bool | None
    copyable: bool | None
    verify: bool | None
    verify_recover: bool | None
    encrypt: bool | None
    wrap: bool | None
    derive: bool | None
    local: bool | None


Attributes = TypeVar("Attributes", PrivateKeyAttributes, PublicKeyAttributes)

FIXED_PRIVATE_KEY = PrivateKeyAttributes(
    token=True,
    private=True,
    sensitive=True,
    extractable=False,
    modifiable=False,
    copyable=False,
    sign=True,
    sign_recover=False,
    decrypt=False,
    unwrap=False,
    derive=False,
    wrap_with_trusted=False,
    always_authenticate=False,
    local=True,
    always_sensitive=True,
    never_extractable=True,
)
"""The fixed profile: it signs, never leaves, and cannot be changed, copied or renamed."""

FIXED_PUBLIC_KEY = PublicKeyAttributes(
    token=True,
    private=False,
    modifiable=False,
    copyable=False,
    verify=True,
    verify_recover=False,
    encrypt=False,
    wrap=False,
    derive=False,
    local=True,
)


@dataclass(frozen=True, slots=True)
class PrivateKeyFound:
    """A private key. `curve` is None for a key of another kind or on an unknown curve."""

    id: bytes
    label: str
    curve: Curve | None
    attributes: PrivateKeyAttributes


@dataclass(frozen=True, slots=True)
class PublicKeyFound:
    """A public key. `public_key` is its compressed point, None where there is no valid point."""

    id: bytes
    label: str
    curve: Curve | None
    public_key: bytes | None
    attributes: PublicKeyAttributes


@dataclass(frozen=True, slots=True)
class ForeignObjectFound:
    """An object that this appliance never makes: `object_class` is its CKA_CLASS."""

    object_class: int
    id: bytes
    label: str


@dataclass(frozen=True, slots=True)
class Inventory:
    """Every key on the token, and every other object but data and certificates."""

    token_serial: str
    private_keys: tuple[PrivateKeyFound, ...]
    public_keys: tuple[PublicKeyFound, ...]
    foreign_objects: tuple[ForeignObjectFound, ...]


def label_of(key_id: bytes) -> str:
    """Return the label that both halves of a key carry. It is checked; nothing is found by it."""
    return f"airlock {key_id.hex()}"


def expected_private_key(provenance: str) -> PrivateKeyAttributes:
    """Return what must be read back from a private key of this provenance (PKCS#11, table 19)."""
    if provenance == GENERATED:
        return FIXED_PRIVATE_KEY
    return replace(FIXED_PRIVATE_KEY, local=False, always_sensitive=False, never_extractable=False)


def expected_public_key(provenance: str) -> PublicKeyAttributes:
    """Return what must be read back from a public key of this provenance."""
    return replace(FIXED_PUBLIC_KEY, local=provenance == GENERATED)


def deviations(found: Attributes, expected: Attributes) -> tuple[str, ...]:
    """Return the names (CKA_…) of the attributes that differ."""
    return tuple(
        f"CKA_{field.name.upper()}"
        for field in fields(found)
        if getattr(found, field.name) is not getattr(expected, field.name)
    )
