"""Sighashes without a witness and of taproot: the public cases, other libraries, and their cost."""

import pytest
from embit.script import Script
from embit.transaction import SIGHASH
from embit.transaction import Transaction as OracleTransaction
from hypothesis import given
from hypothesis import strategies as st

from appliance.chains.bitcoin.digest import (
    SIGHASH_ALL,
    SIGHASH_DEFAULT,
    legacy_digests,
    segwit_digest,
    segwit_hashes,
    taproot_digest,
    taproot_hashes,
)
from appliance.chains.bitcoin.spendable import spend_taproot_key
from appliance.chains.bitcoin.taproot import output_key
from appliance.chains.bitcoin.transaction import (
    Input,
    Outpoint,
    Output,
    Transaction,
    parse_unsigned,
    serialize_stripped,
)
from appliance.errors import MalformedTransaction
from tests.appliance.chains.bitcoin.oracle_wally import wallycore
from tests.appliance.chains.bitcoin.test_digest import AMOUNTS, TRANSACTIONS
from tests.shared_vectors import need, shared

SCRIPT_CODES = st.binary(min_size=1, max_size=300).map(lambda data: data.replace(b"\xab", b"\xac"))
CODE_SEPARATOR = 0xAB


@given(TRANSACTIONS, SCRIPT_CODES)
def test_without_a_witness_it_is_what_other_libraries_compute(
    transaction: Transaction, script_code: bytes
) -> None:
    data = serialize_stripped(transaction)
    oracle, wally = OracleTransaction.parse(data), wallycore.tx_from_bytes(data, 0)
    codes = dict.fromkeys(range(len(transaction.inputs)), script_code)
    digests = dict(legacy_digests(transaction, codes))
    assert digests.keys() == codes.keys()
    for index, digest in digests.items():
        assert digest == oracle.sighash_legacy(index, Script(script_code), SIGHASH.ALL)
        assert digest == wallycore.tx_get_btc_signature_hash(
            wally, index, script_code, 0, wallycore.WALLY_SIGHASH_ALL, 0
        )


