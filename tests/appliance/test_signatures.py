"""Nothing the HSM answers is released unless two libraries agree that it is what was asked for."""

import json
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import coincurve
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from appliance.errors import SignatureMismatch
from appliance.signatures import (
    der_signature,
    is_low_s,
    low_s,
    recovery_id,
    released_signature,
    verify_digest,
)
from appliance.wire.terms import Curve
from tests.shared_vectors import folder, need, shared

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
KEY = coincurve.PrivateKey(sha256(b"a key of these tests").digest())
PUBLIC_KEY = KEY.public_key.format()
DIGEST = sha256(b"a digest of these tests").digest()
LOW = KEY.sign_recoverable(DIGEST, hasher=None)[:64]
P256_KEY = ec.derive_private_key(0x1234567, ec.SECP256R1())

digests = st.binary(min_size=32, max_size=32)
secrets = st.integers(1, ORDER - 1)


def raw(r: int, s: int) -> bytes:
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def scalars(signature: bytes) -> tuple[int, int]:
    return int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")


def other_s(signature: bytes) -> bytes:
    r, s = scalars(signature)
    return raw(r, ORDER - s)


def compressed(uncompressed: str) -> bytes:
    point = bytes.fromhex(uncompressed)
    return bytes((2 + point[-1] % 2,)) + point[1:33]


def wycheproof(name: str) -> list[dict[str, Any]]:
    path = folder() / "crypto" / "wycheproof" / name
    if not path.exists():
        return []
    groups = json.loads(path.read_text())["testGroups"]
    return [
        {**case, "key": compressed(group["publicKey"]["uncompressed"])}
        for group in groups
        for case in group["tests"]
    ]


def verifies(curve: Curve, public_key: bytes, digest: bytes, signature: bytes) -> bool:
    try:
        verify_digest(curve, public_key, digest, signature)
    except SignatureMismatch:
        return False
    return True


@given(secrets, digests, st.sampled_from((bytes, other_s)))
def test_releases_what_verifies_with_low_s_and_its_recovery_id(
    secret: int, digest: bytes, choose_s: Callable[[bytes], bytes]
) -> None:
    key = coincurve.PrivateKey.from_int(secret)
    made = key.sign_recoverable(digest, hasher=None)
    released = released_signature(key.public_key.format(), digest, choose_s(made[:64]), 3)
    assert released.signature == made[:64]
    assert released.recovery_id == made[64]
    assert (released.index, released.digest) == (3, digest)
    assert is_low_s(released.signature)


