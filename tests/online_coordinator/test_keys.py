"""Key files: personal keys under a passphrase, the transport key under a file mode."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
)

from online_coordinator.errors import InputRefused, KeyFileInvalid, WrongPassphrase
from online_coordinator.keys import create_personal_key, open_personal_key, transport_key

OPENING_WORDS = "correct horse battery"


def test_a_personal_key_opens_with_its_passphrase_only(folder: Path) -> None:
    path = folder / "mia.key"
    created = create_personal_key(path, OPENING_WORDS)
    opened = open_personal_key(path, OPENING_WORDS)
    assert opened.public == created.public
    Ed25519PublicKey.from_public_bytes(opened.public).verify(opened.sign(b"x"), b"x")
    with pytest.raises(WrongPassphrase):
        open_personal_key(path, OPENING_WORDS + "!")


def test_a_key_file_is_for_its_owner_only_and_never_overwritten(folder: Path) -> None:
    path = folder / "mia.key"
    create_personal_key(path, OPENING_WORDS)
    assert path.stat().st_mode & 0o777 == 0o600
    assert b"ENCRYPTED" in path.read_bytes()
    with pytest.raises(KeyFileInvalid, match="never overwritten"):
        create_personal_key(path, OPENING_WORDS)


def test_refuses_a_short_passphrase(folder: Path) -> None:
    with pytest.raises(InputRefused):
        create_personal_key(folder / "mia.key", "short")


def test_refuses_files_that_are_no_encrypted_ed25519_key(folder: Path) -> None:
    transport_key(folder)
    other = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(OPENING_WORDS.encode())
    )
    (folder / "p256.key").write_bytes(other)
    (folder / "junk.key").write_bytes(b"-----BEGIN ENCRYPTED PRIVATE KEY-----\nx")
    for name in ("absent.key", "transport.key", "p256.key"):
        with pytest.raises(KeyFileInvalid):
            open_personal_key(folder / name, OPENING_WORDS)
    with pytest.raises(WrongPassphrase):
        open_personal_key(folder / "junk.key", OPENING_WORDS)


def test_the_transport_key_is_made_once_and_private(folder: Path) -> None:
    assert transport_key(folder).public == transport_key(folder).public
    path = folder / "transport.key"
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o644)
    with pytest.raises(KeyFileInvalid, match="0600"):
        transport_key(folder)
