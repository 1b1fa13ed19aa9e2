"""The flow, walked with software keys: honest batches go through, every attack is named."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import coincurve
import pytest

from appliance import signing
from appliance.errors import (
    ApprovalError,
    HsmError,
    JournalError,
    QuorumShort,
    SignatureMismatch,
    StaleSheet,
)
from appliance.model.batch import ClearedBatch
from appliance.wire import record
from appliance.wire.envelope import Envelope
from appliance.wire.errors import EnvelopeAudience, EnvelopeError, EnvelopeSignature
from appliance.wire.messages import (
    BatchContent,
    BatchSigned,
    SigningRequest,
    SigningResponse,
    message_digest,
)
from appliance.wire.statement import StatementType
from appliance.wire.terms import Realm, Role
from tests import hostile_coordinator as hostile
from tests.appliance.software import SIGNERS, SoftwareAppliance, found
from tests.hostile_coordinator import (
    CHECKER,
    ETH_ATTACKER,
    ETH_CLIENT,
    FAKE_TOKEN,
    MAKER,
    NOW,
    Coordinator,
    approval,
    with_transaction,
)


@pytest.fixture
def appliance(tmp_path: Path) -> SoftwareAppliance:
    return found(tmp_path)


def response_in(appliance: SoftwareAppliance, message: bytes) -> SigningResponse:
    purpose = (appliance.genesis.realm, StatementType.SIGNING_RESPONSE)
    payload = Envelope.parse(message).verify(appliance.genesis.manifest.attestation, purpose)
    return record.decode(SigningResponse, payload)


def test_an_honest_batch_is_signed_and_answered(appliance: SoftwareAppliance) -> None:
    envelope = appliance.coordinator.honest()
    response = response_in(appliance, appliance.sign(envelope))
    assert response.request == message_digest(envelope)
    match response.outcome:
        case BatchSigned(transactions=transactions, approvals=approvals):
            assert [t.id for t in transactions] == ["btc-1", "eth-1", "eth-2"]
            assert [a.name for a in approvals] == ["Ada", "Ben"]
            signed = [s.digest for t in transactions for s in t.signatures]
            assert signed == appliance.hsm.digests
        case other:
            pytest.fail(repr(other))


def test_every_digest_is_on_record_and_anchored_before_the_hsm_is_asked(
    appliance: SoftwareAppliance,
) -> None:
    appliance.hsm.fail_after = 0
    with pytest.raises(HsmError):
        appliance.sign(appliance.coordinator.honest())
    history = appliance.journal.history()
    assert history.unfinished is not None
    assert appliance.hsm.anchors == [history.head]


def test_two_batches_follow_each_other(appliance: SoftwareAppliance) -> None:
    first = appliance.sign(appliance.coordinator.honest(1))
    content = appliance.coordinator.content(2, nonce=2, salt=2)
    request = appliance.coordinator.request(content, 2)
    follows = replace(request, last_response=message_digest(first))
    appliance.sign(appliance.coordinator.seal(follows))


# Attacks by a hostile coordinator, each with the rule that refuses it

Change = Callable[[Coordinator, BatchContent], BatchContent]


def destination_changed(c: Coordinator, content: BatchContent) -> BatchContent:
    payload = hostile.ethereum_transfer(0, destination=ETH_ATTACKER)
    return with_transaction(content, "eth-1", lambda t: replace(t, payload=payload))


def amount_changed(c: Coordinator, content: BatchContent) -> BatchContent:
    payload = hostile.token_transfer(1, amount=250_000_000)
    return with_transaction(content, "eth-2", lambda t: replace(t, payload=payload))


def change_to_a_foreign_key(c: Coordinator, content: BatchContent) -> BatchContent:
    spent = hostile.coin(c.bitcoin, 100_000_000, 1)
    outputs = [
        (hostile.address_script(hostile.BTC_CLIENT), 60_000_000),
        (hostile.address_script(hostile.BTC_ATTACKER), 39_998_000),
    ]
    payload = hostile.psbt([spent], outputs)
    return with_transaction(content, "btc-1", lambda t: replace(t, payload=payload))


def bitcoin_fee_bomb(c: Coordinator, content: BatchContent) -> BatchContent:
    spent = hostile.coin(c.bitcoin, 100_000_000, 1)
    outputs = [(hostile.address_script(hostile.BTC_CLIENT), 60_000_000)]
    payload = hostile.psbt([spent], outputs)
    return with_transaction(content, "btc-1", lambda t: replace(t, payload=payload))


def ethereum_fee_bomb(c: Coordinator, content: BatchContent) -> BatchContent:
    payload = hostile.ethereum_transfer(0, max_fee=10**13)
    return with_transaction(content, "eth-1", lambda t: replace(t, payload=payload))


def unknown_token(c: Coordinator, content: BatchContent) -> BatchContent:
    payload = hostile.token_transfer(1, token=FAKE_TOKEN)
    return with_transaction(content, "eth-2", lambda t: replace(t, payload=payload))


def wrong_chain_id(c: Coordinator, content: BatchContent) -> BatchContent:
    payload = hostile.ethereum_transfer(0, chain_id=1)
    return with_transaction(content, "eth-1", lambda t: replace(t, payload=payload))


def nonce_held_back(c: Coordinator, content: BatchContent) -> BatchContent:
    payload = hostile.token_transfer(7)
    return with_transaction(content, "eth-2", lambda t: replace(t, payload=payload))


def one_nonce_twice(c: Coordinator, content: BatchContent) -> BatchContent:
    payload = hostile.token_transfer(0)
    return with_transaction(content, "eth-2", lambda t: replace(t, payload=payload))


def request_twice(c: Coordinator, content: BatchContent) -> BatchContent:
    return replace(content, withdrawals=(*content.withdrawals, content.withdrawals[0]))


def request_unpaid(c: Coordinator, content: BatchContent) -> BatchContent:
    return replace(content, transactions=content.transactions[:2])


def payment_nobody_asked_for(c: Coordinator, content: BatchContent) -> BatchContent:
    return replace(content, withdrawals=content.withdrawals[:2])


def to_an_address_off_the_whitelist(c: Coordinator, content: BatchContent) -> BatchContent:
    asked = replace(content.withdrawals[1], destination=ETH_ATTACKER)
    listed = (content.withdrawals[0], asked, content.withdrawals[2])
    return destination_changed(c, replace(content, withdrawals=listed))


def over_the_limit(c: Coordinator, content: BatchContent) -> BatchContent:
    asked = replace(content.withdrawals[1], amount=10**19 + 1)
    listed = (content.withdrawals[0], asked, content.withdrawals[2])
    payload = hostile.ethereum_transfer(0, value=10**19 + 1)
    return with_transaction(
        replace(content, withdrawals=listed), "eth-1", lambda t: replace(t, payload=payload)
    )


def another_wallet_named(c: Coordinator, content: BatchContent) -> BatchContent:
    return with_transaction(content, "btc-1", lambda t: replace(t, wallet="eth-cold"))


def broken_bytes(c: Coordinator, content: BatchContent) -> BatchContent:
    return with_transaction(content, "btc-1", lambda t: replace(t, payload=t.payload[:-1]))


def nothing_asked_for(c: Coordinator, content: BatchContent) -> BatchContent:
    return replace(content, withdrawals=(), transactions=())


@pytest.mark.parametrize(
    ("attack", "rule"),
    [
        (destination_changed, "CLAIM-MISMATCH"),
        (destination_changed, "WHITELIST"),
        (amount_changed, "CLAIM-MISMATCH"),
        (change_to_a_foreign_key, "CLAIM-MISMATCH"),
        (change_to_a_foreign_key, "WHITELIST"),
        (bitcoin_fee_bomb, "FEE-CEILING"),
        (ethereum_fee_bomb, "FEE-CEILING"),
        (unknown_token, "TOKEN-UNKNOWN"),
        (wrong_chain_id, "CHAIN-MISMATCH"),
        (nonce_held_back, "NONCE-GAP"),
        (one_nonce_twice, "NONCE-REUSED"),
        (request_twice, "WITHDRAWAL-REPEATED"),
        (request_unpaid, "CLAIM-MISMATCH"),
        (payment_nobody_asked_for, "CLAIM-MISMATCH"),
        (to_an_address_off_the_whitelist, "WHITELIST"),
        (over_the_limit, "LIMIT-PER-TRANSACTION"),
        (another_wallet_named, "ACCOUNT-MISMATCH"),
        (broken_bytes, "MALFORMED"),
        (nothing_asked_for, "BATCH-EMPTY"),
    ],
    ids=lambda value: value if isinstance(value, str) else value.__name__,
)
def test_refuses_even_when_maker_and_checker_were_deceived(
    appliance: SoftwareAppliance, attack: Change, rule: str
) -> None:
    coordinator = appliance.coordinator
    content = attack(coordinator, coordinator.content())
    assert rule in appliance.refusals(coordinator.seal(coordinator.request(content)))


@pytest.mark.parametrize("attack", [destination_changed, amount_changed, request_unpaid])
def test_refuses_a_change_after_the_approvals(appliance: SoftwareAppliance, attack: Change) -> None:
    coordinator = appliance.coordinator
    approved = coordinator.request(coordinator.content())
    altered = replace(approved, content=attack(coordinator, approved.content))
    assert "APPROVAL-SIGNATURE" in appliance.refusals(coordinator.seal(altered))


def only_the_maker(request: SigningRequest) -> SigningRequest:
    return replace(request, approvals=request.approvals[:1])


def maker_checks_too(request: SigningRequest) -> SigningRequest:
    content = request.content
    both = (approval(Role.MAKER, MAKER, content), approval(Role.CHECKER, MAKER, content))
    return replace(request, approvals=both)


def makers_approval_replayed(request: SigningRequest) -> SigningRequest:
    maker, checker = request.approvals
    return replace(request, approvals=(maker, replace(checker, signature=maker.signature)))


def maker_three_times(request: SigningRequest) -> SigningRequest:
    return replace(request, approvals=(*request.approvals, request.approvals[0]))


def checker_signs_for_the_maker(request: SigningRequest) -> SigningRequest:
    content = request.content
    both = (approval(Role.MAKER, CHECKER, content), approval(Role.CHECKER, CHECKER, content))
    return replace(request, approvals=both)


def late(request: SigningRequest) -> SigningRequest:
    return replace(request, expires=NOW - 1)


def from_the_future(request: SigningRequest) -> SigningRequest:
    return replace(request, created=NOW + 3600, expires=NOW + 7200)


def after_a_response_nobody_gave(request: SigningRequest) -> SigningRequest:
    return replace(request, last_response=bytes(32))


@pytest.mark.parametrize(
    ("attack", "rule"),
    [
        (only_the_maker, "APPROVAL-MISSING"),
        (maker_checks_too, "FOUR-EYES"),
        (maker_checks_too, "OPERATOR-UNKNOWN"),
        (checker_signs_for_the_maker, "FOUR-EYES"),
        (makers_approval_replayed, "APPROVAL-SIGNATURE"),
        (maker_three_times, "APPROVAL-MISSING"),
        (late, "EXPIRED"),
        (from_the_future, "CLOCK"),
        (after_a_response_nobody_gave, "RESPONSE-UNKNOWN"),
    ],
    ids=lambda value: value if isinstance(value, str) else value.__name__,
)
def test_refuses_a_request_that_was_not_asked_for_properly(
    appliance: SoftwareAppliance,
    attack: Callable[[SigningRequest], SigningRequest],
    rule: str,
) -> None:
    coordinator = appliance.coordinator
    request = attack(coordinator.request(coordinator.content()))
    assert rule in appliance.refusals(coordinator.seal(request))


def test_refuses_a_policy_that_limits_nothing(tmp_path: Path) -> None:
    empty = replace(hostile.POLICY, require_whitelist=False, limits=())
    appliance = found(tmp_path, replace(hostile.proposal(), policy=empty))
    assert "POLICY-EMPTY" in appliance.refusals(appliance.coordinator.honest())


def test_refuses_what_was_signed_before(appliance: SoftwareAppliance) -> None:
    coordinator = appliance.coordinator
    appliance.sign(coordinator.honest())
    assert appliance.refusals(coordinator.honest()) >= {
        "SEQUENCE-REPLAYED",
        "WITHDRAWAL-REPEATED",
        "OUTPOINT-REUSED",
        "NONCE-REUSED",
    }


def test_refuses_a_second_batch_on_the_same_coin_and_nonce(appliance: SoftwareAppliance) -> None:
    coordinator = appliance.coordinator
    appliance.sign(coordinator.honest(1))
    again = coordinator.seal(coordinator.request(coordinator.content(2, nonce=0, salt=1), 2))
    assert appliance.refusals(again) == {"OUTPOINT-REUSED", "NONCE-REUSED"}


def test_refuses_while_the_clock_stands_before_the_journal(appliance: SoftwareAppliance) -> None:
    appliance.now = NOW - 60
    assert appliance.refusals(appliance.coordinator.honest(now=NOW - 60)) == {"CLOCK"}


def test_refuses_another_batch_while_one_is_unfinished(appliance: SoftwareAppliance) -> None:
    appliance.hsm.fail_after = 1
    with pytest.raises(HsmError):
        appliance.sign(appliance.coordinator.honest())
    coordinator = appliance.coordinator
    other = coordinator.seal(coordinator.request(coordinator.content(2, 2, 2), 2))
    assert appliance.refusals(other) == {"BATCH-UNFINISHED"}


# Envelopes


def test_a_batch_for_another_appliance_or_realm_is_not_even_read(
    appliance: SoftwareAppliance,
) -> None:
    coordinator = appliance.coordinator
    audience = replace(coordinator.content().audience, appliance=bytes(16))
    content = replace(coordinator.content(), audience=audience)
    with pytest.raises(EnvelopeAudience):
        appliance.judge(coordinator.seal(coordinator.request(content)))
    elsewhere = replace(appliance.genesis, realm=Realm.PRODUCTION)
    with pytest.raises(EnvelopeSignature):
        appliance.judge(Coordinator(elsewhere).honest())


def test_a_flipped_bit_anywhere_is_not_even_read(appliance: SoftwareAppliance) -> None:
    envelope = appliance.coordinator.honest()
    for at in range(0, 8 * len(envelope), 97):
        flipped = bytearray(envelope)
        flipped[at // 8] ^= 1 << at % 8
        with pytest.raises(EnvelopeError):
            appliance.judge(bytes(flipped))


# Approvals


def cleared(appliance: SoftwareAppliance) -> ClearedBatch:
    return appliance.cleared(appliance.coordinator.honest())


def test_one_signer_is_not_enough(appliance: SoftwareAppliance) -> None:
    batch = cleared(appliance)
    sheet = signing.review(batch, appliance.rules)
    given = (appliance.approval(sheet, "Ada"),)
    with pytest.raises(QuorumShort):
        signing.approve(batch, appliance.rules, given)


def test_one_signer_twice_is_not_enough(appliance: SoftwareAppliance) -> None:
    batch = cleared(appliance)
    sheet = signing.review(batch, appliance.rules)
    with pytest.raises(QuorumShort):
        signing.approve(batch, appliance.rules, (appliance.approval(sheet, "Ada"),) * 2)


def test_an_approval_of_another_sheet_counts_for_nothing(appliance: SoftwareAppliance) -> None:
    batch = cleared(appliance)
    sheet = signing.review(batch, appliance.rules)
    other = replace(sheet, batch="another")
    given = (appliance.approval(sheet, "Ada"), appliance.approval(other, "Ben"))
    with pytest.raises(StaleSheet):
        signing.approve(batch, appliance.rules, given)


def test_an_approval_by_a_stranger_or_under_anothers_name_counts_for_nothing(
    appliance: SoftwareAppliance,
) -> None:
    batch = cleared(appliance)
    sheet = signing.review(batch, appliance.rules)
    ada, ben = (appliance.approval(sheet, name) for name in SIGNERS[:2])
    for forged in (
        appliance.approval(sheet, "Eve"),
        replace(ada, name="Ben"),
        replace(ben, signature=ada.signature),
    ):
        with pytest.raises(ApprovalError):
            signing.approve(batch, appliance.rules, (ada, forged))


# Interruption


def resume(appliance: SoftwareAppliance) -> bytes:
    unfinished = appliance.journal.history().unfinished
    assert unfinished is not None
    return signing.resume(
        unfinished,
        appliance.genesis,
        appliance.rules,
        appliance.hsm,
        appliance.journal,
        lambda *_: None,
    )


def test_an_interrupted_batch_resumes_with_the_same_digests(appliance: SoftwareAppliance) -> None:
    appliance.hsm.fail_after = 2
    with pytest.raises(HsmError):
        appliance.sign(appliance.coordinator.honest())
    before = appliance.hsm.digests.copy()
    appliance.hsm.fail_after = None
    response = response_in(appliance, resume(appliance))
    assert isinstance(response.outcome, BatchSigned)
    assert appliance.hsm.digests[2:4] == before
    assert len(set(appliance.hsm.digests)) == 3
    assert appliance.journal.history().unfinished is None


def test_an_intent_that_no_longer_matches_its_bytes_is_not_resumed(
    appliance: SoftwareAppliance,
) -> None:
    appliance.hsm.fail_after = 0
    with pytest.raises(HsmError):
        appliance.sign(appliance.coordinator.honest())
    unfinished = appliance.journal.history().unfinished
    assert unfinished is not None
    other = appliance.coordinator.seal(
        appliance.coordinator.request(appliance.coordinator.content(2, 2, 2), 2)
    )
    altered = replace(unfinished, intent=replace(unfinished.intent, message=other))
    with pytest.raises(JournalError, match="no longer gives"):
        signing.resume(
            altered,
            appliance.genesis,
            appliance.rules,
            appliance.hsm,
            appliance.journal,
            lambda *_: None,
        )
    assert not appliance.hsm.digests


ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


def test_a_repeated_nonce_of_the_hsm_stops_everything(appliance: SoftwareAppliance) -> None:
    def biased(public_key: bytes, digest: bytes) -> bytes:
        secret = int.from_bytes(appliance.hsm.keys[public_key].secret, "big")
        return _sign_with_nonce(12345, secret, int.from_bytes(digest, "big"))

    appliance.hsm.sign_digest = biased  # type: ignore[method-assign] # a faulty HSM
    with pytest.raises(SignatureMismatch, match="repeated a nonce"):
        appliance.sign(appliance.coordinator.honest())


def _sign_with_nonce(nonce: int, secret: int, digest: int) -> bytes:
    point = coincurve.PrivateKey.from_int(nonce).public_key.point()
    r = point[0] % ORDER
    s = pow(nonce, -1, ORDER) * (digest + r * secret) % ORDER
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def test_the_sheet_says_the_same_for_the_same_batch_and_another_for_another(
    appliance: SoftwareAppliance,
) -> None:
    batch = cleared(appliance)
    sheet = signing.review(batch, appliance.rules)
    assert signing.review(cleared(appliance), appliance.rules) == sheet
    told = "\n".join(f"{line.label}: {line.value}" for s in sheet.sections for line in s.lines)
    assert "0.6 BTC (60,000,000 base units)" in told
    assert "1 ETH (1,000,000,000,000,000,000 base units)" in told
    assert "25 TUSD (25,000,000 base units)" in told
    assert f"{ETH_CLIENT[:4]} {ETH_CLIENT[4:8]}" in told
    assert "Mei" in told
    assert "Chun" in told
