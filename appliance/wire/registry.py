"""What the types of Uniform Resources hold (BCR-2020-006, ERC-4527 and their neighbours).

The type's name alone says how its body is read: tags collide between vendors, and the body of a UR
has none of its own. Both generations of names are read. What is public but nothing to sign is
recognised, so that a refusal can say what it is; private keys and their shares are refused before
anything is read of them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from appliance.errors import UnsupportedTransaction
from appliance.wire import canonical, key_material
from appliance.wire.foreign_cbor import Value, decode
from appliance.wire.sign_request import (
    SignRequest,
    ethereum_request,
    solana_request,
    tron_request,
)

PSBT_TYPES = frozenset({"psbt", "crypto-psbt"})
BYTE_STRING_TYPES = PSBT_TYPES | {"bytes"}
"""Types whose body is one byte string."""


@dataclass(frozen=True, slots=True)
class ByteString:
    """The bytes of a `psbt`, `crypto-psbt` or untyped `bytes`."""

    type: str
    data: bytes

    @property
    def is_psbt(self) -> bool:
        """Whether the type says that they are a PSBT."""
        return self.type in PSBT_TYPES


@dataclass(frozen=True, slots=True)
class Recognised:
    """Something that is known and public, and nothing to sign; `says` completes "it holds …"."""

    type: str
    says: str


Content = ByteString | SignRequest | Recognised

_REQUESTS: Mapping[str, Callable[[Value], SignRequest]] = {
    "eth-sign-request": ethereum_request,
    "sol-sign-request": solana_request,
    "tron-sign-request": tron_request,
}

_SECRETS = frozenset({"seed", "sskr", "bip39", "slip39", "eckey", "prvkeys"})
_OTHERS = {
    "eth-signature": "an Ethereum signature: an answer, not a request",
    "sol-signature": "a Solana signature: an answer, not a request",
    "tron-signature": "a TRON signature: an answer, not a request",
    "btc-signature": "a Bitcoin message signature: an answer, not a request",
    "evm-signature": "a Cosmos EVM signature: an answer, not a request",
    "eth-batch-signature": "Ethereum signatures: an answer, not a request",
    "eth-batch-sign-request": "several Ethereum requests in one; show them one by one",
    "btc-sign-request": "a request to sign a Bitcoin message, which is never signed",
    "evm-sign-request": "a request of a chain that is not known here",
    "cosmos-sign-request": "a request of a chain that is not known here",
    "keystone-sign-request": "a request in Keystone's compressed form, which is not read here",
    "keystone-sign-result": "signatures in Keystone's compressed form: an answer, not a request",
    "crypto-psbt-extend": "a PSBT of a coin that is not known here",
    "qr-hardware-call": "a call to another device",
    "key-derivation-call": "a call to another device",
}


def content_of(ur_type: str, body: bytes) -> Content:
    """Say what a message of a UR holds, given its type and its CBOR body.

    Raises MalformedTransaction where the body breaks the type's form, and UnsupportedTransaction
    for a type that is unknown, for private keys, and for values that no request here may have.
    """
    refuse_secret(ur_type)
    name = ur_type.removeprefix("crypto-")
    if ur_type in BYTE_STRING_TYPES:
        return ByteString(ur_type, byte_string(ur_type, body))
    if ur_type in _REQUESTS:
        return _REQUESTS[ur_type](decode(body))
    if ur_type in _OTHERS:
        decode(body)
        return Recognised(ur_type, _OTHERS[ur_type])
    if name in key_material.TYPES:
        return Recognised(ur_type, key_material.described(name, decode(body)))
    raise UnsupportedTransaction(f"ur:{ur_type} is no type that is known here")


def refuse_secret(ur_type: str) -> None:
    """Raise UnsupportedTransaction for a type of UR that may hold a private key or a seed."""
    if ur_type.removeprefix("crypto-") in _SECRETS:
        raise UnsupportedTransaction(
            f"ur:{ur_type} may hold a secret, which must never be shown here"
        )


def byte_string(ur_type: str, body: bytes) -> bytes:
    """Return what is inside a body that is one byte string.

    Raises UnsupportedTransaction if it is well-formed and something else, MalformedTransaction if
    it is not well-formed.
    """
    match decode(body):
        case bytes(data):
            return data
        case _:
            raise UnsupportedTransaction(f"the body of this ur:{ur_type} is not one byte string")


def body_of_bytes(data: bytes) -> bytes:
    """Return the body of a `psbt`, `crypto-psbt` or `bytes` that holds this."""
    return canonical.encode(data)
