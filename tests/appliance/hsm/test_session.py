"""A token serves when it is exactly what the manifest says, and not a moment after an error."""

import shutil
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from pkcs11 import Attribute, KeyType, ObjectClass
from pkcs11.exceptions import PKCS11Error

from appliance.custody.inventory import (
    FIXED_PRIVATE_KEY,
    FIXED_PUBLIC_KEY,
    GENERATED,
    Inventory,
    label_of,
)
from appliance.errors import (
    AirlockError,
    HsmError,
    KeyAttributes,
    KeyNotOnToken,
    SessionClosed,
    SettingsError,
    UnknownKey,
)
from appliance.hsm.session import Hsm
from appliance.hsm.templates import CURVE_PARAMETERS, private_key_template
from appliance.signatures import released_signature
from appliance.wire.envelope import Envelope
from appliance.wire.epochs import Genesis, HsmKey
from appliance.wire.statement import StatementType
from appliance.wire.terms import Curve, KeyPurpose, Realm
from tests.appliance.hsm.desk import (
    Attributes,
    Founded,
    genesis_of,
    leave,
    make_key,
    serve,
    tamper,
)
from tests.appliance.hsm.signer_process import USER_PIN, SoftToken, make_token, run

DIGEST = sha256(b"a digest of these tests").digest()


def signed_by_two_sessions(token: SoftToken, genesis: Genesis) -> tuple[bytes, bytes, bytes]:
    public_key = genesis.manifest.keys[0].public_key
    hsm = serve(token, genesis)
    first = hsm.sign_digest(public_key, DIGEST)
    hsm.close()
    hsm = serve(token, genesis)
    return first, hsm.sign_digest(public_key, DIGEST), hsm.random(32)


def test_signs_what_verifies_and_never_with_the_same_nonce(founded: Founded) -> None:
    first, second, random = run(founded.token, signed_by_two_sessions, founded.genesis)
    released = [released_signature(founded.account_key, DIGEST, raw, 0) for raw in (first, second)]
    assert released[0].signature[:32] != released[1].signature[:32]
    assert len(random) == 32
    assert len(set(random)) > 8


def inventory(token: SoftToken) -> Inventory:
    hsm = Hsm(token.module, token.serial)
    hsm.login(USER_PIN)
    return hsm.inventory()


def test_generates_keys_of_the_fixed_profile(founded: Founded) -> None:
    read_back = run(founded.token, inventory)
    assert {key.id for key in read_back.private_keys} == {b"\1", b"\2"}
    assert all(key.attributes == FIXED_PRIVATE_KEY for key in read_back.private_keys)
    assert all(key.attributes == FIXED_PUBLIC_KEY for key in read_back.public_keys)
    assert {key.label for key in read_back.public_keys} == {label_of(b"\1"), label_of(b"\2")}
    found = {key.id: (key.curve, key.public_key) for key in read_back.public_keys}
    assert found == {key.id: (key.curve, key.public_key) for key in founded.genesis.manifest.keys}


def sealed(token: SoftToken, genesis: Genesis) -> bytes:
    return serve(token, genesis).seal(StatementType.SIGNING_RESPONSE, b"a response")


def test_seals_statements_of_its_realm_by_the_attestation_key(founded: Founded) -> None:
    envelope = Envelope.parse(run(founded.token, sealed, founded.genesis))
    purpose = (Realm.TEST, StatementType.SIGNING_RESPONSE)
    assert envelope.verify(founded.genesis.manifest.attestation, purpose) == b"a response"


def signed_by_attestation_key(token: SoftToken, genesis: Genesis) -> bytes:
    return serve(token, genesis).sign_digest(genesis.manifest.attestation, DIGEST)


def test_the_attestation_key_signs_no_bare_digest(founded: Founded) -> None:
    with pytest.raises(KeyNotOnToken):
        run(founded.token, signed_by_attestation_key, founded.genesis)


def signed_digest(token: SoftToken, genesis: Genesis, digest: bytes) -> bytes:
    return serve(token, genesis).sign_digest(genesis.manifest.keys[0].public_key, digest)


@pytest.mark.parametrize("size", [0, 31, 33, 64])
def test_refuses_to_sign_anything_but_32_bytes(founded: Founded, size: int) -> None:
    with pytest.raises(HsmError, match="no digest that is ever signed"):
        run(founded.token, signed_digest, founded.genesis, bytes(size))


def kinds_before_serving(token: SoftToken, genesis: Genesis) -> list[str]:
    hsm = Hsm(token.module, token.serial)
    public_key = genesis.manifest.keys[0].public_key
    uses = (
        lambda: hsm.sign_digest(public_key, DIGEST),
        lambda: hsm.seal(StatementType.JOURNAL_HEAD, b""),
    )
    kinds = [kind_of(use) for use in uses]
    hsm.login(USER_PIN)
    kinds += [kind_of(use) for use in uses]
    hsm.serve(genesis)
    hsm.close()
    return kinds + [kind_of(use) for use in uses]


