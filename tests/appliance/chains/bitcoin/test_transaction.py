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
    Previous,
    Transaction,
    display,
    parse_output,
    parse_previous,
    parse_unsigned,
    serialize_output,
    serialize_stripped,
)
from appliance.errors import DecodeError, MalformedTransaction
from appliance.hashes import sha256d
from tests.appliance.chains.bitcoin.oracle_wally import wallycore
from tests.appliance.chains.bitcoin.world import attempt, hot_payment
from tests.shared_vectors import need, shared

U32 = st.integers(min_value=0, max_value=(1 << 32) - 1)
SCRIPTS = st.binary(max_size=300)
OUTPUTS = st.builds(Output, st.integers(min_value=0, max_value=MAX_MONEY // 4), SCRIPTS)
OUTPOINTS = st.builds(Outpoint, st.binary(min_size=32, max_size=32), U32)
TRANSACTIONS = st.builds(
    Transaction,
    U32,
    st.lists(st.builds(Input, OUTPOINTS, U32), min_size=1, max_size=3).map(tuple),
    st.lists(OUTPUTS, max_size=4).map(tuple),
    U32,
)


def oracle_of(transaction: Transaction) -> OracleTransaction:
    spent = [
        TransactionInput(
            display(each.outpoint.txid), each.outpoint.index, Script(b""), each.sequence
        )
        for each in transaction.inputs
    ]
    paid = [TransactionOutput(each.amount, Script(each.script)) for each in transaction.outputs]
    return OracleTransaction(transaction.version, spent, paid, transaction.locktime)


@st.composite
def signed_transactions(draw: st.DrawFn) -> OracleTransaction:
    oracle = oracle_of(draw(TRANSACTIONS))
    for spent in oracle.vin:
        spent.script_sig = Script(draw(SCRIPTS))
        spent.witness = Witness(draw(st.lists(st.binary(max_size=80), max_size=3)))
    return oracle


@given(TRANSACTIONS)
def test_reads_what_it_writes_as_another_library_writes_it(transaction: Transaction) -> None:
    stripped = serialize_stripped(transaction)
    assert stripped == oracle_of(transaction).serialize()
    assert parse_unsigned(stripped) == transaction


@given(signed_transactions())
def test_names_a_signed_transaction_as_another_library_does(oracle: OracleTransaction) -> None:
    previous = parse_previous(oracle.serialize())
    assert display(previous.txid) == oracle.txid()
    assert [(each.amount, each.script) for each in previous.outputs] == [
        (each.value, each.script_pubkey.data) for each in oracle.vout
    ]


@given(signed_transactions(), st.data())
def test_a_changed_transaction_is_read_as_another_or_refused(
    oracle: OracleTransaction, data: st.DataObject
) -> None:
    encoded = bytearray(oracle.serialize())
    before = parse_previous(bytes(encoded))
    at = data.draw(st.integers(min_value=0, max_value=len(encoded) - 1))
    encoded[at] ^= 1 << data.draw(st.integers(min_value=0, max_value=7))
    result = attempt(parse_previous, bytes(encoded))
    if not isinstance(result, DecodeError):
        has_witness = any(each.witness.items for each in oracle.vin)
        assert result.txid != before.txid or has_witness


@given(signed_transactions(), st.integers(min_value=0), st.binary(max_size=3))
def test_every_beginning_and_every_continuation_is_malformed(
    oracle: OracleTransaction, cut: int, tail: bytes
) -> None:
    encoded = bytes(oracle.serialize())
    short = encoded[: cut % len(encoded)]
    for data in (short, encoded + tail + b"\0"):
        assert isinstance(attempt(parse_previous, data), MalformedTransaction)


@given(st.binary(max_size=300))
def test_whatever_it_reads_another_library_reads_and_writes_back(data: bytes) -> None:
    result = attempt(parse_previous, data)
    if not isinstance(result, DecodeError) and data[4:6] != b"\x00\x00":
        assert OracleTransaction.parse(data).serialize() == data


@given(signed_transactions())
def test_an_unsigned_transaction_has_no_witness_form_and_no_input_script(
    oracle: OracleTransaction,
) -> None:
    """The witness form begins as a transaction without inputs does, which the grammar refuses."""
    is_signed = any(each.script_sig.data or each.witness.items for each in oracle.vin)
    result = attempt(parse_unsigned, oracle.serialize())
    spends = not isinstance(result, DecodeError) and bool(result.inputs)
    assert spends is not is_signed


def test_an_unsigned_transaction_has_no_input_script() -> None:
    signed = bytes.fromhex("02000000" + "01" + "00" * 36 + "0151" + "00" * 4 + "00" + "00" * 4)
    with pytest.raises(MalformedTransaction, match="input script"):
        parse_unsigned(signed)
    assert parse_previous(signed).txid == sha256d(signed)


@given(OUTPUTS)
def test_reads_a_single_output_it_wrote(output: Output) -> None:
    assert parse_output(serialize_output(output)) == output
    with pytest.raises(MalformedTransaction, match="1 bytes follow"):
        parse_output(serialize_output(output) + b"\0")


@pytest.mark.parametrize("count", ["fdffff", "feffffffff", "ffffffffffffffffff"])
def test_ends_at_once_where_more_is_announced_than_there_is(count: str) -> None:
    for before in ("02000000", "02000000" + "00"):
        for read in (parse_unsigned, parse_previous):
            with pytest.raises(MalformedTransaction, match="announces more"):
                read(bytes.fromhex(before + count) + bytes(40))


@pytest.mark.parametrize("size", ["fdffff", "feffffffff", "ff" * 9])
def test_ends_where_a_script_is_longer_than_there_is(size: str) -> None:
    """A position over 2^63 is behind the end as any other."""
    for outputs in ("02" + "00" * 8 + size + "00" * 17, "01" + "00" * 8 + size):
        data = bytes.fromhex("02000000" + "01" + "00" * 41 + outputs)
        for read in (parse_unsigned, parse_previous):
            with pytest.raises(MalformedTransaction, match="bytes end"):
                read(data)


def test_reads_every_public_valid_transaction_as_libwally_does() -> None:
    for case in need(shared("btc-tx/tx_valid.jsonl")):
        data = bytes.fromhex(case["case"][1])
        previous = parse_previous(data)
        oracle = wallycore.tx_from_bytes(data, wallycore.WALLY_TX_FLAG_USE_WITNESS)
        assert previous.txid == bytes(wallycore.tx_get_txid(oracle)), case["id"]
        assert len(previous.outputs) == wallycore.tx_get_num_outputs(oracle), case["id"]


def _can_exist(transaction: Previous) -> bool:
    """libwally refuses amounts when it parses, the appliance when it judges."""
    amounts = [output.amount for output in transaction.outputs]
    return max(amounts, default=0) <= MAX_MONEY and sum(amounts) <= MAX_MONEY


def test_public_invalid_transactions_are_refused_or_named_as_libwally_does() -> None:
    """Most of them are well-formed, and only no valid spend of their inputs."""
    for case in need(shared("btc-tx/tx_invalid.jsonl")):
        data = bytes.fromhex(case["case"][1])
        result = attempt(parse_previous, data)
        if not isinstance(result, DecodeError) and _can_exist(result):
            oracle = wallycore.tx_from_bytes(data, wallycore.WALLY_TX_FLAG_USE_WITNESS)
            assert result.txid == bytes(wallycore.tx_get_txid(oracle)), case["id"]


def test_agrees_with_the_public_names_of_transactions() -> None:
    for case in need(shared("btc-tx/bitcoinjs_transaction.jsonl.gz")):
        about = case["case"]
        if case["group"] == "valid":
            data = bytes.fromhex(about.get("whex") or about["hex"])
            assert display(parse_previous(data).txid).hex() == about["id"], case["id"]
        elif case["group"] == "invalid" and about["kind"] == "fromBuffer":
            with pytest.raises(MalformedTransaction):
                parse_previous(bytes.fromhex(about["hex"]))


def test_the_worlds_transactions_are_read_whole() -> None:
    oracle = hot_payment().transaction
    stripped = serialize_stripped(parse_unsigned(oracle.serialize()))
    assert display(sha256d(stripped)) == oracle.txid()
