"""What is signed, and what other tools can compare."""

from hashlib import sha256

from appliance.hashes import keccak256


def transaction_id(raw_data: bytes) -> bytes:
    """Return the txID, which is also what the owner signs: SHA-256 of the raw data.

    Source: TRON protocol documentation, "Transaction" (txID, signature).
    """
    return sha256(raw_data).digest()


def calldata_digest(calldata: bytes) -> bytes:
    """Return the digest that people compare between tools (ERC-8213).

    It is Keccak-256 over the calldata's length as a 32-byte word, and the calldata.
    """
    return keccak256(len(calldata).to_bytes(32, "big") + calldata)