def kind_of(use: Any) -> str:
    try:
        use()
    except AirlockError as error:
        return error.id
    return "done"


def test_signs_only_while_a_verified_session_is_open(founded: Founded) -> None:
    kinds = run(founded.token, kinds_before_serving, founded.genesis)
    closed = [SessionClosed.id, SessionClosed.id]
    assert kinds == [*closed, KeyNotOnToken.id, SessionClosed.id, *closed]


def logged_in(token: SoftToken, pin: str) -> None:
    Hsm(token.module, token.serial).login(pin)


def test_a_wrong_pin_is_refused_without_showing_it(token: SoftToken) -> None:
    with pytest.raises(HsmError, match="refused the PIN") as refusal:
        run(token, logged_in, "a wrong PIN")
    assert "a wrong PIN" not in str(refusal.value)


def test_the_token_is_found_by_serial_number_among_equal_labels(
    founded: Founded, tmp_path: Path
) -> None:
    other = make_token(tmp_path / "other")
    shutil.copytree(other.folder / "tokens", founded.token.folder / "tokens", dirs_exist_ok=True)
    assert len(run(founded.token, inventory).private_keys) == 2
    assert run(replace(founded.token, serial=other.serial), inventory).private_keys == ()
    with pytest.raises(HsmError, match="0 tokens with the expected serial number"):
        run(replace(founded.token, serial="0000000000000000"), inventory)


def test_a_module_that_cannot_be_loaded_is_an_hsm_error(token: SoftToken) -> None:
    with pytest.raises(HsmError, match="did not open a session"):
        run(replace(token, module="/nowhere/module.so"), inventory)


def generated_twice(token: SoftToken, key_id: bytes) -> bytes:
    hsm = Hsm(token.module, token.serial)
    hsm.login(USER_PIN)
    return hsm.generate_account_key(key_id)


def test_refuses_to_generate_a_second_key_under_an_id(founded: Founded) -> None:
    with pytest.raises(HsmError, match="already holds a key with this id"):
        run(founded.token, generated_twice, b"\1")
    for unusable in (b"", bytes(33)):
        with pytest.raises(HsmError, match="id has 1 to 32 bytes"):
            run(founded.token, generated_twice, unusable)


WRONG_KEYS: dict[str, tuple[Attributes, Attributes]] = {
    "CKA_EXTRACTABLE, CKA_NEVER_EXTRACTABLE": ({Attribute.EXTRACTABLE: True}, {}),
    "CKA_SENSITIVE, CKA_ALWAYS_SENSITIVE": ({Attribute.SENSITIVE: False}, {}),
    "CKA_DERIVE": ({Attribute.DERIVE: True}, {}),
    "CKA_MODIFIABLE": ({Attribute.MODIFIABLE: True}, {}),
    "CKA_COPYABLE": ({Attribute.COPYABLE: True}, {}),
    "CKA_DECRYPT": ({Attribute.DECRYPT: True}, {}),
    "CKA_UNWRAP": ({Attribute.UNWRAP: True}, {}),
    "CKA_WRAP_WITH_TRUSTED": ({Attribute.WRAP_WITH_TRUSTED: True}, {}),
    "CKA_LABEL": ({Attribute.LABEL: "the cold wallet"}, {}),
    "CKA_MODIFIABLE ": ({}, {Attribute.MODIFIABLE: True}),
    "CKA_WRAP": ({}, {Attribute.WRAP: True}),
}


def refusals_of_wrong_keys(token: SoftToken) -> dict[str, str]:
    """Make each wrong key in turn, outside our door, and serve by a manifest that names it."""
    refusals = {}
    for name, (private, public) in WRONG_KEYS.items():
        session = tamper(token)
        make_key(session, b"\3", private, public)
        leave(token)
        refusals[name] = refusal_by_full_manifest(token)
        for thing in list(tamper(token).get_objects({Attribute.ID: b"\3"})):
            thing.destroy()
        leave(token)
    return refusals


def refusal_by_full_manifest(token: SoftToken) -> str:
    found = {key.id: key.public_key or b"" for key in inventory(token).public_keys}
    leave(token)
    keys = (
        HsmKey(b"\1", found[b"\1"], Curve.SECP256K1, KeyPurpose.ACCOUNT, GENERATED),
        HsmKey(b"\2", found[b"\2"], Curve.P256, KeyPurpose.ATTESTATION, GENERATED),
        HsmKey(b"\3", found[b"\3"], Curve.SECP256K1, KeyPurpose.ACCOUNT, GENERATED),
    )
    try:
        serve(token, genesis_of(token.serial, *keys))
    except KeyAttributes as refusal:
        return refusal.what
    return "served"


