"""The key manifest: whether it makes sense, and whether the token holds that and nothing else.

Not checked here, because it takes a chain's room: that an account's address follows from its public
key, and which keys a wallet's descriptors name (they are an argument of `verify_wallet`).
"""

from collections.abc import Iterable, Mapping
from typing import TypeVar

from cryptography.hazmat.primitives.asymmetric import ec

from appliance.custody.inventory import (
    Inventory,
    PrivateKeyFound,
    PublicKeyFound,
    deviations,
    expected_private_key,
    expected_public_key,
    label_of,
)
from appliance.errors import HsmError, KeyAttributes, KeyNotOnToken, SettingsError, UnknownKey
from appliance.wire.epochs import EthereumAccount, HsmKey, KeyManifest
from appliance.wire.terms import Curve, KeyPurpose

CURVE_OF = {KeyPurpose.ACCOUNT: Curve.SECP256K1, KeyPurpose.ATTESTATION: Curve.P256}
"""Which curve a key of each purpose is on."""

Found = TypeVar("Found", PrivateKeyFound, PublicKeyFound)

_OPENSSL_CURVES = {Curve.SECP256K1: ec.SECP256K1(), Curve.P256: ec.SECP256R1()}


def verify_manifest(manifest: KeyManifest) -> None:
    """Raise SettingsError for a manifest that contradicts itself."""
    _verify_distinct("keys have the same id", (key.id for key in manifest.keys))
    _verify_distinct("keys are the same public key", (key.public_key for key in manifest.keys))
    _verify_distinct("accounts have the same name", (item.name for item in manifest.accounts))
    for key in manifest.keys:
        _verify_row(key)
    attestation = tuple(key for key in manifest.keys if key.purpose is KeyPurpose.ATTESTATION)
    if len(attestation) != 1:
        raise SettingsError(f"the manifest names {len(attestation)} attestation keys, not one")
    held = held_keys(manifest)
    for account in manifest.accounts:
        if isinstance(account, EthereumAccount) and account.public_key not in held:
            raise SettingsError(f"the key of account {account.name} is not in the manifest")


def held_keys(manifest: KeyManifest) -> frozenset[bytes]:
    """Return the public keys of accounts that are on the token."""
    return frozenset(key.public_key for key in manifest.keys if key.purpose is KeyPurpose.ACCOUNT)


def verify_wallet(manifest: KeyManifest, name: str, scripts: tuple[tuple[bytes, ...], ...]) -> None:
    """Raise unless every script of a wallet names exactly one key on the token.

    `scripts` are the public keys of each of its scripts. KeyNotOnToken when none is held here;
    SettingsError when two are: cosigner keys of one wallet never share a token (CCSS 1.04.7).
    """
    held = held_keys(manifest)
    for keys in scripts:
        ours = sum(key in held for key in keys)
        if ours == 0:
            raise KeyNotOnToken(f"wallet {name} has a script that names no key on this token")
        if ours > 1:
            raise SettingsError(f"this token holds two cosigner keys of wallet {name}")


def verify_inventory(manifest: KeyManifest, inventory: Inventory) -> None:
    """Raise unless the token is the one named, and holds every key named and no other.

    HsmError for another token; UnknownKey; KeyNotOnToken; KeyAttributes for a key that differs from
    its profile in any attribute, its curve or its label.
    """
    if inventory.token_serial != manifest.token_serial:
        raise HsmError("this is not the token that the key manifest names")
    rows = {key.id: key for key in manifest.keys}
    _verify_known(rows, inventory)
    private_keys = _one_for_each(rows, inventory.private_keys)
    public_keys = _one_for_each(rows, inventory.public_keys)
    for key in manifest.keys:
        verify_key(key, public_keys[key.id], private_keys[key.id])


def verify_key(key: HsmKey, public: PublicKeyFound, private: PrivateKeyFound) -> None:
    """Raise KeyAttributes unless both halves of a key are as its row of the manifest demands."""
    if public.public_key != key.public_key:
        raise KeyAttributes(f"key {_short(key.id)} is another key than the manifest's")
    _verify_half(key, public, deviations(public.attributes, expected_public_key(key.provenance)))
    _verify_half(key, private, deviations(private.attributes, expected_private_key(key.provenance)))


def _verify_row(key: HsmKey) -> None:
    if key.curve is not CURVE_OF[key.purpose]:
        raise SettingsError(f"key {_short(key.id)} is on the wrong curve for its purpose")
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(_OPENSSL_CURVES[key.curve], key.public_key)
    except ValueError:
        raise SettingsError(f"key {_short(key.id)} is no point of its curve") from None


def _verify_distinct(complaint: str, values: Iterable[object]) -> None:
    listed = tuple(values)
    if len(set(listed)) != len(listed):
        raise SettingsError(f"two {complaint} in the manifest")


def _verify_known(rows: Mapping[bytes, HsmKey], inventory: Inventory) -> None:
    for thing in inventory.foreign_objects:
        raise UnknownKey(f"the token holds an object of class {thing.object_class:#x}")
    keys: tuple[PublicKeyFound | PrivateKeyFound, ...] = inventory.public_keys
    for found in (*keys, *inventory.private_keys):
        if found.id not in rows:
            raise UnknownKey(f"the manifest does not name key {_short(found.id)}")


def _one_for_each(rows: Mapping[bytes, HsmKey], found: tuple[Found, ...]) -> dict[bytes, Found]:
    keys = {key.id: key for key in found}
    if len(keys) != len(found):
        raise UnknownKey("the token holds two keys with the same id")
    for key_id in rows:
        if key_id not in keys:
            raise KeyNotOnToken(f"the token does not hold key {_short(key_id)}")
    return keys


def _verify_half(
    key: HsmKey, found: PublicKeyFound | PrivateKeyFound, differing: tuple[str, ...]
) -> None:
    if found.curve is not key.curve:
        differing = (*differing, "CKA_EC_PARAMS")
    if found.label != label_of(key.id):
        differing = (*differing, "CKA_LABEL")
    if differing:
        raise KeyAttributes(f"key {_short(key.id)} deviates in {', '.join(differing)}")


def _short(key_id: bytes) -> str:
    return key_id[:16].hex() or "without an id"
