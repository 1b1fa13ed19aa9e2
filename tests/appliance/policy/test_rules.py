"""Rules that the flow's attacks do not reach: each with a case it clears and one it refuses."""

from dataclasses import replace
from pathlib import Path

import pytest

from appliance.errors import HsmError
from appliance.model.rule import Rule, attention
from appliance.model.transaction import (
    BitcoinFee,
    DecodedTransaction,
    EthereumFee,
    Fee,
    SigningDigest,
    SolanaFee,
    TronFee,
)
from appliance.policy.judge import judge_transaction
from appliance.policy.standing import StandingRules
from appliance.policy.transaction_rules import (
    MAX_VALIDITY,
    USUAL_GAS,
    USUAL_LAMPORTS,
    USUAL_SAT_VB,
    USUAL_SUN,
    USUAL_WEI_PER_GAS,
    Reading,
)
from appliance.wire.epochs import AssetLimit, BitcoinFees, EthereumFees, SolanaFees, TronFees
from appliance.wire.terms import Chain
from tests.appliance.software import SoftwareAppliance, found
from tests.hostile_coordinator import NOW, POLICY

CEILINGS = replace(
    POLICY,
    bitcoin_fees=BitcoinFees(10**9, None),
    ethereum_fees=EthereumFees(10**15, 10**9),
    tron_fees=TronFees(10**12),
    solana_fees=SolanaFees(10**12),
)
"""A policy that sets every ceiling of fees, and sets it high."""


@pytest.fixture
def appliance(tmp_path: Path) -> SoftwareAppliance:
    return found(tmp_path)


@pytest.fixture
def payment(appliance: SoftwareAppliance) -> DecodedTransaction:
    """A Bitcoin payment that every rule clears."""
    return appliance.cleared(appliance.coordinator.honest()).items[0].transaction


def refusals(transaction: DecodedTransaction, standing: StandingRules) -> set[str]:
    findings = judge_transaction(Reading("t", transaction, standing, NOW))
    return {finding.rule for finding in findings if finding.severity.value == "refuse"}


def test_a_payment_by_nobody_we_know_is_refused(
    appliance: SoftwareAppliance, payment: DecodedTransaction
) -> None:
    assert not refusals(payment, appliance.rules)
    assert refusals(replace(payment, account=None), appliance.rules) == {"ACCOUNT-UNKNOWN"}


def test_exactly_one_key_of_each_input_is_on_this_token(
    appliance: SoftwareAppliance, payment: DecodedTransaction
) -> None:
    wanted = payment.signing[0]
    other = next(key for key in appliance.hsm.keys if key != wanted.public_key)
    foreign = SigningDigest(0, bytes(33), wanted.digest)
    ours = SigningDigest(0, other, wanted.digest)
    assert not refusals(replace(payment, signing=(wanted, foreign)), appliance.rules)
    assert refusals(replace(payment, signing=(foreign,)), appliance.rules) == {"KEY-NOT-ON-TOKEN"}
    both = replace(payment, signing=(wanted, ours))
    assert refusals(both, appliance.rules) == {"KEY-TWO-COSIGNERS"}


def test_what_cannot_be_judged_is_said(
    appliance: SoftwareAppliance, payment: DecodedTransaction
) -> None:
    blind = replace(appliance.rules, policy=None, whitelist=None, accounts=None)
    findings = judge_transaction(Reading("", payment, blind, NOW))
    assert [(f.rule, f.severity.value) for f in findings] == [("NO-CONTEXT", "attention")]
    assert findings[0].message == "not judged by: accounts, whitelist, policy"


def test_an_unlisted_destination_asks_for_attention_where_the_policy_allows_it(
    appliance: SoftwareAppliance, payment: DecodedTransaction
) -> None:
    relaxed = replace(
        appliance.rules, policy=replace(POLICY, require_whitelist=False), whitelist={}
    )
    findings = judge_transaction(Reading("", payment, relaxed, NOW))
    assert [(f.rule, f.severity.value) for f in findings] == [("WHITELIST", "attention")]


@pytest.mark.parametrize(("most", "refused"), [(60_000_000, False), (59_999_999, True)])
def test_a_limit_holds_to_the_last_base_unit(
    appliance: SoftwareAppliance, payment: DecodedTransaction, most: int, refused: bool
) -> None:
    limits = (AssetLimit("BTC", None, 10**12), AssetLimit("BTC", Chain.BITCOIN, most))
    standing = replace(appliance.rules, policy=replace(POLICY, limits=limits))
    assert (refusals(payment, standing) == {"LIMIT-PER-TRANSACTION"}) is refused


def test_a_limit_counts_all_outputs_together(
    appliance: SoftwareAppliance, payment: DecodedTransaction
) -> None:
    split = replace(payment, transfers=payment.transfers * 2)
    limits = (AssetLimit("BTC", None, 119_999_999),)
    standing = replace(appliance.rules, policy=replace(POLICY, limits=limits))
    assert refusals(split, standing) == {"LIMIT-PER-TRANSACTION"}


@pytest.mark.parametrize(
    ("fee", "refused"),
    [
        (BitcoinFee(30_000, 100), False),
        (BitcoinFee(30_001, 100), True),
        (BitcoinFee(3_000_000, 100_000), False),
        (BitcoinFee(3_000_001, 100_000), True),
    ],
    ids=["rate at the ceiling", "rate over it", "share at the ceiling", "share over it"],
)
def test_fee_ceilings_hold_to_the_last_satoshi(
    appliance: SoftwareAppliance, payment: DecodedTransaction, fee: BitcoinFee, refused: bool
) -> None:
    assert (refusals(replace(payment, fee=fee), appliance.rules) == {"FEE-CEILING"}) is refused