@given(TRANSACTIONS, st.data(), st.sampled_from([SIGHASH_DEFAULT, SIGHASH_ALL]))
def test_in_taproot_it_is_what_other_libraries_compute(
    transaction: Transaction, data: st.DataObject, sighash_type: int
) -> None:
    scripts = st.binary(min_size=32, max_size=32).map(b"\x51\x20".__add__)
    spent = [Output(data.draw(AMOUNTS) // 4, data.draw(scripts)) for _ in transaction.inputs]
    encoded = serialize_stripped(transaction)
    oracle = OracleTransaction.parse(encoded)
    wally = wallycore.tx_from_bytes(encoded, 0)
    known = wallycore.map_init(len(spent), None)
    for index, output in enumerate(spent):
        wallycore.map_add_integer(known, index, output.script)
    amounts = [output.amount for output in spent]
    hashes = taproot_hashes(transaction, spent)
    for index in range(len(spent)):
        digest = taproot_digest(hashes, index, sighash_type)
        assert digest == oracle.sighash_taproot(
            index, [Script(output.script) for output in spent], amounts, sighash_type
        )
        assert digest == wallycore.tx_get_btc_taproot_signature_hash(
            wally, index, known, amounts, None, 0, 0xFFFFFFFF, None, sighash_type, 0
        )


def test_agrees_with_the_public_digests_without_a_witness() -> None:
    """Of the random types: those that commit to all inputs and outputs, as ALL does."""
    seen = 0
    for case in need(shared("btc-tx/sighash_legacy.jsonl.gz")):
        sighash_type = case["hashType"] & 0xFFFFFFFF
        if sighash_type & 0x1F in (2, 3) or sighash_type & 0x80:
            continue
        oracle = OracleTransaction.parse(bytes.fromhex(case["raw_transaction"]))
        transaction = stripped(oracle)
        code = bytes(each for each in bytes.fromhex(case["script"]) if each != CODE_SEPARATOR)
        index = case["input_index"]
        digests = dict(legacy_digests(transaction, {index: code}, sighash_type))
        assert digests[index][::-1].hex() == case["signature_hash"], case["id"]
        seen += 1
    assert seen >= 80


def stripped(oracle: OracleTransaction) -> Transaction:
    for spent in oracle.vin:
        spent.script_sig = Script(b"")
    return Transaction(
        oracle.version & 0xFFFFFFFF,
        tuple(Input(Outpoint(each.txid[::-1], each.vout), each.sequence) for each in oracle.vin),
        tuple(Output(each.value, bytes(each.script_pubkey.data)) for each in oracle.vout),
        oracle.locktime,
    )


def test_agrees_with_the_public_digests_of_taproot_keys() -> None:
    seen = 0
    for case in need(shared("btc-tx/bip341_wallet.jsonl")):
        about = case["case"]
        if case["kind"] != "keyPathSpending":
            continue
        spent = [
            Output(each["amountSats"], bytes.fromhex(each["scriptPubKey"]))
            for each in about["given"]["utxosSpent"]
        ]
        transaction = parse_unsigned(bytes.fromhex(about["given"]["rawUnsignedTx"]))
        hashes = taproot_hashes(transaction, spent)
        for each in about["inputSpending"]:
            index, sighash_type = each["given"]["txinIndex"], each["given"]["hashType"]
            if sighash_type in (SIGHASH_DEFAULT, SIGHASH_ALL):
                digest = taproot_digest(hashes, index, sighash_type).hex()
                assert digest == each["intermediary"]["sigHash"]
                seen += 1
            if each["given"]["merkleRoot"] is None:
                internal = bytes.fromhex(each["intermediary"]["internalPubkey"])
                assert spend_taproot_key(b"\x02" + internal).script == spent[index].script
    assert seen >= 2


def test_agrees_with_the_public_digests_of_another_library() -> None:
    for case in need(shared("btc-tx/bitcoinjs_transaction.jsonl.gz")):
        about = case["case"]
        if case["group"] == "taprootSigning":
            transaction = parse_unsigned(bytes.fromhex(about["txHex"]))
            spent = [Output(u["value"], bytes.fromhex(u["scriptHex"])) for u in about["utxos"]]
            hashes = taproot_hashes(transaction, spent)
            for each in about["cases"]:
                kind = int(each["typeHex"], 16)
                if kind in (SIGHASH_DEFAULT, SIGHASH_ALL):
                    digest = taproot_digest(hashes, each["vin"], kind)
                    assert digest.hex() == each["hash"]
        elif case["group"] == "hashForWitnessV0" and about["type"] == SIGHASH_ALL:
            transaction = parse_unsigned(bytes.fromhex(about["txHex"]))
            spent_input = transaction.inputs[about["inIndex"]]
            code = assembled(about["script"])
            digest = segwit_digest(segwit_hashes(transaction), spent_input, code, about["value"])
            assert digest.hex() == about["hash"]


OPCODES = {"DUP": 0x76, "HASH160": 0xA9, "EQUALVERIFY": 0x88, "CHECKSIG": 0xAC, "6": 0x56}
OPCODES["CHECKMULTISIG"] = 0xAE


def assembled(text: str) -> bytes:
    """The bytes of a script of opcodes and short pushes."""
    pieces = []
    for word in text.split():
        pushed = b"" if word.startswith("OP_") else bytes.fromhex(word)
        head = len(pushed) if pushed else OPCODES[word.removeprefix("OP_")]
        pieces.append(bytes((head,)) + pushed)
    return b"".join(pieces)


def test_a_taproot_key_is_the_x_of_a_point() -> None:
    for key in (b"\xff" * 32, bytes(32)):
        with pytest.raises(MalformedTransaction):
            output_key(key)
