"""Transactions: one encoding each, read by us as others read them."""

import pytest
from embit.script import Script, Witness
from embit.transaction import Transaction as OracleTransaction
from embit.transaction import TransactionInput, TransactionOutput
from hypothesis import given
from hypothesis import strategies as st

from appliance.chains.bitcoin.transaction import (
    MAX_MONEY,
    Input,
    Outpoint,
    Output,
    Transaction,
    display,
    parse,
    parse_output,
    parse_unsigned,
    serialize,
    serialize_output,
    serialize_stripped,
    txid,
)
from appliance.errors import DecodeError, MalformedTransaction
from tests.appliance.chains.bitcoin.oracle_wally import wallycore
from tests.appliance.chains.bitcoin.world import attempt, hot_payment
from tests.shared_vectors import need, shared

U32 = st.integers(min_value=0, max_value=(1 << 32) - 1)
SCRIPTS = st.binary(max_size=300)
OUTPUTS = st.builds(Output, st.integers(min_value=0, max_value=MAX_MONEY // 4), SCRIPTS)


def inputs(script_sigs: st.SearchStrategy[bytes]) -> st.SearchStrategy[Input]:
    outpoints = st.builds(Outpoint, st.binary(min_size=32, max_size=32), U32)
    witness = st.lists(st.binary(max_size=80), max_size=3).map(tuple)
    return st.builds(Input, outpoints, script_sigs, U32, witness)


def transactions(script_sigs: st.SearchStrategy[bytes]) -> st.SearchStrategy[Transaction]:
    return st.builds(
        Transaction,
        U32,
        st.lists(inputs(script_sigs), min_size=1, max_size=3).map(tuple),
        st.lists(OUTPUTS, max_size=4).map(tuple),
        U32,
    )


@given(transactions(SCRIPTS))
def test_reads_what_it_writes(transaction: Transaction) -> None:
    assert parse(serialize(transaction)) == transaction


@given(transactions(SCRIPTS))
def test_writes_as_another_library_writes(transaction: Transaction) -> None:
    spent = []
    for each in transaction.inputs:
        vin = TransactionInput(
            display(each.outpoint.txid), each.outpoint.index, Script(each.script_sig), each.sequence
        )
        vin.witness = Witness(list(each.witness))
        spent.append(vin)
    paid = [TransactionOutput(each.amount, Script(each.script)) for each in transaction.outputs]
    oracle = OracleTransaction(transaction.version, spent, paid, transaction.locktime)
    assert serialize(transaction) == oracle.serialize()
    assert display(txid(transaction)) == oracle.txid()


@given(st.binary(max_size=300))
def test_whatever_it_reads_it_writes_back(data: bytes) -> None:
    result = attempt(parse, data)
    assert isinstance(result, DecodeError) or serialize(result) == data


@given(transactions(SCRIPTS), st.data())
def test_a_changed_transaction_is_read_as_another_or_refused(
    transaction: Transaction, data: st.DataObject
) -> None:
    encoded = bytearray(serialize(transaction))
    at = data.draw(st.integers(min_value=0, max_value=len(encoded) - 1))
    encoded[at] ^= 1 << data.draw(st.integers(min_value=0, max_value=7))
    result = attempt(parse, bytes(encoded))
    if not isinstance(result, DecodeError):
        assert result != transaction
        assert serialize(result) == bytes(encoded)


@given(transactions(st.just(b"")))
def test_an_unsigned_transaction_has_no_witness_form(transaction: Transaction) -> None:
    stripped = serialize_stripped(transaction)
    assert serialize_stripped(parse_unsigned(stripped)) == stripped
    if serialize(transaction) != stripped:
        result = attempt(parse_unsigned, serialize(transaction))
        assert isinstance(result, MalformedTransaction)


def test_an_unsigned_transaction_has_no_input_script() -> None:
    signed = Transaction(2, (Input(Outpoint(bytes(32), 0), b"\x51", 0),), (), 0)
    with pytest.raises(MalformedTransaction, match="input script"):
        parse_unsigned(serialize(signed))


@given(OUTPUTS)
def test_reads_a_single_output_it_wrote(output: Output) -> None:
    assert parse_output(serialize_output(output)) == output
    with pytest.raises(MalformedTransaction, match="1 bytes follow"):
        parse_output(serialize_output(output) + b"\0")


def test_no_output_is_worth_more_than_all_coins() -> None:
    assert parse_output(serialize_output(Output(MAX_MONEY, b""))).amount == MAX_MONEY
    with pytest.raises(MalformedTransaction, match="all coins"):
        parse_output(serialize_output(Output(MAX_MONEY + 1, b"")))


@pytest.mark.parametrize("count", ["fdffff", "feffffffff", "ffffffffffffffffff"])
def test_ends_at_once_where_more_is_announced_than_there_is(count: str) -> None:
    for before in ("02000000", "02000000" + "00"):
        with pytest.raises(MalformedTransaction, match="announces more"):
            parse_unsigned(bytes.fromhex(before + count) + bytes(40))


def test_reads_every_public_valid_transaction_as_libwally_does() -> None:
    for case in need(shared("btc-tx/tx_valid.jsonl")):
        data = bytes.fromhex(case["case"][1])
        transaction = parse(data)
        assert serialize(transaction) == data, case["id"]
        oracle = wallycore.tx_from_bytes(data, wallycore.WALLY_TX_FLAG_USE_WITNESS)
        assert txid(transaction) == bytes(wallycore.tx_get_txid(oracle)), case["id"]


def test_public_invalid_transactions_are_refused_or_written_back() -> None:
    for case in need(shared("btc-tx/tx_invalid.jsonl")):
        data = bytes.fromhex(case["case"][1])
        result = attempt(parse, data)
        assert isinstance(result, DecodeError) or serialize(result) == data, case["id"]


def test_agrees_with_the_public_names_of_transactions() -> None:
    for case in need(shared("btc-tx/bitcoinjs_transaction.jsonl.gz")):
        about = case["case"]
        if case["group"] == "valid":
            data = bytes.fromhex(about.get("whex") or about["hex"])
            transaction = parse(data)
            assert serialize(transaction) == data, case["id"]
            assert display(txid(transaction)).hex() == about["id"], case["id"]
        elif case["group"] == "invalid" and about["kind"] == "fromBuffer":
            with pytest.raises(MalformedTransaction):
                parse(bytes.fromhex(about["hex"]))


def test_the_worlds_transactions_are_read_whole() -> None:
    oracle = hot_payment().transaction
    assert display(txid(parse_unsigned(oracle.serialize()))) == oracle.txid()
