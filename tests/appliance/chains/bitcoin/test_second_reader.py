"""The second Bitcoin reader states what embit wrote, and refuses what could mean two things."""

import base64
import sys
from dataclasses import replace
from typing import Any

import pytest
from embit.networks import NETWORKS
from embit.psbt import PSBT
from embit.script import Script
from hypothesis import given
from hypothesis import strategies as st

from appliance.chains.bitcoin.second_reader import second_reader
from appliance.errors import DecodeError, MalformedTransaction, UnsupportedTransaction
from appliance.model.testimony import Payment, Testimony
from tests.agreement.bitcoin_corpus import (
    ALL,
    BTC,
    CHANGE,
    CLIENTS,
    LOCKTIMES,
    NONE,
    PLAIN,
    Coin,
    Proposal,
    coin,
    demanding,
    funding,
    hot,
    refused,
    refused_version_2,
    to,
    write,
)
from tests.shared_vectors import need, shared

EMBIT = {"mainnet": "main", "testnet": "test", "testnet4": "test", "signet": "signet"}


def expected(proposal: Proposal, network: str) -> Testimony:
    """What embit says of a proposal."""
    names = NETWORKS[EMBIT.get(network, network)]
    spent = [each.funding.vout[each.index] for each in proposal.coins]
    return Testimony(
        sources=frozenset(each.script_pubkey.address(names) for each in spent),
        payments=tuple(Payment("", paid, s.address(names)) for s, paid in proposal.outputs),
        fee=sum(each.value for each in spent) - sum(paid for _, paid in proposal.outputs),
        network=None,
        guard=frozenset(f"{each.funding.txid().hex()}:{each.index}" for each in proposal.coins),
        digest=bytes(proposal.transaction.txid()),
    )


hashes = st.binary(min_size=20, max_size=20)
words = st.binary(min_size=32, max_size=32)
scripts = st.one_of(
    hashes.map(lambda each: Script(b"\x76\xa9\x14" + each + b"\x88\xac")),
    hashes.map(lambda each: Script(b"\xa9\x14" + each + b"\x87")),
    hashes.map(lambda each: Script(b"\x00\x14" + each)),
    words.map(lambda each: Script(b"\x00\x20" + each)),
    words.map(lambda each: Script(b"\x51\x20" + each)),
)
amounts = st.integers(0, 10**6) | st.integers(0, 21 * 10**13)
paid = st.lists(st.tuples(scripts, amounts), min_size=1, max_size=5)
locktimes = st.integers(0, 2**32 - 1)


@st.composite
def coins(draw: st.DrawFn) -> Coin:
    made = funding(
        draw(paid),
        salt=draw(st.integers(0, 700)),
        witness=tuple(draw(st.lists(st.binary(max_size=300), max_size=3))),
    )
    index = draw(st.integers(0, len(made.vout) - 1))
    return coin(made, index, sequence=draw(locktimes))


@st.composite
def proposals(draw: st.DrawFn) -> Proposal:
    chosen = {(c.funding.txid(), c.index): c for c in draw(st.lists(coins(), max_size=5))}
    rich = hot(21 * 10**14, salt=701)
    return Proposal(
        (*chosen.values(), rich), tuple(draw(paid)), draw(st.integers(0, 3)), draw(locktimes)
    )


@given(proposals(), st.sampled_from((*EMBIT, "regtest")))
def test_states_what_embit_says_in_either_version(proposal: Proposal, network: str) -> None:
    said = expected(proposal, network)
    assert second_reader(proposal.psbt, network) == said
    assert second_reader(write(*proposal.version_2), network) == said


@given(proposals())
def test_reads_version_2_as_embit_writes_it(proposal: Proposal) -> None:
    """Without a version or a sequence of zero, which embit leaves out as if they were not set."""
    coins = tuple(replace(each, sequence=each.sequence or 1) for each in proposal.coins)
    usual = replace(proposal, coins=coins, version=proposal.version or 1)
    whole = PSBT.parse(usual.psbt)
    whole.version = 2
    assert second_reader(whole.serialize(), "mainnet") == expected(usual, "mainnet")


def test_data_is_no_payment_and_may_not_destroy_coins() -> None:
    for data in (b"", b"\x04abcd", b"\x4c\x50" + bytes(80), bytes(300), bytes(70_000)):
        script = Script(b"\x6a" + data)
        outputs = (*PLAIN.outputs, (script, 0))
        assert second_reader(replace(PLAIN, outputs=outputs).psbt, "regtest").payments == (
            second_reader(PLAIN.psbt, "regtest").payments
        )
        with pytest.raises(UnsupportedTransaction):
            second_reader(replace(PLAIN, outputs=(*PLAIN.outputs, (script, 1))).psbt, "regtest")


def test_taproot_alone_needs_no_previous_transaction() -> None:
    ours = coin(funding(((CLIENTS[2], BTC),), salt=4))
    for asked in (None, ALL, bytes(4)):
        bare = ours.without(b"\x00")
        bare = bare if asked is None else bare.setting(b"\x03", asked)
        proposal = Proposal((bare,), ((CLIENTS[0], 5),))
        assert second_reader(proposal.psbt, "mainnet") == expected(proposal, "mainnet")
    with pytest.raises(UnsupportedTransaction):
        second_reader(replace(PLAIN, coins=(hot().without(b"\x00"),)).psbt, "mainnet")
    for asked in (NONE, b"\x83\0\0\0"):
        asks = replace(PLAIN, coins=(ours.without(b"\x00").setting(b"\x03", asked),))
        with pytest.raises(UnsupportedTransaction):
            second_reader(asks.psbt, "mainnet")