def test_refuses_a_key_made_with_any_other_attribute(founded: Founded) -> None:
    for name, refusal in run(founded.token, refusals_of_wrong_keys).items():
        assert refusal == f"key 03 deviates in {name.strip()}"


def imported_from_outside(token: SoftToken) -> str:
    session = tamper(token)
    make_key(session, b"\3", {}, {})
    (private,) = session.get_objects(
        {Attribute.ID: b"\3", Attribute.CLASS: ObjectClass.PRIVATE_KEY}
    )
    private.destroy()
    session.create_object(private_import_template())
    leave(token)
    return refusal_by_full_manifest(token)


def private_import_template() -> Attributes:
    return {
        **private_key_template(b"\3"),
        Attribute.CLASS: ObjectClass.PRIVATE_KEY,
        Attribute.KEY_TYPE: KeyType.EC,
        Attribute.EC_PARAMS: CURVE_PARAMETERS[Curve.SECP256K1],
        Attribute.VALUE: sha256(b"a key somebody knows").digest(),
    }


def test_refuses_a_key_that_was_imported_and_claims_to_be_generated(founded: Founded) -> None:
    refusal = run(founded.token, imported_from_outside)
    assert "CKA_LOCAL, CKA_ALWAYS_SENSITIVE, CKA_NEVER_EXTRACTABLE" in refusal


def with_an_unknown_key(token: SoftToken, genesis: Genesis) -> str:
    make_key(tamper(token), b"\3", {}, {})
    leave(token)
    hsm = Hsm(token.module, token.serial)
    hsm.login(USER_PIN)
    kinds = [kind_of(lambda: hsm.serve(genesis)), kind_of(hsm.inventory)]
    return " ".join(kinds)


def test_an_unknown_key_ends_the_session(founded: Founded) -> None:
    kinds = run(founded.token, with_an_unknown_key, founded.genesis)
    assert kinds == f"{UnknownKey.id} {SessionClosed.id}"


def with_a_wrapping_key(token: SoftToken, genesis: Genesis) -> None:
    tamper(token).generate_key(KeyType.AES, 256, store=True, label="backup")
    leave(token)
    serve(token, genesis)


def test_any_secret_key_ends_the_session(founded: Founded) -> None:
    with pytest.raises(UnknownKey, match="class 0x4"):
        run(founded.token, with_a_wrapping_key, founded.genesis)


def without_a_key(token: SoftToken, genesis: Genesis) -> None:
    for thing in list(tamper(token).get_objects({Attribute.ID: b"\1"})):
        thing.destroy()
    leave(token)
    serve(token, genesis)


def test_a_missing_key_ends_the_session(founded: Founded) -> None:
    with pytest.raises(KeyNotOnToken, match="does not hold key 01"):
        run(founded.token, without_a_key, founded.genesis)


def with_another_key_under_the_id(token: SoftToken, genesis: Genesis) -> None:
    session = tamper(token)
    for thing in list(session.get_objects({Attribute.ID: b"\1"})):
        thing.destroy()
    make_key(session, b"\1", {}, {})
    leave(token)
    serve(token, genesis)


def test_another_key_under_the_id_ends_the_session(founded: Founded) -> None:
    with pytest.raises(KeyAttributes, match="key 01 is another key"):
        run(founded.token, with_another_key_under_the_id, founded.genesis)


def changed_in_place(token: SoftToken) -> list[str]:
    refusals = []
    for thing in list(tamper(token).get_objects({Attribute.ID: b"\1"})):
        for attribute, value in ((Attribute.LABEL, "renamed"), (Attribute.ID, b"\7")):
            try:
                thing[attribute] = value
            except PKCS11Error as error:
                refusals.append(type(error).__name__)
    return refusals


def test_a_user_session_cannot_rename_a_key(founded: Founded) -> None:
    assert len(run(founded.token, changed_in_place)) == 4
    run(founded.token, signed_digest, founded.genesis, DIGEST)


def test_refuses_a_manifest_of_another_token(founded: Founded) -> None:
    elsewhere = genesis_of("0000000000000000", *founded.genesis.manifest.keys)
    with pytest.raises(HsmError, match="not the token"):
        run(founded.token, signed_digest, elsewhere, DIGEST)


def test_refuses_a_manifest_that_contradicts_itself(founded: Founded) -> None:
    key = founded.genesis.manifest.keys[0]
    with pytest.raises(SettingsError, match="same id"):
        run(founded.token, signed_digest, genesis_of(founded.token.serial, key, key), DIGEST)
