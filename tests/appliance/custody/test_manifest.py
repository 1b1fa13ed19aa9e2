"""The token holds what the manifest names, as it names it, and nothing else."""

from dataclasses import fields, replace
from typing import Any

import coincurve
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from appliance.custody.inventory import (
    GENERATED,
    ForeignObjectFound,
    Inventory,
    PrivateKeyAttributes,
    PrivateKeyFound,
    PublicKeyAttributes,
    PublicKeyFound,
    expected_private_key,
    expected_public_key,
    label_of,
)
from appliance.custody.manifest import (
    held_keys,
    verify_inventory,
    verify_manifest,
    verify_wallet,
)
from appliance.errors import HsmError, KeyAttributes, KeyNotOnToken, SettingsError, UnknownKey
from appliance.wire.epochs import EthereumAccount, HsmKey, KeyManifest
from appliance.wire.terms import Curve, KeyPurpose


def account_key(number: int) -> bytes:
    return coincurve.PrivateKey.from_int(number).public_key.format()


def p256_key(number: int) -> bytes:
    key = ec.derive_private_key(number, ec.SECP256R1()).public_key()
    return key.public_bytes(Encoding.X962, PublicFormat.CompressedPoint)


FIRST = HsmKey(b"\1", account_key(1), Curve.SECP256K1, KeyPurpose.ACCOUNT, GENERATED)
SECOND = HsmKey(b"\2", account_key(2), Curve.SECP256K1, KeyPurpose.ACCOUNT, "restored by 7")
ATTESTATION = HsmKey(b"\3", p256_key(3), Curve.P256, KeyPurpose.ATTESTATION, GENERATED)
ACCOUNT = EthereumAccount("eth", "1", "0x" + "00" * 20, FIRST.public_key, 0)
MANIFEST = KeyManifest("serial", (FIRST, SECOND, ATTESTATION), (ACCOUNT,))


def with_keys(*keys: HsmKey) -> KeyManifest:
    return replace(MANIFEST, keys=keys)


def private_half(key: HsmKey) -> PrivateKeyFound:
    return PrivateKeyFound(
        key.id, label_of(key.id), key.curve, expected_private_key(key.provenance)
    )


def public_half(key: HsmKey) -> PublicKeyFound:
    attributes = expected_public_key(key.provenance)
    return PublicKeyFound(key.id, label_of(key.id), key.curve, key.public_key, attributes)


INVENTORY = Inventory(
    "serial",
    tuple(private_half(key) for key in MANIFEST.keys),
    tuple(public_half(key) for key in MANIFEST.keys),
    (),
)


def with_private(**change: Any) -> Inventory:
    first, *rest = INVENTORY.private_keys
    return replace(INVENTORY, private_keys=(replace(first, **change), *rest))


def with_public(**change: Any) -> Inventory:
    first, *rest = INVENTORY.public_keys
    return replace(INVENTORY, public_keys=(replace(first, **change), *rest))


def test_a_sound_manifest_and_its_token_pass() -> None:
    verify_manifest(MANIFEST)
    verify_inventory(MANIFEST, INVENTORY)
    assert held_keys(MANIFEST) == {FIRST.public_key, SECOND.public_key}


