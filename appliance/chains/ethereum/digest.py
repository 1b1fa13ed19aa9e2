"""What is signed, and what other tools can compare."""

from appliance.chains.ethereum.transaction import Preimage
from appliance.hashes import keccak256


def signing_hash(preimage: Preimage) -> bytes:
    """Return what the sender signs: Keccak-256 of the unsigned transaction as serialized here.

    Sources: EIP-155 for legacy transactions, EIP-2718 with each type's own EIP for the others.
    """
    return keccak256(preimage)


def calldata_digest(calldata: bytes) -> bytes:
    """Return the digest that people compare between tools (ERC-8213).

    It is Keccak-256 over the calldata's length as a 32-byte word, and the calldata.
    """
    return keccak256(len(calldata).to_bytes(32, "big") + calldata)
