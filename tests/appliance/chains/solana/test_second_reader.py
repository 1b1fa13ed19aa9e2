"""The second Solana reader states what an independent library compiled, and refuses all else."""

import ast
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from solders.message import Message, MessageV0, to_bytes_versioned
from solders.pubkey import Pubkey

from appliance.chains.solana import second_reader as module
from appliance.chains.solana.second_reader import second_reader
from appliance.errors import DecodeError, MalformedTransaction, UnsupportedTransaction
from appliance.model.testimony import Testimony
from tests.agreement.solana_messages import (
    BLOCKHASH,
    HELD_FAST,
    LEGACY,
    MALFORMED,
    MEMOS,
    NONCE,
    OTHER,
    PAYER,
    RENT,
    TOKEN,
    TOKEN_2022,
    UNSUPPORTED,
    UNUSED_TABLE,
    V0,
    Step,
    advance,
    coins,
    compiled,
    create,
    from_a_table,
    limit,
    loaded,
    memo,
    price,
    tokens,
)
from tests.shared_vectors import need, shared

SAMPLE = [case for case in shared("adversarial/format_sample.jsonl") if case["chain"] == "solana"]
keys = st.binary(min_size=32, max_size=32).map(Pubkey) | st.integers(0, 1 << 40).map(
    lambda number: Pubkey(number.to_bytes(32))
)
amounts = st.integers(0, (1 << 64) - 1) | st.integers(0, 1 << 20)


def expected(data: bytes, steps: list[Step], payer: Pubkey = PAYER) -> Testimony:
    numbers = {name: number for step in steps for name, number in step.budget.items()}
    units = min(numbers.get("limit", 200_000 * sum(step.calls for step in steps)), 1_400_000)
    priority, rest = divmod(units * numbers.get("price", 0), 1_000_000)
    return Testimony(
        sources=frozenset((str(payer),)),
        payments=tuple(payment for step in steps for payment in step.payments),
        fee=5000 + priority + bool(rest),
        network=None,
        guard=frozenset(f"{step.nonce}:{BLOCKHASH}" for step in steps if step.nonce),
        digest=sha256(data).digest(),
    )


operations = st.one_of(
    st.builds(coins, keys, amounts),
    st.builds(tokens, keys, amounts, keys, keys, program=st.sampled_from([TOKEN, TOKEN_2022])),
    st.builds(
        create,
        st.sampled_from([b"", b"\0", b"\1"]),
        program=st.sampled_from([TOKEN, TOKEN_2022]),
        extra=st.sampled_from([(), (RENT,)]),
    ),
    st.builds(memo, st.binary(max_size=200), st.sampled_from(MEMOS), st.integers(0, 2)),
)
budgets = st.tuples(
    st.none() | st.builds(limit, st.integers(0, (1 << 32) - 1) | st.integers(0, 1_500_000)),
    st.none() | st.builds(price, amounts),
    st.none() | st.builds(loaded, st.integers(1, (1 << 32) - 1)),
).map(lambda steps: [step for step in steps if step])


@st.composite
def transactions(draw: Any) -> list[Step]:
    steps = draw(st.lists(operations, max_size=10)) + draw(budgets)
    shuffled = list(draw(st.permutations(steps)))
    if shuffled and draw(st.booleans()):
        return shuffled
    return [draw(st.builds(advance, keys)), *shuffled]


@settings(max_examples=500)
@given(transactions(), st.sampled_from([None, 0]))
def test_states_what_the_library_compiled(steps: list[Step], version: int | None) -> None:
    data = compiled(*steps, version=version)
    assert second_reader(data, "mainnet") == expected(data, steps)


@given(st.integers(1, 60))
def test_states_every_one_of_many_payments(count: int) -> None:
    steps = [coins(Pubkey(bytes([n, 77] * 16)), n) for n in range(count)]
    data = compiled(*steps)
    assert second_reader(data, "mainnet") == expected(data, steps)


