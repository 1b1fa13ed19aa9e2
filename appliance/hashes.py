"""Hash functions, by the names the field gives them."""

from hashlib import sha256

from Crypto.Hash import RIPEMD160, keccak


def sha256d(data: bytes) -> bytes:
    """Return SHA-256 of SHA-256 (Bitcoin's txid and sighash)."""
    return sha256(sha256(data).digest()).digest()


def hash160(data: bytes) -> bytes:
    """Return RIPEMD-160 of SHA-256 (Bitcoin's public key and script hashes)."""
    return RIPEMD160.new(sha256(data).digest()).digest()


def keccak256(data: bytes) -> bytes:
    """Return Keccak-256 with the original padding (Ethereum), not SHA3-256."""
    return keccak.new(data=data, digest_bits=256).digest()


def tagged_hash(tag: str, data: bytes) -> bytes:
    """Return SHA-256 over SHA-256(tag) twice and the data (BIP-340)."""
    prefix = sha256(tag.encode()).digest()
    return sha256(prefix + prefix + data).digest()
