"""From the HSM's raw answer to a signature that may be released.

An HSM that errs, or lies, shows in nothing but its answers, and nothing between it and this module
checks them. So every answer is measured, brought into the one form the chains accept, and verified
by two libraries that share no code, against the public key in the manifest.
"""

from dataclasses import dataclass
from functools import lru_cache

import coincurve
from Crypto.PublicKey import ECC
from Crypto.Signature import DSS
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256

from appliance.errors import SignatureMismatch
from appliance.wire.messages import InputSignature
from appliance.wire.terms import Curve

DIGEST_SIZE = 32
SIGNATURE_SIZE = 64

_SCALAR_SIZE = 32
_ORDERS = {
    Curve.SECP256K1: 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141,
    Curve.P256: 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
}
"""The orders of the curves' groups (SEC 2, sections 2.4.1 and 2.4.2)."""
_OPENSSL_CURVES = {Curve.SECP256K1: ec.SECP256K1(), Curve.P256: ec.SECP256R1()}


def released_signature(public_key: bytes, digest: bytes, raw: bytes, index: int) -> InputSignature:
    """Return the HSM's answer `raw` (r ‖ s) as the signature of a transaction's input `index`.

    `public_key` is a compressed point of secp256k1. Raises SignatureMismatch: the answer is not 64
    bytes, r or s is out of range, a library does not verify it, or it recovers another key.
    """
    signature = low_s(raw)
    verify_digest(Curve.SECP256K1, public_key, digest, signature)
    recovery = recovery_id(public_key, digest, signature)
    return InputSignature(index, public_key, digest, signature, recovery)


def low_s(raw: bytes) -> bytes:
    """Return a secp256k1 signature (r ‖ s) with the lower of its two s (BIP-146, EIP-2).

    Raises SignatureMismatch.
    """
    r, s = _scalars(Curve.SECP256K1, raw)
    s = min(s, _ORDERS[Curve.SECP256K1] - s)
    return r.to_bytes(_SCALAR_SIZE, "big") + s.to_bytes(_SCALAR_SIZE, "big")


def is_low_s(signature: bytes) -> bool:
    """Tell whether a secp256k1 signature (r ‖ s) has the lower of its two s."""
    return int.from_bytes(signature[_SCALAR_SIZE:], "big") <= _ORDERS[Curve.SECP256K1] // 2


def der_signature(curve: Curve, signature: bytes) -> bytes:
    """Return r ‖ s as an ECDSA-Sig-Value in DER (SEC 1, section C.5). Raises SignatureMismatch."""
    integers = b"".join(_der_integer(scalar) for scalar in _scalars(curve, signature))
    return bytes((0x30, len(integers))) + integers


def verify_digest(curve: Curve, public_key: bytes, digest: bytes, signature: bytes) -> None:
    """Raise SignatureMismatch unless two libraries verify r ‖ s over a 32-byte digest.

    They are libsecp256k1 and OpenSSL for secp256k1, where s must be low; PyCryptodome and OpenSSL
    for P-256. `public_key` is a compressed point.
    """
    if len(digest) != DIGEST_SIZE:
        raise SignatureMismatch(f"a digest of {len(digest)} bytes is never signed")
    encoded = der_signature(curve, signature)
    if curve is Curve.SECP256K1:
        if not is_low_s(signature):
            raise SignatureMismatch("the signature has the higher of its two s")
        first = "libsecp256k1", _is_valid_in_libsecp256k1(public_key, digest, encoded)
    else:
        first = "PyCryptodome", _is_valid_in_pycryptodome(public_key, digest, signature)
    second = "OpenSSL", _is_valid_in_openssl(curve, public_key, digest, encoded)
    objecting = tuple(library for library, valid in (first, second) if not valid)
    if objecting:
        raise SignatureMismatch(f"{' and '.join(objecting)} did not verify the signature")


def recovery_id(public_key: bytes, digest: bytes, signature: bytes) -> int:
    """Return which of four candidates (SEC 1, section 4.1.6) is `public_key`, found by trial.

    Raises SignatureMismatch when none is.
    """
    for candidate in range(4):
        recoverable = signature + bytes((candidate,))
        try:
            recovered = coincurve.PublicKey.from_signature_and_message(recoverable, digest, None)
        except ValueError:
            continue
        if recovered.format() == public_key:
            return candidate
    raise SignatureMismatch("the signature recovers another public key than the one that signed")


def _scalars(curve: Curve, signature: bytes) -> tuple[int, int]:
    if len(signature) != SIGNATURE_SIZE:
        raise SignatureMismatch(f"a signature of {len(signature)} bytes is not r ‖ s")
    r = int.from_bytes(signature[:_SCALAR_SIZE], "big")
    s = int.from_bytes(signature[_SCALAR_SIZE:], "big")
    order = _ORDERS[curve]
    if not (0 < r < order and 0 < s < order):
        raise SignatureMismatch("r or s of the signature is outside the curve's group")
    return r, s


def _der_integer(scalar: int) -> bytes:
    content = scalar.to_bytes(scalar.bit_length() // 8 + 1, "big")
    return bytes((0x02, len(content))) + content


def _is_valid_in_libsecp256k1(public_key: bytes, digest: bytes, encoded: bytes) -> bool:
    try:
        return _libsecp256k1_key(public_key).verify(encoded, digest, None)
    except ValueError:
        return False


def _is_valid_in_openssl(curve: Curve, public_key: bytes, digest: bytes, encoded: bytes) -> bool:
    try:
        key = _openssl_key(curve, public_key)
        key.verify(encoded, digest, ec.ECDSA(Prehashed(SHA256())))
    except (InvalidSignature, ValueError):
        return False
    return True


def _is_valid_in_pycryptodome(public_key: bytes, digest: bytes, signature: bytes) -> bool:
    try:
        key = ECC.import_key(public_key, curve_name="P-256")
        DSS.new(key, "fips-186-3").verify(_Prehashed(digest), signature)
    except ValueError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class _Prehashed:
    """A SHA-256 digest in the shape of a finished hash object, which is all PyCryptodome takes."""

    value: bytes
    oid: str = "2.16.840.1.101.3.4.2.1"
    digest_size: int = DIGEST_SIZE

    def digest(self) -> bytes:
        return self.value


@lru_cache(maxsize=1024)
def _libsecp256k1_key(public_key: bytes) -> coincurve.PublicKey:
    return coincurve.PublicKey(public_key)


@lru_cache(maxsize=1024)
def _openssl_key(curve: Curve, public_key: bytes) -> ec.EllipticCurvePublicKey:
    return ec.EllipticCurvePublicKey.from_encoded_point(_OPENSSL_CURVES[curve], public_key)