@pytest.mark.parametrize(
    ("manifest", "conflict"),
    [
        (with_keys(FIRST, replace(SECOND, id=FIRST.id), ATTESTATION), "same id"),
        (with_keys(FIRST, replace(FIRST, id=b"\2"), ATTESTATION), "same public key"),
        (with_keys(FIRST, SECOND), "0 attestation keys"),
        (
            with_keys(FIRST, ATTESTATION, replace(ATTESTATION, id=b"\4", public_key=p256_key(4))),
            "2 attestation keys",
        ),
        (with_keys(replace(FIRST, curve=Curve.P256), ATTESTATION), "wrong curve"),
        (
            with_keys(FIRST, replace(ATTESTATION, curve=Curve.SECP256K1)),
            "wrong curve",
        ),
        (with_keys(replace(FIRST, public_key=b"\2" + b"\xff" * 32), ATTESTATION), "no point"),
        (with_keys(SECOND, ATTESTATION), "key of account eth is not in the manifest"),
        (replace(MANIFEST, accounts=(ACCOUNT, ACCOUNT)), "accounts have the same name"),
        (
            replace(MANIFEST, accounts=(replace(ACCOUNT, public_key=None),)),
            "key of account eth is not in the manifest",
        ),
        (
            replace(MANIFEST, accounts=(replace(ACCOUNT, public_key=ATTESTATION.public_key),)),
            "key of account eth is not in the manifest",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_refuses_a_manifest_that_contradicts_itself(manifest: KeyManifest, conflict: str) -> None:
    with pytest.raises(SettingsError, match=conflict):
        verify_manifest(manifest)


@pytest.mark.parametrize("name", [field.name for field in fields(PrivateKeyAttributes)])
@pytest.mark.parametrize("how", ["opposite", "unknown"])
def test_refuses_any_deviation_of_a_private_key(name: str, how: str) -> None:
    expected = expected_private_key(GENERATED)
    value = None if how == "unknown" else not getattr(expected, name)
    change: dict[str, Any] = {name: value}
    with pytest.raises(KeyAttributes, match=f"CKA_{name.upper()}"):
        verify_inventory(MANIFEST, with_private(attributes=replace(expected, **change)))


@pytest.mark.parametrize("name", [field.name for field in fields(PublicKeyAttributes)])
def test_refuses_any_deviation_of_a_public_key(name: str) -> None:
    expected = expected_public_key(GENERATED)
    change: dict[str, Any] = {name: not getattr(expected, name)}
    with pytest.raises(KeyAttributes, match=f"CKA_{name.upper()}"):
        verify_inventory(MANIFEST, with_public(attributes=replace(expected, **change)))


@pytest.mark.parametrize(
    ("inventory", "attribute"),
    [
        (with_private(label="airlock 02"), "CKA_LABEL"),
        (with_public(label=""), "CKA_LABEL"),
        (with_private(curve=None), "CKA_EC_PARAMS"),
        (with_public(curve=Curve.P256), "CKA_EC_PARAMS"),
    ],
)
def test_refuses_another_label_or_curve(inventory: Inventory, attribute: str) -> None:
    with pytest.raises(KeyAttributes, match=attribute):
        verify_inventory(MANIFEST, inventory)


@pytest.mark.parametrize("public_key", [SECOND.public_key, None])
def test_refuses_another_public_key_under_the_id(public_key: bytes | None) -> None:
    with pytest.raises(KeyAttributes, match="another key than the manifest's"):
        verify_inventory(MANIFEST, with_public(public_key=public_key))


def test_provenance_decides_what_the_token_must_say() -> None:
    """A key that claims to be generated but was brought from outside is refused, and vice versa."""
    imported = expected_private_key("restored by 7")
    with pytest.raises(KeyAttributes, match="CKA_LOCAL, CKA_ALWAYS_SENSITIVE"):
        verify_inventory(MANIFEST, with_private(attributes=imported))
    claims_restored = with_keys(replace(FIRST, provenance="restored by 8"), SECOND, ATTESTATION)
    with pytest.raises(KeyAttributes, match="CKA_LOCAL"):
        verify_inventory(claims_restored, INVENTORY)


def test_refuses_another_token() -> None:
    with pytest.raises(HsmError, match="not the token"):
        verify_inventory(KeyManifest("another", MANIFEST.keys, MANIFEST.accounts), INVENTORY)


def test_refuses_a_key_that_the_manifest_does_not_name() -> None:
    extra = private_half(replace(FIRST, id=b"\x09"))
    with pytest.raises(UnknownKey, match="does not name key 09"):
        verify_inventory(
            MANIFEST, replace(INVENTORY, private_keys=(*INVENTORY.private_keys, extra))
        )
    orphan = replace(INVENTORY.public_keys[0], id=b"")
    with pytest.raises(UnknownKey, match="without an id"):
        verify_inventory(MANIFEST, replace(INVENTORY, public_keys=(*INVENTORY.public_keys, orphan)))


def test_refuses_any_other_kind_of_object() -> None:
    wrapping_key = ForeignObjectFound(4, b"\1", "aes")
    with pytest.raises(UnknownKey, match="class 0x4"):
        verify_inventory(MANIFEST, replace(INVENTORY, foreign_objects=(wrapping_key,)))


def test_refuses_two_keys_with_one_id() -> None:
    twice = (*INVENTORY.private_keys, INVENTORY.private_keys[0])
    with pytest.raises(UnknownKey, match="two keys with the same id"):
        verify_inventory(MANIFEST, replace(INVENTORY, private_keys=twice))


def test_refuses_a_token_without_a_key_that_the_manifest_names() -> None:
    with pytest.raises(KeyNotOnToken, match="does not hold key 03"):
        verify_inventory(MANIFEST, replace(INVENTORY, private_keys=INVENTORY.private_keys[:-1]))
    with pytest.raises(KeyNotOnToken, match="does not hold key 01"):
        verify_inventory(MANIFEST, replace(INVENTORY, public_keys=INVENTORY.public_keys[1:]))


def test_a_wallet_has_exactly_one_key_here_in_every_script() -> None:
    cosigner = account_key(77)
    verify_wallet(
        MANIFEST, "treasury", ((FIRST.public_key, cosigner), (cosigner, SECOND.public_key))
    )
    with pytest.raises(SettingsError, match="two cosigner keys of wallet treasury"):
        verify_wallet(MANIFEST, "treasury", ((FIRST.public_key, SECOND.public_key),))
    with pytest.raises(KeyNotOnToken, match="wallet treasury"):
        verify_wallet(MANIFEST, "treasury", ((FIRST.public_key,), (cosigner,)))
