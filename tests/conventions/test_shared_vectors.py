"""Every row of the shared vectors has a test that reads it, or a reason why none does."""

import re

import pytest

from tests.shared_vectors import ROOT, folder

TESTS = ROOT / "tests" / "appliance"
READ_BY = {
    "adversarial/": "inspection/test_shared_sample.py",
    "bbqr/": "wire/test_bbqr.py",
    "btc-address/": "chains/bitcoin/test_public_coverage.py",
    "btc-descriptor/": "chains/bitcoin/test_public_coverage.py",
    "btc-keys/": "chains/bitcoin/test_public_coverage.py",
    "btc-psbt/": "chains/bitcoin/test_public_coverage.py",
    "btc-tx/": "chains/bitcoin/test_public_coverage.py",
    "btc-uri-labels/bip129": "wallet_export/test_bsms.py",
    "btc-uri-labels/bitcoin_uri": "../online_coordinator/test_payment_uris.py",
    "cbor/": "wire/test_canonical.py",
    "crypto/der_signature": "test_signatures.py",
    "crypto/secp256k1_rfc6979": "test_signatures.py",
    "crypto/wycheproof/ecdsa_": "test_signatures.py",
    "crypto/wycheproof/ed25519": "wire/test_envelope.py",
    "eth-": "chains/ethereum/test_vectors.py",
    "qr-images/": "wire/test_camera_photographs.py",
    "qr-video/": "cli/test_wire_formats.py",
    "slip39/": "custody/test_shares.py",
    "sol/": "chains/solana/test_public_cases.py",
    "sol/shortvec": "codecs/test_shortvec.py",
    "sol/trezor_": "chains/solana/test_trezor_cases.py",
    "text/json_parsing": "inspection/test_strict_json.py",
    "text/naughty_strings": "model/test_text.py",
    "tron/": "chains/tron/test_public_cases.py",
    "ur/": "wire/test_ur.py",
}
"""By the longest beginning of a row's name. A folder's own coverage test tells about each file."""
NOT_READ = {
    "btc-uri-labels/bip322": "messages are never signed; a PSBT that carries one is refused",
    "btc-uri-labels/bip329": "labels come from the signed whitelist alone",
    "crypto/bip340": "no key here makes Schnorr signatures",
    "crypto/cctv_ed25519": "which edge cases verify is the library's own choice",
    "crypto/ed25519_rfc8032": "Ed25519 signing is the library's",
    "crypto/wycheproof/aes": "sealing is AES-GCM of the library, under keys that nobody chooses",
    "crypto/wycheproof/chacha20": "not used",
    "crypto/wycheproof/hkdf": "not used",
    "crypto/wycheproof/hmac": "of the standard library",
    "crypto/wycheproof/pbkdf2": "not used",
    "sol/trezor_get_public_key": "public keys of seeds, which have no place here",
}
ROW = re.compile(r"^\| ([a-z0-9-]+/[^ |]*) \|", re.MULTILINE)


def test_every_row_is_read_or_has_a_reason() -> None:
    index = folder() / "README.md"
    if not index.exists():
        pytest.skip("the shared vectors are not here (AIRLOCK_VECTORS)")
    rows = ROW.findall(index.read_text("utf-8"))
    assert len(rows) > 100
    missing = [row for row in rows if _longest(row, READ_BY) == _longest(row, NOT_READ) == ""]
    assert missing == []


@pytest.mark.parametrize("beginning", READ_BY)
def test_the_test_that_is_named_reads_the_topic(beginning: str) -> None:
    topic = beginning.split("/", maxsplit=1)[0].rstrip("-")
    assert topic in (TESTS / READ_BY[beginning]).read_text("utf-8")


def _longest(row: str, table: dict[str, str]) -> str:
    return max((each for each in table if row.startswith(each)), key=len, default="")
