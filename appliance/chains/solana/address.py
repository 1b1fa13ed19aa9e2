"""Addresses: thirty-two bytes, and the one way to spell them (Base58)."""

from functools import lru_cache

from appliance.codecs import base58
from appliance.errors import MalformedTransaction, UnsupportedTransaction

ADDRESS_BYTES = 32
NETWORKS = frozenset({"mainnet", "devnet", "testnet", "localnet"})
"""Solana's clusters. Nothing in an address or a message tells them apart."""

_MAX_CHARACTERS = 44


def normalise_address(text: str, network: str) -> str:
    """Return an address of `network`, of which there is one spelling only.

    Raises MalformedTransaction for what is not the Base58 of exactly 32 bytes, and
    UnsupportedTransaction where the network is not known.
    """
    if network not in NETWORKS:
        raise UnsupportedTransaction(f"a Solana network is one of {', '.join(sorted(NETWORKS))}")
    return spell_address(parse_address(text))


def parse_address(text: str) -> bytes:
    """Return the 32 bytes of an address. Raises MalformedTransaction as `normalise_address`."""
    address = base58.decode(text) if len(text) <= _MAX_CHARACTERS else b""
    if len(address) != ADDRESS_BYTES:
        raise MalformedTransaction("a Solana address is the Base58 of 32 bytes")
    return address


@lru_cache(maxsize=8192)
def spell_address(address: bytes) -> str:
    """Return the spelling of 32 bytes."""
    return base58.encode(address)
