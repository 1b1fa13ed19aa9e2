"""A share of the comparison in every test run; and that it is not blind."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

import pytest

from appliance.chains.interface import Decoder
from appliance.model.rule import Rule, refusal
from appliance.model.transaction import (
    BitcoinFee,
    Change,
    DecodedTransaction,
    EthereumFee,
    Fact,
    Fee,
    SigningDigest,
    SolanaFee,
    Transfer,
    TronFee,
)
from appliance.wire.messages import Finding
from tests.differential import bitcoin_wallets, ethereum, solana_draft, tron
from tests.differential.campaign import CHAINS, run, total
from tests.differential.case import Case, Stated, differences

SHARE = 300
DECODERS = {
    "bitcoin": bitcoin_wallets.DECODER,
    "ethereum": ethereum.DECODER,
    "tron": tron.DECODER,
    "solana": solana_draft.DECODER,
}


@pytest.mark.parametrize("chain", CHAINS)
def test_airlock_states_what_other_libraries_state(chain: str) -> None:
    tally = run(chain, 1, SHARE)
    assert [each.what for each in tally.mismatches] == []
    assert tally.cases == SHARE
    assert SHARE / 10 < tally.refused.total() < SHARE / 3


@pytest.mark.parametrize("chain", CHAINS)
def test_a_seed_gives_the_same_cases_again(chain: str) -> None:
    cases = CHAINS[chain].cases
    first, again = (list(islice(cases(3), 20)) for _ in range(2))
    assert first == again
    assert first != list(islice(cases(4), 20))


@pytest.mark.parametrize("chain", CHAINS)
def test_a_planted_difference_is_noticed(chain: str) -> None:
    """In each thing that is decoded, of enough cases that every thing occurs in one."""
    seen = set()
    for case, decoded in islice(_decoded(chain, DECODERS[chain]), 60):
        assert list(differences(case, decoded)) == []
        for what, changed in _planted(decoded):
            seen.add(what)
            assert list(differences(case, changed)), what
    assert seen >= EXPECTED[chain]


EVERYWHERE = {
    "network",
    "format",
    "account",
    "source",
    "digest",
    "refused",
    "no payment",
    "amount",
    "destination",
    "token",
    "symbol",
    "decimals",
    "fee",
    "consumed",
    "position",
    "facts",
}
SIGNED = {"no signature", "signed digest", "signing key", "signed input"}
EXPECTED = {
    "bitcoin": {*EVERYWHERE, *SIGNED, "change as payment", "change amount", "change path"},
    "ethereum": {*EVERYWHERE, *SIGNED, "calldata"},
    "tron": {*EVERYWHERE, *SIGNED, "calldata", "expires"},
    "solana": {*EVERYWHERE, "token account"},
}


@pytest.mark.parametrize("chain", CHAINS)
def test_a_missing_refusal_is_noticed(chain: str) -> None:
    decoder = DECODERS[chain]
    refused = (each for each in CHAINS[chain].cases(6) if isinstance(each.outcome, Rule))
    illegal = next(each for each in refused if each.outcome is not Rule.MALFORMED)
    legal = next(each for each in CHAINS[chain].cases(6) if isinstance(each.outcome, Stated))
    decoded = decoder(legal.data, legal.wallet)
    assert any("not refused" in each for each in differences(illegal, decoded))
    another = replace(decoded, findings=(refusal(Rule.AMBIGUOUS, "another"),))
    assert any("not refused" in each for each in differences(illegal, another))
    assert CHAINS[chain].compare(replace(legal, outcome=Rule.AMBIGUOUS))
    assert CHAINS[chain].compare(replace(legal, data=legal.data[:-1]))


def test_what_the_oracles_disagree_about_is_a_mismatch() -> None:
    case = next(CHAINS["ethereum"].cases(6))
    assert CHAINS["ethereum"].compare(case) == []
    assert CHAINS["ethereum"].compare(replace(case, quarrels=("a hash",))) == ["a hash"]


def test_runs_of_a_chain_are_added_up() -> None:
    tallies = [run("tron", 1, 10), run("tron", 2, 20), run("ethereum", 1, 5)]
    whole = total("tron", tallies)
    assert (whole.chain, whole.cases, whole.mismatches) == ("tron", 30, ())
    assert whole.refused == tallies[0].refused + tallies[1].refused


def _decoded(chain: str, decoder: Decoder) -> Iterator[tuple[Case, DecodedTransaction]]:
    for case in CHAINS[chain].cases(5):
        if isinstance(case.outcome, Stated) and case.outcome.paid:
            yield case, decoder(case.data, case.wallet)


def _planted(decoded: DecodedTransaction) -> Iterator[tuple[str, DecodedTransaction]]:
    """What was decoded, each time with another thing changed."""
    yield "network", replace(decoded, network="another")
    yield "format", replace(decoded, format="another")
    yield "account", replace(decoded, account=None)
    yield "source", replace(decoded, source="another")
    yield "digest", replace(decoded, digest=decoded.digest[::-1])
    yield "expires", replace(decoded, expires=(decoded.expires or 0) + 1)
    yield "calldata", replace(decoded, calldata_digest=bytes(32))
    yield "refused", replace(decoded, findings=(*decoded.findings, _refusal()))
    yield "facts", replace(decoded, facts=tuple(map(_altered, decoded.facts)))
    yield "fee", replace(decoded, fee=_dearer(decoded.fee))
    (reserved,) = decoded.reserves[:1]
    for what, other in (
        ("consumed", replace(reserved, subject="another")),
        ("position", replace(reserved, position=reserved.position + 1)),
    ):
        yield what, replace(decoded, reserves=(other, *decoded.reserves[1:]))
    yield from _planted_payments(decoded)
    yield from _planted_signing(decoded)
    for kept in decoded.change[:1]:
        yield from _planted_change(decoded, kept)


def _planted_payments(decoded: DecodedTransaction) -> Iterator[tuple[str, DecodedTransaction]]:
    if not decoded.transfers:
        return
    *others, last = decoded.transfers
    yield "no payment", replace(decoded, transfers=tuple(others))
    changes: dict[str, Transfer] = {
        "amount": replace(last, amount=last.amount + 1),
        "destination": replace(last, destination=last.destination[::-1]),
        "token": replace(last, asset=replace(last.asset, token="another")),
        "symbol": replace(last, asset=replace(last.asset, symbol="another")),
        "decimals": replace(last, asset=replace(last.asset, decimals=37)),
        "token account": replace(last, token_account="another"),
    }
    for what, changed in changes.items():
        yield what, replace(decoded, transfers=(*others, changed))


def _planted_signing(decoded: DecodedTransaction) -> Iterator[tuple[str, DecodedTransaction]]:
    for wanted in decoded.signing[-1:]:
        others = decoded.signing[:-1]
        yield "no signature", replace(decoded, signing=others)
        changes: dict[str, SigningDigest] = {
            "signed digest": replace(wanted, digest=bytes(32)),
            "signing key": replace(wanted, public_key=bytes(33)),
            "signed input": replace(wanted, index=wanted.index + 1),
        }
        for what, changed in changes.items():
            yield what, replace(decoded, signing=(*others, changed))


def _planted_change(
    decoded: DecodedTransaction, kept: Change
) -> Iterator[tuple[str, DecodedTransaction]]:
    others = decoded.change[1:]
    asset = decoded.transfers[0].asset if decoded.transfers else None
    if asset:
        paid = Transfer(asset, kept.amount, kept.destination, kept.where)
        yield (
            "change as payment",
            replace(decoded, change=others, transfers=(*decoded.transfers, paid)),
        )
    yield (
        "change amount",
        replace(decoded, change=(replace(kept, amount=kept.amount + 1), *others)),
    )
    yield "change path", replace(decoded, change=(replace(kept, path="0/0/0"), *others))


def _refusal() -> Finding:
    return refusal(Rule.READERS_DISAGREE, "planted")


def _altered(fact: Fact) -> Fact:
    return replace(fact, value=f"{fact.value}0")


def _dearer(fee: Fee) -> Fee:
    match fee:
        case BitcoinFee():
            return replace(fee, total=fee.total + 1)
        case EthereumFee():
            return replace(fee, gas_limit=fee.gas_limit + 1)
        case TronFee():
            return replace(fee, fee_limit=fee.fee_limit + 1)
        case SolanaFee():
            return replace(fee, priority=fee.priority + 1)
