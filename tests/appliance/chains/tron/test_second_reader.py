"""The second TRON reader states what an independent library wrote, and refuses all else."""

import ast
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tronpy.proto import tron_pb2 as proto

from appliance.chains.tron import second_reader as module
from appliance.chains.tron.second_reader import second_reader
from appliance.errors import DecodeError, MalformedTransaction, UnsupportedTransaction
from appliance.model.testimony import Payment, Testimony
from tests.agreement.tron_corpus import (
    BY_HAND,
    CALL,
    CLIENT,
    MALFORMED,
    MESSAGE,
    MOST,
    PLAIN,
    UNSUPPORTED,
    by_hand,
    calldata,
    contract,
    raw,
    text,
    transfer,
    trigger,
)
from tests.shared_vectors import need, shared

SAMPLE = [case for case in shared("adversarial/format_sample.jsonl") if case["chain"] == "tron"]

addresses = st.binary(min_size=20, max_size=20).map(lambda hash160: b"\x41" + hash160)
positive = st.integers(1, MOST) | st.integers(1, 1 << 20)
words = st.integers(0, (1 << 256) - 1) | st.integers(0, 1 << 64)
heads = st.fixed_dictionaries(
    {
        "ref_block_bytes": st.binary(min_size=2, max_size=2),
        "ref_block_hash": st.binary(min_size=8, max_size=8),
        "expiration": positive,
        "timestamp": st.just(0) | positive,
        "fee_limit": st.just(0) | positive,
        "data": st.binary(max_size=300),
    }
)
permissions = st.integers(0, 9)


def read(message: Any) -> Testimony:
    return second_reader(message.SerializeToString(), "mainnet")


@settings(max_examples=400)
@given(heads, addresses, addresses, st.integers(0, MOST), permissions)
def test_states_a_transfer_of_coins(
    head: dict[str, Any], owner: bytes, to: bytes, amount: int, permission: int
) -> None:
    message = raw(contract(transfer(amount, to, owner), permission), **head)
    assert read(message) == Testimony(
        sources=frozenset((text(owner),)),
        payments=(Payment("", amount, text(to)),),
        fee=head["fee_limit"],
        network=None,
        guard=frozenset(),
        digest=sha256(message.SerializeToString()).digest(),
    )


@settings(max_examples=400)
@given(heads, addresses, addresses, addresses, words)
def test_states_a_transfer_of_tokens(
    head: dict[str, Any], owner: bytes, token: bytes, to: bytes, amount: int
) -> None:
    call = trigger(calldata(to, amount), owner_address=owner, contract_address=token)
    message = raw(contract(call), **head)
    assert read(message) == Testimony(
        sources=frozenset((text(owner),)),
        payments=(Payment(text(token), amount, text(to)),),
        fee=head["fee_limit"],
        network=None,
        guard=frozenset(),
        digest=sha256(message.SerializeToString()).digest(),
    )


@pytest.mark.parametrize("what", UNSUPPORTED)
def test_refuses_what_is_no_plain_transfer(what: str) -> None:
    with pytest.raises(UnsupportedTransaction):
        read(UNSUPPORTED[what])


@pytest.mark.parametrize("what", MALFORMED)
def test_refuses_what_no_node_would_read(what: str) -> None:
    with pytest.raises(MalformedTransaction):
        read(MALFORMED[what])


@pytest.mark.parametrize("what", BY_HAND)
def test_refuses_bytes_that_no_canonical_writer_makes(what: str) -> None:
    assert second_reader(by_hand(MESSAGE), "mainnet") == second_reader(PLAIN, "mainnet")
    with pytest.raises(DecodeError):
        second_reader(BY_HAND[what], "mainnet")


def test_reads_an_amount_that_is_left_out_as_zero() -> None:
    assert read(raw(contract(transfer(0)))).payments == (Payment("", 0, text(CLIENT)),)


@pytest.mark.parametrize("whole", [PLAIN, CALL])
def test_refuses_every_beginning_of_a_transaction(whole: bytes) -> None:
    read_nothing = [second_reader_or_none(whole[:size]) for size in range(len(whole))]
    stated = [testimony for testimony in read_nothing if testimony is not None]
    # the fee limit stands last, and a transaction without one is another transaction
    assert all(testimony.fee == 0 for testimony in stated)
    assert len(stated) == (whole is CALL)


def second_reader_or_none(data: bytes) -> Testimony | None:
    try:
        return second_reader(data, "mainnet")
    except DecodeError:
        return None


@settings(max_examples=400)
@given(
    st.sampled_from([PLAIN, CALL]),
    st.lists(st.tuples(st.integers(0, 300), st.integers(0, 255)), min_size=1, max_size=3),
)
def test_what_it_reads_is_what_the_library_would_write(
    whole: bytes, changes: list[tuple[int, int]]
) -> None:
    changed = bytearray(whole)
    for at, byte in changes:
        changed[at % len(changed)] = byte
    data = bytes(changed)
    if second_reader_or_none(data) is not None:
        assert proto.Transaction.raw.FromString(data).SerializeToString() == data


@settings(max_examples=300)
@given(st.binary(max_size=400))
def test_raises_nothing_but_refusals(data: bytes) -> None:
    second_reader_or_none(data)


@pytest.mark.parametrize("case", SAMPLE, ids=lambda case: str(case["id"]))
def test_states_the_shared_sample(case: dict[str, Any]) -> None:
    data = bytes.fromhex(case["payload"])
    expected = case.get("expected_fields")
    if expected is None:
        with pytest.raises(UnsupportedTransaction):
            second_reader(data, "mainnet")
        return
    stated = second_reader(data, "mainnet")
    assert stated.fee == int(expected.get("fee_limit_trx", "0")) * 1_000_000
    if "to" in expected:
        amount = int(expected["amount"]) * 1_000_000
        payment = Payment(expected.get("token_contract", ""), amount, expected["to"])
        assert (set(stated.sources), stated.payments) == ({expected["owner"]}, (payment,))


def test_the_shared_sample_is_here() -> None:
    need(SAMPLE)


def test_shares_no_code_with_the_first_reader() -> None:
    tree = ast.parse(Path(module.__file__).read_text("utf-8"))
    imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert not any(isinstance(node, ast.Import) for node in ast.walk(tree))
    assert {name for name in imported if name and name.startswith("appliance")} <= {
        "appliance.errors",
        "appliance.hashes",
        "appliance.model.testimony",
    }
