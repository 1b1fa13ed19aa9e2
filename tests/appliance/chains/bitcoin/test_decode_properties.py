"""What holds for every PSBT, damaged ones too, and what decoding costs."""

import sys
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.chains.bitcoin.room import ROOM
from appliance.chains.interface import Registered
from appliance.errors import DecodeError, UnsupportedTransaction
from tests.appliance.chains.bitcoin.world import (
    ACCOUNTS,
    CLIENT_SCRIPT,
    HOT_CHANGE,
    Payment,
    Proposal,
    attempt,
    cosign,
    decode,
    hot_coin,
    hot_payment,
    refusals,
    vault_payment,
)

FLIPPED = [hot_payment().psbt, vault_payment().psbt, cosign(vault_payment(), 0, 12).psbt]


@given(st.sampled_from(FLIPPED), st.data())
def test_no_flipped_bit_gives_the_same_reading_with_another_digest(
    seed: bytes, data: st.DataObject
) -> None:
    position = data.draw(st.integers(min_value=0, max_value=8 * len(seed) - 1))
    changed = bytearray(seed)
    changed[position // 8] ^= 1 << position % 8
    result = attempt(decode, bytes(changed))
    if isinstance(result, DecodeError):
        return
    before = decode(seed)
    reading = replace(result, digest=before.digest, signing=before.signing)
    assert reading != before or result == before


@given(st.sampled_from(FLIPPED), st.binary(min_size=1, max_size=30), st.data())
def test_refuses_damaged_bytes_by_a_decode_error_or_by_a_finding(
    seed: bytes, noise: bytes, data: st.DataObject
) -> None:
    at = data.draw(st.integers(min_value=0, max_value=len(seed)))
    width = data.draw(st.integers(min_value=0, max_value=40))
    result = attempt(decode, seed[:at] + noise + seed[at + width :])
    assert isinstance(result, DecodeError) or result.digest


AMOUNTS = st.integers(min_value=1, max_value=10**12)


@given(st.lists(AMOUNTS, min_size=1, max_size=5), st.lists(AMOUNTS, min_size=1, max_size=5))
def test_what_comes_in_goes_out_as_transfers_change_and_fee(
    coins: list[int], payments: list[int]
) -> None:
    proposal = Proposal(
        tuple(hot_coin(amount, salt=number) for number, amount in enumerate(coins)),
        tuple(
            Payment(HOT_CHANGE if number % 2 else CLIENT_SCRIPT, amount)
            for number, amount in enumerate(payments)
        ),
    )
    transaction = decode(proposal.psbt)
    transfers = sum(each.amount for each in transaction.transfers)
    assert transfers + sum(each.amount for each in transaction.change) == sum(payments)
    if sum(coins) < sum(payments):
        assert refusals(transaction) == [("FEE-NEGATIVE", "fee")]
    else:
        assert transaction.fee.maximum == sum(coins) - sum(payments)
        assert refusals(transaction) == []


def calls(data: bytes) -> int:
    """How many Python functions one decoding calls."""
    decoder = ROOM.decoder(Registered(ACCOUNTS, ()))
    decoder(data, None)
    count = 0

    def counted(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event == "call"

    sys.setprofile(counted)
    try:
        decoder(data, None)
    finally:
        sys.setprofile(None)
    return count


def test_ten_times_the_inputs_and_outputs_is_ten_times_the_work() -> None:
    def proposal(count: int) -> Proposal:
        coins = tuple(hot_coin(1_000_000, salt=number) for number in range(count))
        return Proposal(coins, (Payment(CLIENT_SCRIPT, 900_000),) * count)

    assert calls(proposal(200).psbt) < 10.5 * calls(proposal(20).psbt)


def test_refuses_a_transaction_that_no_node_relays() -> None:
    large = replace(hot_payment(), payments=(Payment(CLIENT_SCRIPT, 1_000),) * 3_300)
    with pytest.raises(UnsupportedTransaction, match="larger than any node relays"):
        decode(large.psbt)


def test_says_that_a_transaction_may_become_larger_than_any_node_relays() -> None:
    coins = tuple(vault_payment().coins[0] for _ in range(1000))
    coins = tuple(replace(each, index=at) for at, each in enumerate(coins))
    transaction = decode(Proposal(coins, (Payment(CLIENT_SCRIPT, 1_000),)).psbt)
    assert any("once signed" in each.message for each in transaction.findings)


def test_names_some_of_very_many_unknown_fields_and_counts_the_others() -> None:
    pairs = tuple((b"\xf0" + number.to_bytes(3, "big"), b"") for number in range(100_000))
    transaction = decode(replace(hot_payment(), pairs=pairs).psbt)
    assert len(transaction.findings) == 51
    assert "99,950 fields more" in transaction.findings[-1].message
