"""Ed25519 keys in files: the coordinator's transport key, and the personal keys of operators.

A personal key is PKCS#8, encrypted with a passphrase (RFC 8018), and lives with its person. The
database never holds a private key.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from online_coordinator.errors import InputRefused, KeyFileInvalid, WrongPassphrase

LEAST_PASSPHRASE = 12
MAX_KEY_FILE = 16_384


@dataclass(frozen=True, slots=True)
class SigningKey:
    """An Ed25519 key that can sign."""

    private: Ed25519PrivateKey

    @property
    def public(self) -> bytes:
        """The public key, 32 bytes."""
        return self.private.public_key().public_bytes_raw()

    def sign(self, data: bytes) -> bytes:
        """Return the 64-byte signature over `data`."""
        return self.private.sign(data)


def create_personal_key(path: Path, passphrase: str) -> SigningKey:
    """Make a key and write it, encrypted, to a new file. Raises InputRefused, KeyFileInvalid."""
    if len(passphrase) < LEAST_PASSPHRASE:
        raise InputRefused(f"a passphrase has at least {LEAST_PASSPHRASE} characters")
    key = SigningKey(Ed25519PrivateKey.generate())
    _write_new(path, _pem(key, BestAvailableEncryption(passphrase.encode())))
    return key


def open_personal_key(path: Path, passphrase: str) -> SigningKey:
    """Open an encrypted key file. Raises KeyFileInvalid, WrongPassphrase."""
    data = _read(path)
    if b"ENCRYPTED PRIVATE KEY" not in data:
        raise KeyFileInvalid(f"{path} is not an encrypted private key (PKCS#8)")
    return _key(path, data, passphrase.encode())


def transport_key(folder: Path) -> SigningKey:
    """Return the coordinator's own key, made on first use in a file that only its owner reads.

    Raises KeyFileInvalid when the file is not a key or others may read it.
    """
    path = folder / "transport.key"
    if not path.exists():
        _write_new(path, _pem(SigningKey(Ed25519PrivateKey.generate()), NoEncryption()))
    if path.stat().st_mode & 0o077:
        raise KeyFileInvalid(f"{path} may be read by others: its mode must be 0600")
    return _key(path, _read(path), None)


def _pem(key: SigningKey, encryption: KeySerializationEncryption) -> bytes:
    return key.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)


def _key(path: Path, data: bytes, passphrase: bytes | None) -> SigningKey:
    try:
        private = load_pem_private_key(data, passphrase)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        if passphrase is None:
            raise KeyFileInvalid(f"{path} is not a private key") from None
        raise WrongPassphrase(f"this passphrase does not open {path}") from None
    if not isinstance(private, Ed25519PrivateKey):
        raise KeyFileInvalid(f"{path} is not an Ed25519 key")
    return SigningKey(private)


def _write_new(path: Path, data: bytes) -> None:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
    except FileExistsError:
        raise KeyFileInvalid(f"{path} exists already; a key is never overwritten") from None
    except OSError as failure:
        raise KeyFileInvalid(f"{path} cannot be written: {failure.strerror}") from None


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_KEY_FILE)
    except OSError as failure:
        raise KeyFileInvalid(f"{path} cannot be read: {failure.strerror}") from None
