"""An envelope of one key, realm and statement type never passes for another."""

import hashlib
import json

import cwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import (
    Prehashed,
    decode_dss_signature,
)
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cwt.cose_key_interface import COSEKeyInterface
from hypothesis import given
from hypothesis import strategies as st

from appliance.wire import canonical
from appliance.wire.envelope import (
    Algorithm,
    Envelope,
    key_id_of,
    to_be_signed,
    verify_signature,
)
from appliance.wire.errors import EnvelopeError, EnvelopeSignature, NotCanonical
from appliance.wire.statement import StatementType, context
from appliance.wire.terms import Realm
from tests.shared_vectors import folder, need

PURPOSE = (Realm.TEST, StatementType.SIGNING_REQUEST)
PERSON = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PERSON_KEY = PERSON.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
DEVICE = ec.derive_private_key(7, ec.SECP256R1())
DEVICE_KEY = DEVICE.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)


def sign_as_device(signed: bytes) -> bytes:
    """As an HSM does: a raw signature over a digest computed outside it."""
    digest = hashlib.sha256(signed).digest()
    r, s = decode_dss_signature(DEVICE.sign(digest, ec.ECDSA(Prehashed(SHA256()))))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def by_person(payload: bytes = b"hello") -> Envelope:
    return Envelope.seal(Algorithm.EDDSA, PERSON_KEY, payload, PURPOSE, PERSON.sign)


def by_device(payload: bytes = b"hello") -> Envelope:
    return Envelope.seal(Algorithm.ES256, DEVICE_KEY, payload, PURPOSE, sign_as_device)


@pytest.mark.parametrize(("made", "key"), [(by_person(), PERSON_KEY), (by_device(), DEVICE_KEY)])
def test_verifies_what_it_sealed(made: Envelope, key: bytes) -> None:
    assert Envelope.parse(made.serialize()).verify(key, PURPOSE) == b"hello"


@pytest.mark.parametrize(
    "purpose",
    [
        (Realm.PRODUCTION, StatementType.SIGNING_REQUEST),
        (Realm.TEST, StatementType.SIGNING_RESPONSE),
    ],
)
@pytest.mark.parametrize(("made", "key"), [(by_person(), PERSON_KEY), (by_device(), DEVICE_KEY)])
def test_is_nothing_in_another_realm_or_as_another_statement(
    made: Envelope, key: bytes, purpose: tuple[Realm, StatementType]
) -> None:
    with pytest.raises(EnvelopeSignature, match="does not verify"):
        made.verify(key, purpose)


def test_refuses_a_key_that_is_not_the_registered_one() -> None:
    with pytest.raises(EnvelopeSignature, match="not registered"):
        by_person().verify(bytes(32), PURPOSE)


def test_refuses_a_key_of_the_wrong_kind() -> None:
    posing = Envelope(Algorithm.ES256, key_id_of(PERSON_KEY), b"hello", by_person().signature)
    with pytest.raises(EnvelopeSignature):
        posing.verify(PERSON_KEY, PURPOSE)


@given(st.data())
def test_a_flipped_bit_anywhere_is_refused(data: st.DataObject) -> None:
    encoded = bytearray(by_person().serialize())
    at = data.draw(st.integers(0, 8 * len(encoded) - 1))
    encoded[at // 8] ^= 1 << at % 8
    with pytest.raises(EnvelopeError):
        Envelope.parse(bytes(encoded)).verify(PERSON_KEY, PURPOSE)


@pytest.mark.parametrize(
    "shape",
    [
        (b"", {}, b"hello", bytes(64)),
        (canonical.encode({1: -8}), {}, b"hello", bytes(64)),
        (canonical.encode({1: -8, 4: b"k", 5: 0}), {}, b"hello", bytes(64)),
        (canonical.encode({1: -35, 4: b"k"}), {}, b"hello", bytes(64)),
        (canonical.encode({1: -8, 4: b"k"}), {4: b"k"}, b"hello", bytes(64)),
        (canonical.encode({1: -8, 4: b"k"}), {}, None, bytes(64)),
        (canonical.encode({1: -8, 4: b"k"}), {}, b"hello", bytes(63)),
        (canonical.encode({1: -8, 4: b"k"}), {}, b"hello"),
    ],
)
def test_refuses_any_other_shape(shape: canonical.Value) -> None:
    with pytest.raises(NotCanonical):
        Envelope.parse(canonical.encode(shape))


@pytest.mark.parametrize(
    ("made", "key"),
    [
        (
            by_person(),
            cwt.COSEKey.from_pem(
                PERSON.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
                kid=key_id_of(PERSON_KEY),
            ),
        ),
        (
            by_device(),
            cwt.COSEKey.from_pem(
                DEVICE.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
                kid=key_id_of(DEVICE_KEY),
            ),
        ),
    ],
)
def test_an_independent_cose_library_verifies_it(made: Envelope, key: COSEKeyInterface) -> None:
    tagged = b"\xd2" + made.serialize()
    read = cwt.COSE.new().decode(tagged, key, external_aad=context(*PURPOSE))
    assert read == b"hello"


def test_the_signed_bytes_are_the_sig_structure_of_rfc_9052() -> None:
    made = by_person()
    signed = to_be_signed(made.algorithm, made.key_id, made.payload, PURPOSE)
    match canonical.decode(signed):
        case ("Signature1", bytes() as protected, bytes() as additional, b"hello"):
            assert canonical.decode(protected) == {1: -8, 4: key_id_of(PERSON_KEY)}
            assert additional == context(*PURPOSE)
        case other:
            pytest.fail(repr(other))


def test_public_edge_cases_of_ed25519() -> None:
    """Wycheproof: a signature that is not the one encoding of a right one is refused."""
    path = folder() / "crypto" / "wycheproof" / "ed25519_test.json"
    if not path.exists():
        need([])
    for group in json.loads(path.read_text())["testGroups"]:
        key = bytes.fromhex(group["publicKey"]["pk"])
        for case in group["tests"]:
            signature, signed = bytes.fromhex(case["sig"]), bytes.fromhex(case["msg"])
            if case["result"] == "valid":
                verify_signature(Algorithm.EDDSA, key, signature, signed)
                continue
            with pytest.raises(EnvelopeSignature):
                verify_signature(Algorithm.EDDSA, key, signature, signed)
