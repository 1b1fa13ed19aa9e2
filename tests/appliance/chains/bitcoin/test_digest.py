"""Sighashes of witness version 0: the public examples, other libraries, and their cost."""

from dataclasses import replace

import pytest
from embit.script import Script
from embit.transaction import Transaction as OracleTransaction
from hypothesis import given
from hypothesis import strategies as st

from appliance.chains.bitcoin.digest import segwit_digest, segwit_hashes
from appliance.chains.bitcoin.transaction import (
    MAX_MONEY,
    Input,
    Outpoint,
    Output,
    Transaction,
    parse_unsigned,
    serialize_stripped,
)
from tests.appliance.chains.bitcoin.oracle_wally import wallycore
from tests.shared_vectors import need, shared

U32 = st.integers(min_value=0, max_value=(1 << 32) - 1)
OUTPOINTS = st.builds(Outpoint, st.binary(min_size=32, max_size=32), U32)
INPUTS = st.builds(Input, OUTPOINTS, U32)
OUTPUTS = st.builds(
    Output, st.integers(min_value=0, max_value=MAX_MONEY // 4), st.binary(max_size=50)
)
TRANSACTIONS = st.builds(
    Transaction,
    st.integers(min_value=1, max_value=2),
    st.lists(INPUTS, min_size=1, max_size=4).map(tuple),
    st.lists(OUTPUTS, min_size=1, max_size=4).map(tuple),
    U32,
)
AMOUNTS = st.integers(min_value=0, max_value=MAX_MONEY)


@given(TRANSACTIONS, st.binary(min_size=1, max_size=300), AMOUNTS)
def test_is_what_other_libraries_compute(
    transaction: Transaction, script_code: bytes, amount: int
) -> None:
    oracle = OracleTransaction.parse(serialize_stripped(transaction))
    wally = wallycore.tx_from_bytes(serialize_stripped(transaction), 0)
    hashes = segwit_hashes(transaction)
    for index, spent in enumerate(transaction.inputs):
        ours = segwit_digest(hashes, spent, script_code, amount)
        assert ours == oracle.sighash_segwit(index, Script(script_code), amount)
        assert ours == wallycore.tx_get_btc_signature_hash(
            wally,
            index,
            script_code,
            amount,
            wallycore.WALLY_SIGHASH_ALL,
            wallycore.WALLY_TX_FLAG_USE_WITNESS,
        )


@given(TRANSACTIONS, AMOUNTS, st.data())
def test_commits_to_everything_that_is_signed(
    transaction: Transaction, amount: int, data: st.DataObject
) -> None:
    spent, paid = transaction.inputs[0], transaction.outputs[0]
    before = segwit_digest(segwit_hashes(transaction), spent, b"\x51", amount)
    others = {
        "version": replace(transaction, version=3),
        "locktime": replace(transaction, locktime=transaction.locktime ^ 1),
        "amount paid": _with_output(transaction, replace(paid, amount=paid.amount ^ 1)),
        "script paid": _with_output(transaction, replace(paid, script=paid.script + b"\0")),
        "sequence": _with_input(transaction, replace(spent, sequence=spent.sequence ^ 1)),
    }
    other = others[data.draw(st.sampled_from(sorted(others)))]
    assert segwit_digest(segwit_hashes(other), other.inputs[0], b"\x51", amount) != before
    assert segwit_digest(segwit_hashes(transaction), spent, b"\x52", amount) != before
    assert segwit_digest(segwit_hashes(transaction), spent, b"\x51", amount ^ 1) != before


def _with_input(transaction: Transaction, spent: Input) -> Transaction:
    return replace(transaction, inputs=(spent, *transaction.inputs[1:]))


def _with_output(transaction: Transaction, paid: Output) -> Transaction:
    return replace(transaction, outputs=(paid, *transaction.outputs[1:]))


def test_agrees_with_the_worked_examples() -> None:
    seen = 0
    for case in need(shared("btc-tx/bip143.jsonl")):
        transaction = parse_unsigned(bytes.fromhex(case["unsigned_tx"]))
        hashes = segwit_hashes(transaction)
        for preimage, expected in zip(case["preimages"], case["sighashes"], strict=False):
            if not preimage.endswith("01000000"):
                continue
            fields = bytes.fromhex(preimage)
            outpoint = Outpoint(fields[68:100], int.from_bytes(fields[100:104], "little"))
            script_code, amount = fields[105:-52], int.from_bytes(fields[-52:-44], "little")
            spent = next(each for each in transaction.inputs if each.outpoint == outpoint)
            assert segwit_digest(hashes, spent, script_code, amount).hex() == expected, case["id"]
            seen += 1
    assert seen


@pytest.mark.parametrize("count", [1, 10, 1000])
def test_what_inputs_share_has_one_size_however_many_there_are(count: int) -> None:
    """So the digest of one more input costs the same few hundred bytes of hashing."""
    inputs = tuple(Input(Outpoint(bytes(32), index), 0) for index in range(count))
    hashes = segwit_hashes(Transaction(2, inputs, (Output(1, b"\x51"),) * count, 0))
    assert (len(hashes.before), len(hashes.after)) == (4 + 32 + 32, 32 + 4 + 4)
