"""Extended public keys and their unhardened children (BIP-32)."""

import hmac
from dataclasses import dataclass
from functools import lru_cache

from coincurve import PublicKey

from appliance.chains.bitcoin.network import Network
from appliance.chains.bitcoin.script import is_point
from appliance.codecs import base58check
from appliance.errors import MalformedTransaction, UnsupportedTransaction

HARDENED = 1 << 31
"""Children from here on need the private key."""

_SERIALIZED_SIZE = 78


@dataclass(frozen=True, slots=True)
class ExtendedKey:
    """A public key (SEC 1, compressed) and the chain code that its children are made with."""

    public_key: bytes
    chain_code: bytes


def parse_extended_key(text: str, network: Network) -> ExtendedKey:
    """Read an extended public key of a network.

    Raises MalformedTransaction for what is none, and UnsupportedTransaction for one of another
    network and for a private one, which has no place here.
    """
    payload = base58check.decode_check(text)
    if len(payload) != _SERIALIZED_SIZE:
        raise MalformedTransaction(f"an extended key has {_SERIALIZED_SIZE} bytes")
    version, depth, origin, key = payload[:4], payload[4], payload[5:13], payload[45:]
    if key[0] == 0:
        raise UnsupportedTransaction("the extended key is private: treat it as disclosed")
    if version != network.extended_key_version:
        raise UnsupportedTransaction(f"the extended key is not a public one of {network.name}")
    if not is_point(key):
        raise MalformedTransaction("the extended key is not a point of secp256k1")
    if depth == 0 and any(origin):
        raise MalformedTransaction("the extended key is a master key with a parent")
    return ExtendedKey(key, payload[13:45])


def child(parent: ExtendedKey, index: int) -> ExtendedKey:
    """Return the unhardened child at an index below 2^31 (BIP-32, CKDpub).

    Raises MalformedTransaction for the one index in 2^127 that has none.
    """
    material = parent.public_key + index.to_bytes(4, "big")
    digest = hmac.digest(parent.chain_code, material, "sha512")
    try:
        point = _point(parent.public_key).add(digest[:32])
    except ValueError:
        raise MalformedTransaction(f"the extended key has no child {index}") from None
    return ExtendedKey(point.format(), digest[32:])


@lru_cache(maxsize=64)
def _point(public_key: bytes) -> PublicKey:
    return PublicKey(public_key)