def test_a_spent_output_without_an_address_counts_but_is_no_source() -> None:
    """Whose it is nobody can tell from its address; its amount is part of the fee all the same."""
    bare = coin(funding(((Script(b"\x51"), BTC),), salt=5))
    alone, beside = (replace(PLAIN, coins=coins) for coins in ((bare,), (bare, hot())))
    assert second_reader(alone.psbt, "regtest").sources == frozenset()
    assert second_reader(beside.psbt, "regtest").sources == expected(PLAIN, "regtest").sources
    assert second_reader(beside.psbt, "regtest").fee == BTC + expected(PLAIN, "regtest").fee


@pytest.mark.parametrize(("name", "data"), refused(), ids=lambda each: str(each)[:40])
def test_refuses(name: str, data: bytes) -> None:
    with pytest.raises(DecodeError):
        second_reader(data, "regtest")


def test_refuses_a_network_that_is_none() -> None:
    with pytest.raises(UnsupportedTransaction):
        second_reader(PLAIN.psbt, "main")


# Version 2


@pytest.mark.parametrize(("demands", "locktime"), LOCKTIMES)
def test_the_locktime_is_what_all_inputs_accept(
    demands: tuple[dict[bytes, int], ...], locktime: int
) -> None:
    coins = (hot(salt=1), hot(salt=2))
    transaction = replace(PLAIN, coins=coins, locktime=locktime).transaction
    assert second_reader(demanding(demands), "regtest").digest == transaction.txid()


def test_a_sequence_and_a_fallback_that_are_not_there_have_their_defaults() -> None:
    final = replace(PLAIN, coins=(replace(hot(), sequence=0xFFFFFFFF),), locktime=0)
    first, spent, *rest = final.version_2
    data = write((first[0], *first[2:]), spent[:-1], *rest)
    assert second_reader(data, "regtest").digest == final.transaction.txid()


def test_writes_scripts_of_every_length_as_the_unsigned_transaction_has_them() -> None:
    for size in (1, 252, 253, 65_535, 65_536):
        data = (Script(b"\x6a" + bytes(size - 1)), 0)
        proposal = replace(PLAIN, outputs=(*PLAIN.outputs, data))
        both = proposal.psbt, write(*proposal.version_2)
        assert {second_reader(each, "regtest").digest for each in both} == {
            bytes(proposal.transaction.txid())
        }


@pytest.mark.parametrize(("name", "data"), refused_version_2(), ids=lambda each: str(each)[:70])
def test_refuses_version_2(name: str, data: bytes) -> None:
    with pytest.raises(DecodeError):
        second_reader(data, "regtest")


def test_refuses_no_version_2_of_the_bip_but_the_invalid_ones() -> None:
    for case in need(shared("btc-psbt/bip370.jsonl")):
        data = base64.b64decode(case["psbt_b64"])
        if case["group"] == "valid":
            assert second_reader(data, "mainnet").fee >= 0, case["id"]
        elif case["group"] == "invalid":
            with pytest.raises(DecodeError):
                second_reader(data, "mainnet")


# Addresses


@pytest.mark.parametrize("name", ["bip173", "bip350"])
def test_spells_addresses_as_the_bips_do(name: str) -> None:
    networks = {"bc": "mainnet", "tb": "testnet"}
    seen = 0
    for case in need(shared(f"btc-address/{name}.jsonl")):
        script = bytes.fromhex(case.get("scriptPubKey_hex", ""))
        if (
            script[:2] not in (b"\x00\x14", b"\x00\x20", b"\x51\x20")
            or len(script) != script[1] + 2
        ):
            continue
        spelled = case["string"].lower()
        proposal = to(Script(script))
        (payment,) = second_reader(proposal.psbt, networks[spelled[:2]]).payments
        assert payment.destination == spelled
        seen += 1
    assert seen


# Hostile bytes

SEEDS = [PLAIN.psbt, write(*PLAIN.version_2), to(CHANGE).psbt]


@given(st.sampled_from(SEEDS), st.binary(max_size=30), st.data())
def test_only_ever_states_or_refuses(seed: bytes, noise: bytes, data: st.DataObject) -> None:
    at, width = (data.draw(st.integers(0, top)) for top in (len(seed), 40))
    changed = seed[:at] + noise + seed[at + width :]
    for each in (changed, seed[:at]):
        try:
            second_reader(each, "regtest")
        except DecodeError:
            continue


def calls(data: bytes) -> int:
    count = 0

    def counted(_frame: object, event: str, _argument: Any) -> None:
        nonlocal count
        count += event == "call"

    sys.setprofile(counted)
    try:
        second_reader(data, "regtest")
    finally:
        sys.setprofile(None)
    return count


def test_ten_times_the_inputs_is_ten_times_the_work() -> None:
    def proposal(count: int) -> bytes:
        return replace(PLAIN, coins=tuple(hot(salt=at % 9 + at * 256) for at in range(count))).psbt

    assert calls(proposal(200)) < 10.5 * calls(proposal(20))


@pytest.mark.parametrize("announced", [b"\xfe\xff\xff\xff\x7f", b"\xff" + b"\xff" * 8])
def test_an_announced_size_costs_nothing(announced: bytes) -> None:
    raw = PLAIN.transaction.serialize()
    for data in (
        b"psbt\xff" + announced,
        b"psbt\xff\x01\x00" + announced,
        PLAIN.around(raw[:4] + announced + raw[5:]),
        PLAIN.around(raw[:4] + raw[4:46] + announced + raw[46:]),
    ):
        with pytest.raises(MalformedTransaction):
            second_reader(data, "regtest")
