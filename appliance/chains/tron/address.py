"""Addresses: the byte 41 and twenty bytes, spelled in Base58Check."""

from functools import lru_cache

from coincurve import PublicKey

from appliance.codecs import base58check
from appliance.errors import MalformedTransaction, UnsupportedTransaction
from appliance.hashes import keccak256

PREFIX = b"\x41"
"""What every address begins with, on the main network and on the test networks alike."""
ADDRESS_BYTES = 21
NETWORKS = frozenset({"mainnet", "nile", "shasta", "private"})


def normalise_address(text: str, network: str) -> str:
    """Return the one spelling of an address, which is Base58Check and the same on every network.

    Raises MalformedTransaction for anything else, and UnsupportedTransaction for a network that is
    not known.
    """
    if network not in NETWORKS:
        raise UnsupportedTransaction(f"a TRON network is one of {', '.join(sorted(NETWORKS))}")
    return spell_address(parse_address(text))


def parse_address(text: str) -> bytes:
    """Return the twenty-one bytes of an address. Raises as `normalise_address`."""
    payload = base58check.decode_check(text)
    if not is_address(payload):
        raise MalformedTransaction("a TRON address holds the byte 41 and twenty bytes")
    return payload


def is_address(data: bytes) -> bool:
    """Return whether bytes have the form of an address."""
    return len(data) == ADDRESS_BYTES and data.startswith(PREFIX)


@lru_cache(maxsize=4096)
def spell_address(address: bytes) -> str:
    """Return the spelling of the twenty-one bytes of an address."""
    return base58check.encode_check(address)


def address_of_public_key(public_key: bytes) -> bytes:
    """Return the address of a compressed public key (SEC 1, 33 bytes).

    It is 41 and the last twenty bytes of Keccak-256 over the coordinates (TRON documentation,
    "Account"). Raises MalformedTransaction for what is not a compressed point of secp256k1.
    """
    if len(public_key) != 33:
        raise MalformedTransaction("a compressed public key has 33 bytes")
    try:
        point = PublicKey(public_key).format(compressed=False)
    except ValueError:
        raise MalformedTransaction("the public key is not a point of secp256k1") from None
    return PREFIX + keccak256(point[1:])[1 - ADDRESS_BYTES :]
