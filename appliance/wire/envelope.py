"""Who signed a message: COSE_Sign1 (RFC 9052 section 4.2), untagged, assembled here byte by byte.

It is assembled rather than left to a library because the HSM signs a digest that this project
computed. The algorithm and key id are protected; the unprotected map is empty; the statement type
and realm are the external additional data, so an envelope of one kind never passes for another.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from appliance.wire import canonical
from appliance.wire.errors import EnvelopeSignature, NotCanonical
from appliance.wire.statement import StatementType, context
from appliance.wire.terms import Realm

_ALGORITHM, _KEY_ID = 1, 4
_SIGNATURE_SIZE = 64


class Algorithm(IntEnum):
    """Signature algorithms by their COSE numbers (RFC 9053 section 2)."""

    ES256 = -7
    EDDSA = -8


@dataclass(frozen=True, slots=True)
class Envelope:
    """A signed message. Parsing one verifies nothing; call `verify` before believing `payload`."""

    algorithm: Algorithm
    key_id: bytes
    payload: bytes
    signature: bytes

    @classmethod
    def parse(cls, data: bytes) -> "Envelope":
        """Read exactly one envelope. Raises NotCanonical."""
        match canonical.decode(data):
            case (
                bytes() as protected,
                Mapping() as rest,
                bytes() as payload,
                bytes() as signature,
            ):
                if rest or len(signature) != _SIGNATURE_SIZE:
                    raise NotCanonical("the envelope has unprotected headers or a short signature")
                algorithm, key_id = _parse_protected(protected)
                return cls(algorithm, key_id, payload, signature)
            case _:
                raise NotCanonical("these bytes are not a COSE_Sign1 envelope")

    @classmethod
    def seal(
        cls,
        algorithm: Algorithm,
        public_key: bytes,
        payload: bytes,
        purpose: tuple[Realm, StatementType],
        sign: Callable[[bytes], bytes],
    ) -> "Envelope":
        """Sign `payload` for one realm and statement type; `sign` gets the bytes to be signed."""
        key_id = key_id_of(public_key)
        signed = to_be_signed(algorithm, key_id, payload, purpose)
        return cls(algorithm, key_id, payload, sign(signed))

    def serialize(self) -> bytes:
        """Return the envelope's bytes."""
        protected = _protected(self.algorithm, self.key_id)
        return canonical.encode((protected, {}, self.payload, self.signature))

    def verify(self, public_key: bytes, purpose: tuple[Realm, StatementType]) -> bytes:
        """Return the payload, signed by `public_key` for `purpose`. Raises EnvelopeSignature."""
        signed = to_be_signed(self.algorithm, self.key_id, self.payload, purpose)
        if self.key_id != key_id_of(public_key):
            raise EnvelopeSignature("the message is signed with a key that is not registered here")
        verify_signature(self.algorithm, public_key, self.signature, signed)
        return self.payload


def key_id_of(public_key: bytes) -> bytes:
    """Return the 16-byte id of a public key."""
    return sha256(public_key).digest()[:16]


def to_be_signed(
    algorithm: Algorithm, key_id: bytes, payload: bytes, purpose: tuple[Realm, StatementType]
) -> bytes:
    """Return the Sig_structure (RFC 9052 section 4.4)."""
    protected = _protected(algorithm, key_id)
    return canonical.encode(("Signature1", protected, context(*purpose), payload))


def verify_signature(
    algorithm: Algorithm, public_key: bytes, signature: bytes, signed: bytes
) -> None:
    """Raise EnvelopeSignature unless `signature` (64 bytes) over `signed` verifies."""
    try:
        match algorithm:
            case Algorithm.EDDSA:
                Ed25519PublicKey.from_public_bytes(public_key).verify(signature, signed)
            case Algorithm.ES256:
                point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), public_key)
                r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
                point.verify(encode_dss_signature(r, s), signed, ec.ECDSA(SHA256()))
    except (InvalidSignature, ValueError):
        raise EnvelopeSignature("the signature does not verify under the registered key") from None


def _protected(algorithm: Algorithm, key_id: bytes) -> bytes:
    return canonical.encode({_ALGORITHM: int(algorithm), _KEY_ID: key_id})


def _parse_protected(data: bytes) -> tuple[Algorithm, bytes]:
    match canonical.decode(data):
        case {1: int() as algorithm, 4: bytes() as key_id, **rest} if not rest:
            if algorithm in tuple(Algorithm):
                return Algorithm(algorithm), key_id
        case _:
            pass
    raise NotCanonical("the envelope's protected header is not {alg, kid} as used here")
