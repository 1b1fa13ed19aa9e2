"""Every file of public Bitcoin cases has tests that run it, and every case not run has a reason."""

from pathlib import Path

from tests.shared_vectors import folder, need, shared

HERE = Path(__file__).parent
TABLE = {
    "btc-psbt/bip174.jsonl": "run",
    "btc-psbt/bip370.jsonl": "run",
    "btc-psbt/bip371.jsonl": "run",
    "btc-psbt/bip174_flow_core.json": "its PSBTs' signatures are verified; creating, combining and "
    "finalising are the coordinator's",
    "btc-psbt/core_rpc_psbt.jsonl": "run; what is invalid only for a signer with a private key is "
    "read, since none is here",
    "btc-psbt/hwi_psbt.jsonl": "run",
    "btc-psbt/bitcoinjs_psbt.jsonl": "run; sign checks carry private keys and a byte behind the "
    "PSBT, and finalising is the coordinator's",
    "btc-psbt/coldcard_psbt.jsonl": "run; the valid ones are read, their wallets are not given",
    "btc-psbt/ledger_psbt.jsonl": "run; the wallets of miniscript are outside the grammar",
    "btc-psbt/bitbox02_btc_tx.jsonl": "run; the three of Litecoin are of another chain",
    "btc-psbt/jade_tx.jsonl": "PSBTs are read and their signatures verified; sign requests in the "
    "device's own JSON are another format, and a PSBT names no network to be wrong about",
    "btc-psbt/seedsigner_psbt.jsonl": "run",
    "btc-psbt/krux_psbt.jsonl": "run; signatures are verified wherever they stand",
    "btc-tx/tx_valid.jsonl": "run",
    "btc-tx/tx_invalid.jsonl": "run for the encoding: scripts are not executed here",
    "btc-tx/sighash_legacy.jsonl.gz": "run for the types that commit to everything, as ALL does",
    "btc-tx/bip143.jsonl": "run for ALL",
    "btc-tx/bip341_wallet.jsonl": "run for keys without scripts, and for DEFAULT and ALL",
    "btc-tx/bitcoinjs_transaction.jsonl.gz": "run; type 0 without a witness is never signed",
    "btc-address/bip173.jsonl": "run",
    "btc-address/bip350.jsonl": "run",
    "btc-address/core_key_io_valid.jsonl": "run; private keys never enter",
    "btc-address/core_key_io_invalid.jsonl": "run",
    "btc-address/core_base58_encode_decode.jsonl": "tests of the codec run it",
    "btc-address/bitcoinjs_address.jsonl": "run",
    "btc-address/scure_base58check.jsonl": "tests of the codec run it",
    "btc-descriptor/bip380_family.jsonl": "run",
    "btc-descriptor/bip388_policies.jsonl": "valid ones are read as the descriptors they stand "
    "for; templates themselves are no format here",
    "btc-descriptor/ledger_policies.jsonl": "run",
    "btc-descriptor/jade_multisig_registration.jsonl": "run; registration files are no format "
    "here, those of Liquid are of another chain",
    "btc-descriptor/bip67.jsonl": "run",
    "btc-keys/bip32.jsonl": "run; private derivation is the HSM's",
    "btc-keys/bip32_hwi.jsonl.gz": "run",
    "btc-keys/bip39.jsonl": "words and private keys never enter",
    "btc-keys/slip10.jsonl": "run for public children of secp256k1; private keys never enter",
}


def test_every_file_is_in_the_table() -> None:
    need(shared("btc-psbt/bip174.jsonl"))
    found = {
        f"{path.parent.name}/{path.name}"
        for topic in ("btc-psbt", "btc-tx", "btc-address", "btc-descriptor", "btc-keys")
        for path in (folder() / topic).iterdir()
    }
    assert found == TABLE.keys()


def test_every_file_that_is_run_is_named_by_a_test() -> None:
    own = "\n".join(path.read_text() for path in HERE.glob("test_*.py") if path != Path(__file__))
    for name, told in TABLE.items():
        if told.startswith("run"):
            stem = name.partition("/")[2].partition(".")[0]
            assert f"{stem}" in own, name