@given(st.integers(0, 511))
def test_refuses_any_flipped_bit(bit: int) -> None:
    flipped = bytearray(LOW)
    flipped[bit // 8] ^= 1 << bit % 8
    with pytest.raises(SignatureMismatch):
        released_signature(PUBLIC_KEY, DIGEST, bytes(flipped), 0)


@pytest.mark.parametrize("answer", [b"", LOW[:63], LOW + b"\0", bytes(64)])
def test_refuses_an_answer_that_is_not_r_and_s(answer: bytes) -> None:
    with pytest.raises(SignatureMismatch):
        released_signature(PUBLIC_KEY, DIGEST, answer, 0)


@pytest.mark.parametrize("out_of_range", [0, ORDER, 2**256 - 1])
def test_refuses_r_or_s_out_of_range(out_of_range: int) -> None:
    r, s = scalars(LOW)
    for answer in (raw(out_of_range, s), raw(r, out_of_range)):
        with pytest.raises(SignatureMismatch, match="outside the curve's group"):
            released_signature(PUBLIC_KEY, DIGEST, answer, 0)


@pytest.mark.parametrize("digest", [b"", DIGEST[:31], DIGEST + b"\0"])
def test_refuses_a_digest_that_is_not_32_bytes(digest: bytes) -> None:
    for curve in Curve:
        with pytest.raises(SignatureMismatch, match="is never signed"):
            verify_digest(curve, PUBLIC_KEY, digest, LOW)


def test_refuses_a_signature_by_another_key_over_another_digest() -> None:
    other = coincurve.PrivateKey(sha256(b"another key").digest()).public_key.format()
    with pytest.raises(SignatureMismatch, match="libsecp256k1 and OpenSSL"):
        released_signature(other, DIGEST, LOW, 0)
    with pytest.raises(SignatureMismatch, match="libsecp256k1 and OpenSSL"):
        released_signature(PUBLIC_KEY, sha256(DIGEST).digest(), LOW, 0)


def test_refuses_high_s_that_was_not_normalised() -> None:
    with pytest.raises(SignatureMismatch, match="higher of its two s"):
        verify_digest(Curve.SECP256K1, PUBLIC_KEY, DIGEST, other_s(LOW))
    verify_digest(Curve.SECP256K1, PUBLIC_KEY, DIGEST, low_s(other_s(LOW)))


@pytest.mark.parametrize("key", [b"", b"\2" + b"\xff" * 32, b"\5" + PUBLIC_KEY[1:]])
def test_refuses_what_is_no_public_key(key: bytes) -> None:
    for curve in Curve:
        with pytest.raises(SignatureMismatch):
            verify_digest(curve, key, DIGEST, LOW)


def test_recovery_id_refuses_a_foreign_key() -> None:
    other = coincurve.PrivateKey(sha256(b"another key").digest()).public_key.format()
    with pytest.raises(SignatureMismatch, match="recovers another public key"):
        recovery_id(other, DIGEST, LOW)


def test_p256_needs_both_libraries() -> None:
    public_key = P256_KEY.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
    message = b"a statement of the appliance"
    made = P256_KEY.sign(message, ec.ECDSA(SHA256()))
    signature = raw(*decode_dss_signature(made))
    digest = sha256(message).digest()
    verify_digest(Curve.P256, public_key, digest, signature)
    with pytest.raises(SignatureMismatch, match="PyCryptodome and OpenSSL"):
        verify_digest(Curve.P256, public_key, DIGEST, signature)


def test_wycheproof_secp256k1_raw() -> None:
    for case in need(wycheproof("ecdsa_secp256k1_sha256_p1363_test.json")):
        signature, digest = bytes.fromhex(case["sig"]), sha256(bytes.fromhex(case["msg"])).digest()
        try:
            released_signature(case["key"], digest, signature, 0)
            accepted = True
        except SignatureMismatch:
            accepted = False
        assert accepted == (case["result"] == "valid"), case["tcId"]


@pytest.mark.parametrize(
    ("curve", "name"),
    [
        (Curve.SECP256K1, "ecdsa_secp256k1_sha256_bitcoin_test.json"),
        (Curve.P256, "ecdsa_secp256r1_sha256_test.json"),
    ],
)
def test_wycheproof_der(curve: Curve, name: str) -> None:
    """A case whose encoding is sound is judged; of the others none is what we would encode."""
    for case in need(wycheproof(name)):
        encoded, digest = bytes.fromhex(case["sig"]), sha256(bytes.fromhex(case["msg"])).digest()
        valid = case["result"] == "valid"
        try:
            signature = raw(*decode_dss_signature(encoded))
            same = der_signature(curve, signature) == encoded
        except (ValueError, OverflowError, SignatureMismatch):
            assert not valid, case["tcId"]
            continue
        if same:
            assert verifies(curve, case["key"], digest, signature) == valid, case["tcId"]
        else:
            assert not valid, case["tcId"]


def test_der_encodes_as_the_public_vectors() -> None:
    cases = need(shared("crypto/der_signature.jsonl"))
    valid = [case["case"] for case in cases if case["kind"] == "valid"]
    assert valid
    for case in valid:
        signature = bytes.fromhex(case["raw"]["r"]) + bytes.fromhex(case["raw"]["s"])
        hash_type = case["hashType"].to_bytes(1, "big")
        assert (der_signature(Curve.SECP256K1, signature) + hash_type).hex() == case["hex"]


@given(st.integers(1, ORDER - 1), st.integers(1, ORDER - 1))
def test_der_is_what_openssl_reads_back(r: int, s: int) -> None:
    assert decode_dss_signature(der_signature(Curve.SECP256K1, raw(r, s))) == (r, s)


def test_deterministic_vectors_are_released_unchanged() -> None:
    for case in need(shared("crypto/secp256k1_rfc6979.jsonl")):
        if case["kind"] != "ecdsa":
            continue
        public_key = coincurve.PrivateKey.from_hex(case["case"]["d"]).public_key.format()
        digest = sha256(case["case"]["message"].encode()).digest()
        made = case["case"]["signature"]
        signature = bytes.fromhex(made["r"].zfill(64) + made["s"].zfill(64))
        assert released_signature(public_key, digest, signature, 0).signature == signature