def test_a_rejected_request_stays_dead(appliance: SoftwareAppliance) -> None:
    """WITHDRAWAL-BURNT: what a signer rejected cannot be asked for again, in any batch."""
    from appliance.model.entry import BatchClosed  # noqa: PLC0415

    appliance.journal.append(BatchClosed(bytes(32), "B0", 99, ("W1-1",), b"response"))
    assert appliance.refusals(appliance.coordinator.honest()) == {"WITHDRAWAL-BURNT"}
    content = appliance.coordinator.content(2, nonce=0, salt=2)
    fresh = appliance.coordinator.seal(appliance.coordinator.request(content, 2))
    assert not appliance.refusals(fresh)


def test_adding_a_rule_never_clears_what_was_refused(appliance: SoftwareAppliance) -> None:
    """A failure before signing leaves the batch refused by one more rule, not by one fewer."""
    appliance.hsm.fail_after = 0
    with pytest.raises(HsmError):
        appliance.sign(appliance.coordinator.honest())
    assert appliance.refusals(appliance.coordinator.honest()) >= {"BATCH-UNFINISHED"}


@pytest.mark.parametrize(
    ("expires", "refused"),
    [
        (None, set()),
        (NOW * 1000 + 1, set()),
        (NOW * 1000 + MAX_VALIDITY, set()),
        (NOW * 1000, {"EXPIRED"}),
        (NOW * 1000 - 1, {"EXPIRED"}),
        (NOW * 1000 + MAX_VALIDITY + 1, {"EXPIRY-FAR"}),
        (1 << 62, {"EXPIRY-FAR"}),
    ],
)
def test_a_transaction_that_expires_does_so_soon_and_not_yet(
    appliance: SoftwareAppliance,
    payment: DecodedTransaction,
    expires: int | None,
    refused: set[str],
) -> None:
    assert refusals(replace(payment, expires=expires), appliance.rules) == refused


def test_without_a_clock_an_expiry_is_said_to_be_unjudged(
    appliance: SoftwareAppliance, payment: DecodedTransaction
) -> None:
    expiring = replace(payment, expires=1)
    findings = judge_transaction(Reading("", expiring, appliance.rules, None))
    assert [finding.message for finding in findings] == ["not judged by: time"]


@pytest.mark.parametrize(
    ("fee", "refused"),
    [
        (TronFee(100), set()),
        (TronFee(101), {"FEE-CEILING"}),
        (SolanaFee(5000, 200), set()),
        (SolanaFee(5000, 201), {"FEE-CEILING"}),
    ],
)
def test_fees_stay_under_the_ceilings_of_their_chains(
    appliance: SoftwareAppliance, payment: DecodedTransaction, fee: Fee, refused: set[str]
) -> None:
    policy = replace(POLICY, tron_fees=TronFees(100), solana_fees=SolanaFees(200))
    assert refusals(replace(payment, fee=fee), replace(appliance.rules, policy=policy)) == refused
    unlimited = replace(POLICY, tron_fees=TronFees(None), solana_fees=None)
    assert not refusals(replace(payment, fee=fee), replace(appliance.rules, policy=unlimited))


def test_data_for_everybody_is_carried_only_where_the_policy_allows_it(
    appliance: SoftwareAppliance, payment: DecodedTransaction
) -> None:
    carrying = replace(payment, findings=(attention(Rule.DATA_OUTPUT, "0x00", "output 1"),))
    assert refusals(carrying, appliance.rules) == {"DATA-OUTPUT"}
    assert refusals(carrying, replace(appliance.rules, policy=None)) == {"DATA-OUTPUT"}
    allowing = replace(appliance.rules, policy=replace(POLICY, allow_data_outputs=True))
    findings = judge_transaction(Reading("", carrying, allowing, NOW))
    assert [(f.rule, f.severity.value) for f in findings] == [("DATA-OUTPUT", "attention")]


@pytest.mark.parametrize(
    ("fee", "usual"),
    [
        (BitcoinFee(USUAL_SAT_VB * 141, 141), True),
        (BitcoinFee((USUAL_SAT_VB + 1) * 141, 141), False),
        (EthereumFee(USUAL_GAS, USUAL_WEI_PER_GAS), True),
        (EthereumFee(USUAL_GAS + 1, 1), False),
        (EthereumFee(21_000, USUAL_WEI_PER_GAS + 1), False),
        (TronFee(USUAL_SUN), True),
        (TronFee(USUAL_SUN + 1), False),
        (SolanaFee(5000, USUAL_LAMPORTS), True),
        (SolanaFee(5000, USUAL_LAMPORTS + 1), False),
    ],
)
def test_without_a_ceiling_a_fee_out_of_proportion_is_pointed_out(
    appliance: SoftwareAppliance, payment: DecodedTransaction, fee: Fee, usual: bool
) -> None:
    free = replace(POLICY, bitcoin_fees=None, ethereum_fees=None)
    rules = replace(appliance.rules, policy=free)
    findings = judge_transaction(Reading("", replace(payment, fee=fee), rules, NOW))
    told = [(finding.rule, finding.severity.value) for finding in findings]
    assert told == ([] if usual else [("FEE-UNUSUAL", "attention")])
    assert not [
        finding
        for finding in judge_transaction(
            Reading("", replace(payment, fee=fee), replace(rules, policy=CEILINGS), NOW)
        )
        if finding.rule == "FEE-UNUSUAL"
    ]
