"""Two readers that state different things about the same bytes: nothing is signed."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from appliance import signing
from appliance.chains.agreement import agreeing
from appliance.errors import UnsupportedTransaction
from appliance.model.batch import RefusedBatch
from appliance.model.entry import IncidentKept
from appliance.model.testimony import Payment, Testimony
from appliance.model.transaction import DecodedTransaction
from appliance.policy.judge import incident_of
from appliance.policy.standing import StandingRules
from appliance.wire.terms import Chain
from tests.appliance.software import SoftwareAppliance, found
from tests.hostile_coordinator import ETH_ATTACKER, NOW


@pytest.fixture
def appliance(tmp_path: Path) -> SoftwareAppliance:
    return found(tmp_path)


def honest(first: DecodedTransaction) -> Testimony:
    """What a second reader that is right says of an Ethereum payment."""
    return Testimony(
        sources=frozenset(),
        payments=tuple(
            Payment(paid.asset.token or "", paid.amount, paid.destination)
            for paid in first.transfers
        ),
        fee=first.fee.maximum,
        network=first.network,
        guard=frozenset(str(held.position) for held in first.reserves),
        digest=first.digest,
    )


def read(
    appliance: SoftwareAppliance, alter: Callable[[Testimony], Testimony]
) -> DecodedTransaction:
    """Read an honest transfer beside a second reader that states something altered."""
    unsigned = appliance.coordinator.content().transactions[1]
    alone = appliance.rules.decoders[Chain.ETHEREUM]
    first = alone(unsigned.payload, unsigned.wallet)
    both = agreeing(alone, lambda _, __: alter(honest(first)))
    return both(unsigned.payload, unsigned.wallet)


def test_readers_that_agree_change_nothing(appliance: SoftwareAppliance) -> None:
    reading = read(appliance, lambda stated: stated)
    assert reading.findings == ()
    assert reading.signing


@pytest.mark.parametrize(
    ("what", "alter"),
    [
        ("payments", lambda s: replace(s, payments=())),
        (
            "payments",
            lambda s: replace(s, payments=(replace(s.payments[0], destination=ETH_ATTACKER),)),
        ),
        (
            "payments",
            lambda s: replace(s, payments=(replace(s.payments[0], amount=1),)),
        ),
        ("payments", lambda s: replace(s, payments=s.payments * 2)),
        ("fees", lambda s: replace(s, fee=s.fee + 1)),
        ("guards", lambda s: replace(s, guard=frozenset({"99"}))),
        ("digests", lambda s: replace(s, digest=bytes(32))),
        ("networks", lambda s: replace(s, network="1")),
        ("sources", lambda s: replace(s, sources=frozenset({ETH_ATTACKER}))),
    ],
)
def test_each_difference_refuses_and_is_named(
    appliance: SoftwareAppliance, what: str, alter: Callable[[Testimony], Testimony]
) -> None:
    reading = read(appliance, alter)
    assert [(f.rule, f.severity.value, f.where) for f in reading.findings] == [
        ("READERS-DISAGREE", "refuse", what)
    ]
    assert reading.signing == ()


def test_what_is_to_be_signed_is_the_digest_that_both_state(appliance: SoftwareAppliance) -> None:
    unsigned = appliance.coordinator.content().transactions[1]
    first = appliance.rules.decoders[Chain.ETHEREUM](unsigned.payload, unsigned.wallet)
    other = replace(first, signing=(replace(first.signing[0], digest=bytes(32)),))
    both = agreeing(lambda _, __: other, lambda _, __: honest(first))
    reading = both(unsigned.payload, unsigned.wallet)
    assert [finding.where for finding in reading.findings] == ["digests to sign"]
    assert reading.signing == ()


def reads_nothing(_data: bytes, _network: str) -> Testimony:
    raise UnsupportedTransaction("not for me")


def test_a_second_reader_that_cannot_read_refuses(appliance: SoftwareAppliance) -> None:
    (finding,) = read(appliance, lambda _: reads_nothing(b"", "")).findings
    assert finding.rule == "READERS-DISAGREE"
    assert "not for me" in finding.message


def test_the_bytes_that_readers_disagree_about_are_kept(appliance: SoftwareAppliance) -> None:
    envelope = appliance.coordinator.honest()
    assert incident_of(_judged(appliance, appliance.rules)) is None
    decoders = {
        chain: agreeing(decoder, reads_nothing)
        for chain, decoder in appliance.rules.decoders.items()
    }
    refused = _judged(appliance, replace(appliance.rules, decoders=decoders))
    assert incident_of(refused) == IncidentKept("READERS-DISAGREE", envelope)


def _judged(appliance: SoftwareAppliance, rules: StandingRules) -> RefusedBatch:
    """Judge an honest batch as one that expired, by these rules."""
    received = signing.receive(appliance.coordinator.honest(), appliance.genesis)
    batch = signing.decode(received, rules)
    late = NOW + 2 * 3600
    judged = signing.judge(batch, rules, appliance.journal.history(), late)
    assert isinstance(judged, RefusedBatch)
    return judged
