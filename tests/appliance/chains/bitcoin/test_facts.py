"""What else people read: when it may be mined, whether it may be replaced."""

from dataclasses import replace

import pytest

from tests.appliance.chains.bitcoin.world import (
    decode,
    facts,
    hot_coin,
    hot_payment,
)

SEQUENCES = {
    (0xFFFFFFFF, 0, 2): [],
    (0xFFFFFFFF, 700_000, 2): ["700,000, without effect, since every input is final"],
    (0xFFFFFFFE, 700_000, 2): ["not before block 700,001"],
    (0xFFFFFFFE, 1_762_500_000, 2): ["not before 2025-11-07 07:20:00 UTC"],
    (0xFFFFFFFE, 0xFFFFFFFF, 2): ["not before 2106-02-07 06:28:15 UTC"],
}


@pytest.mark.parametrize("setting", SEQUENCES)
def test_tells_a_locktime_that_matters(setting: tuple[int, int, int]) -> None:
    sequence, locktime, version = setting
    proposal = hot_payment()
    coins = (replace(proposal.coins[0], sequence=sequence),)
    changed = replace(proposal, coins=coins, locktime=locktime, version=version)
    assert facts(decode(changed.psbt), "Locktime") == SEQUENCES[setting]


@pytest.mark.parametrize(
    ("sequence", "version", "expected"),
    [
        (0, 2, []),
        (144, 2, ["not before 144 blocks after an input was mined"]),
        (144, 1, []),
        ((1 << 22) | 10, 2, ["not before 5,120 seconds after an input was mined"]),
        ((1 << 31) | 144, 2, []),
    ],
)
def test_tells_a_relative_lock(sequence: int, version: int, expected: list[str]) -> None:
    proposal = hot_payment()
    coins = (replace(proposal.coins[0], sequence=sequence),)
    transaction = decode(replace(proposal, coins=coins, version=version).psbt)
    assert facts(transaction, "Relative lock") == expected


def test_tells_whether_it_may_be_replaced_and_every_sequence_number() -> None:
    coins = tuple(hot_coin(50_000_000, salt=number) for number in range(3))
    final = tuple(replace(each, sequence=0xFFFFFFFE) for each in coins)
    proposal = replace(hot_payment(), coins=final)
    assert facts(decode(proposal.psbt), "Replaceable") == ["no (BIP-125)"]
    mixed = replace(proposal, coins=(*final[:2], replace(final[2], sequence=1)))
    transaction = decode(mixed.psbt)
    assert facts(transaction, "Replaceable") == ["yes (BIP-125)"]
    assert facts(transaction, "Sequence number") == [
        "0xfffffffe on every other input",
        "0x00000001 on input 2",
    ]