def test_counts_every_signature_that_is_required() -> None:
    own = advance(authority=OTHER)
    assert second_reader(compiled(own, coins()), "mainnet").fee == 10_000


def test_a_nonce_advanced_alone_pays_nothing() -> None:
    stated = second_reader(compiled(advance()), "mainnet")
    assert stated.payments == ()
    assert stated.guard == {f"{NONCE}:{BLOCKHASH}"}


@pytest.mark.parametrize("what", UNSUPPORTED)
@pytest.mark.parametrize("version", [None, 0])
def test_refuses_what_is_no_plain_transfer(what: str, version: int | None) -> None:
    with pytest.raises(UnsupportedTransaction):
        second_reader(compiled(*UNSUPPORTED[what], version=version), "mainnet")


@pytest.mark.parametrize("what", HELD_FAST)
def test_refuses_a_payment_that_could_not_happen(what: str) -> None:
    with pytest.raises(UnsupportedTransaction):
        second_reader(compiled(HELD_FAST[what]), "mainnet")


def test_refuses_accounts_from_lookup_tables() -> None:
    with pytest.raises(DecodeError):
        second_reader(from_a_table(), "mainnet")
    with pytest.raises(UnsupportedTransaction, match="lookup tables"):
        second_reader(UNUSED_TABLE, "mainnet")


def test_refuses_another_version() -> None:
    for version in (0x81, 0xFF):
        with pytest.raises(UnsupportedTransaction, match="version"):
            second_reader(bytes([version]) + compiled(coins(), version=0)[1:], "mainnet")


@pytest.mark.parametrize("what", MALFORMED)
def test_refuses_bytes_that_are_no_message(what: str) -> None:
    with pytest.raises(MalformedTransaction):
        second_reader(MALFORMED[what], "mainnet")


def reads(data: bytes) -> bool:
    try:
        second_reader(data, "mainnet")
    except DecodeError:
        return False
    return True


RICH = compiled(advance(), limit(200), price(5), create(), tokens(), coins(), memo())


@pytest.mark.parametrize("whole", [LEGACY, V0, RICH])
def test_refuses_every_beginning_of_a_message(whole: bytes) -> None:
    assert reads(whole)
    assert not any(reads(whole[:size]) for size in range(len(whole)))


@settings(max_examples=400)
@given(
    st.sampled_from([LEGACY, V0, RICH]),
    st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 255)), min_size=1, max_size=3),
)
def test_what_it_reads_is_what_the_library_would_write(
    whole: bytes, changes: list[tuple[int, int]]
) -> None:
    changed = bytearray(whole)
    for at, byte in changes:
        changed[at % len(changed)] = byte
    data = bytes(changed)
    if reads(data):
        parsed = MessageV0.from_bytes(data[1:]) if data[0] >> 7 else Message.from_bytes(data)
        assert bytes(to_bytes_versioned(parsed)) == data


@settings(max_examples=300)
@given(st.binary(max_size=400) | st.binary(max_size=200).map(lambda tail: LEGACY[:90] + tail))
def test_raises_nothing_but_refusals(data: bytes) -> None:
    reads(data)


@pytest.mark.parametrize("case", SAMPLE, ids=lambda case: str(case["id"]))
def test_states_the_shared_sample(case: dict[str, Any]) -> None:
    data = bytes.fromhex(case["payload"])
    if case["expected"] == "reject":
        kind = (
            MalformedTransaction if "malformed" in case.get("tags", ()) else UnsupportedTransaction
        )
        with pytest.raises(kind):
            second_reader(data, "mainnet")
        return
    stated, fields = second_reader(data, "mainnet"), case["expected_fields"]
    (payment,) = stated.payments
    main_unit = 1_000_000_000 if fields["asset"] == "SOL" else 1_000_000
    assert stated.sources == {fields["from_"]}
    assert payment.destination == fields["to"]
    assert payment.amount == Decimal(fields["amount"]) * main_unit


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
