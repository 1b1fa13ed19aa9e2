"""Unsigned transactions, from bytes and back: one encoding each, and nothing but refusals."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.chains.ethereum.fields import AccessListEntry, Authorization
from appliance.chains.ethereum.transaction import (
    MAX_BYTES,
    AccessListTransaction,
    BlobTransaction,
    FeeMarketTransaction,
    LegacyTransaction,
    SetCodeTransaction,
    Transaction,
    parse,
    serialize,
)
from appliance.errors import DecodeError, MalformedTransaction, UnsupportedTransaction
from tests.appliance.chains.ethereum import world
from tests.appliance.chains.ethereum.world import attempt
from tests.shared_vectors import need, shared

ADDRESSES = st.binary(min_size=20, max_size=20)
HASHES = st.binary(min_size=32, max_size=32)
UINT64 = st.integers(0, (1 << 64) - 1)
UINT256 = st.integers(0, (1 << 256) - 1)
NONCES = st.integers(0, (1 << 64) - 2)
DATA = st.binary(max_size=100)
ACCESS_LISTS = st.lists(
    st.builds(AccessListEntry, ADDRESSES, st.lists(HASHES, max_size=2).map(tuple)), max_size=2
).map(tuple)
AUTHORIZATIONS = st.builds(
    Authorization, UINT256, ADDRESSES, UINT64, st.integers(0, 255), UINT256, UINT256
)


def calls(recipients: st.SearchStrategy[bytes | None]) -> st.SearchStrategy[FeeMarketTransaction]:
    return st.builds(
        FeeMarketTransaction,
        UINT64,
        NONCES,
        UINT256,
        UINT256,
        UINT64,
        recipients,
        UINT256,
        DATA,
        ACCESS_LISTS,
    )


RECIPIENTS = st.none() | ADDRESSES
GAS_PRICED = (NONCES, UINT256, UINT64, RECIPIENTS, UINT256, DATA)
TRANSACTIONS: st.SearchStrategy[Transaction] = st.one_of(
    st.builds(LegacyTransaction, st.none() | UINT64, *GAS_PRICED),
    st.builds(AccessListTransaction, UINT64, *GAS_PRICED, ACCESS_LISTS),
    calls(RECIPIENTS),
    st.builds(BlobTransaction, calls(ADDRESSES), UINT256, st.lists(HASHES, max_size=3).map(tuple)),
    st.builds(
        SetCodeTransaction, calls(ADDRESSES), st.lists(AUTHORIZATIONS, max_size=2).map(tuple)
    ),
)


def test_reads_every_field_of_eip_1559() -> None:
    assert parse(world.fee_market(access_list=[[world.USDT, [b"\1" * 32]]])) == (
        FeeMarketTransaction(
            chain_id=1,
            nonce=7,
            max_priority_fee_per_gas=2 * world.GWEI,
            max_fee_per_gas=30 * world.GWEI,
            gas_limit=21000,
            to=world.address(world.CLIENT),
            value=1_500_000_000_000_000_000,
            data=b"",
            access_list=(AccessListEntry(world.address(world.USDT), (b"\1" * 32,)),),
        )
    )


def test_reads_every_field_of_eip_155() -> None:
    assert parse(world.legacy(data=b"hello")) == LegacyTransaction(
        chain_id=1,
        nonce=7,
        gas_price=30 * world.GWEI,
        gas_limit=21000,
        to=world.address(world.CLIENT),
        value=1_500_000_000_000_000_000,
        data=b"hello",
    )


@given(TRANSACTIONS)
def test_reads_back_what_it_writes(transaction: Transaction) -> None:
    assert parse(serialize(transaction)) == transaction


@given(TRANSACTIONS, st.data())
def test_a_flipped_bit_is_refused_or_read_as_another_transaction(
    transaction: Transaction, data: st.DataObject
) -> None:
    encoded = bytearray(serialize(transaction))
    bit = data.draw(st.integers(0, 8 * len(encoded) - 1))
    encoded[bit // 8] ^= 1 << bit % 8
    try:
        changed = parse(bytes(encoded))
    except DecodeError:
        return
    assert changed != transaction
    assert serialize(changed) == bytes(encoded)


@given(
    st.binary(max_size=200)
    | st.binary(max_size=200).map(lambda data: b"\x02" + data)
    | st.binary(max_size=54).map(lambda data: bytes([0xC0 + len(data)]) + data)
)
def test_raises_nothing_but_decode_errors_on_any_bytes(data: bytes) -> None:
    try:
        assert serialize(parse(data)) == data
    except DecodeError:
        return


@pytest.mark.parametrize("case", world.own_vectors("malformed.jsonl"), ids=lambda case: case["id"])
def test_names_what_breaks_the_encoding(case: dict[str, Any]) -> None:
    with pytest.raises(MalformedTransaction) as refused:
        parse(bytes.fromhex(case["hex"]))
    assert case["says"] in refused.value.what


@pytest.mark.parametrize(
    "case", world.own_vectors("unsupported.jsonl"), ids=lambda case: case["id"]
)
def test_recognises_what_is_no_unsigned_transaction(case: dict[str, Any]) -> None:
    with pytest.raises(UnsupportedTransaction) as refused:
        parse(bytes.fromhex(case["hex"]))
    assert case["says"] in refused.value.what


@pytest.mark.parametrize("first", [*range(5, 0x19), *range(0x1A, 0x80)])
def test_refuses_every_type_that_may_come(first: int) -> None:
    with pytest.raises(UnsupportedTransaction):
        parse(bytes([first]) + world.fee_market()[1:])


def test_refuses_what_nodes_do_not_relay_without_reading_it() -> None:
    with pytest.raises(UnsupportedTransaction, match="relay"):
        parse(b"\x02" + b"\xff" * MAX_BYTES)
    with pytest.raises(UnsupportedTransaction, match="relay"):
        parse(world.fee_market(data=bytes(MAX_BYTES)))


def test_reads_the_largest_transaction_that_nodes_relay() -> None:
    data = world.fee_market(data=bytes(MAX_BYTES - 200))
    assert serialize(parse(data)) == data


UNSIGNED = {
    "unsignedLegacy": LegacyTransaction,
    "unsignedEip155": LegacyTransaction,
    "unsignedBerlin": AccessListTransaction,
    "unsignedLondon": FeeMarketTransaction,
    "unsignedCancun": BlobTransaction,
}


def test_reads_the_public_unsigned_transactions() -> None:
    for case in need(shared("eth-tx/ethers_transactions.jsonl.gz")):
        wanted = case["case"]["transaction"]
        for name, kind in UNSIGNED.items():
            data = bytes.fromhex(case["case"][name].removeprefix("0x"))
            if not data or (kind is BlobTransaction and "to" not in wanted):
                continue
            transaction = parse(data)
            assert isinstance(transaction, kind), case["id"]
            assert serialize(transaction) == data
            call = transaction.call if isinstance(transaction, BlobTransaction) else transaction
            assert not isinstance(call, SetCodeTransaction)
            assert call.value == int(wanted.get("value", "0x0"), 16)
            assert call.nonce == wanted.get("nonce", 0)
            assert call.data.hex() == wanted.get("data", "0x").removeprefix("0x")
            assert call.to == (bytes.fromhex(wanted["to"][2:]) if "to" in wanted else None)


def test_recognises_the_public_signed_transactions() -> None:
    for case in need(shared("eth-tx/ethers_transactions.jsonl.gz")):
        for name in ("signedLegacy", "signedEip155", "signedBerlin", "signedLondon"):
            data = bytes.fromhex(case["case"][name].removeprefix("0x"))
            if data:
                with pytest.raises(UnsupportedTransaction, match="already signed"):
                    parse(data)


def faults_of(case: dict[str, Any]) -> set[str]:
    """What each fork of the consensus suite finds wrong; an empty text where one accepts it."""
    return {
        fork.get("exception", "").removeprefix("TransactionException.")
        for fork in case["result"].values()
    }


BROKEN_ENCODING = ("RLP_", "ADDRESS_", "NONCE_OVERFLOW", "GASPRICE_OVERFLOW", "PRIORITY_OVERFLOW")


def test_agrees_with_the_public_consensus_vectors() -> None:
    for case in need(shared("eth-tx/ethereum_tests_transaction.jsonl.gz")):
        faults = faults_of(case)
        outcome = attempt(parse, bytes.fromhex(case["txbytes"].removeprefix("0x")))
        if isinstance(outcome, LegacyTransaction):
            # A signature of zeros is how EIP-155 writes an unsigned transaction.
            assert faults <= {"INVALID_SIGNATURE_VRS", "INVALID_CHAINID"}, case["id"]
            continue
        assert isinstance(outcome, DecodeError), case["id"]
        if "" in faults:
            assert "already signed" in outcome.what, case["id"]
        if all(fault.startswith(BROKEN_ENCODING) for fault in faults):
            assert isinstance(outcome, MalformedTransaction), case["id"]


@pytest.mark.parametrize(
    "name", ["ethereumjs_eip1559.jsonl", "ethereumjs_eip155_vitalik.jsonl", "keystone_eth.jsonl"]
)
def test_never_takes_a_public_signed_transaction_for_an_unsigned_one(name: str) -> None:
    for case in need(shared(f"eth-tx/{name}")):
        texts = case.get("hex") or case["case"]["hex_literals"]
        for text in texts:
            with pytest.raises(DecodeError):
                parse(bytes.fromhex(text.removeprefix("0x")))


def test_reads_the_public_blob_and_set_code_transactions_as_signed() -> None:
    (blob,) = need(shared("eth-tx/ethereumjs_eip4844.jsonl"))
    (code,) = need(shared("eth-7702/trezor_sign_tx_eip7702_mainnet.jsonl"))
    for data in (blob["tx"].removeprefix("0x"), code["case"]["result"]["tx_bytes_hex"]):
        with pytest.raises(UnsupportedTransaction, match="already signed"):
            parse(bytes.fromhex(data))
