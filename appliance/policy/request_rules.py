"""Rules about a request as a whole: who asked, when, for what, and what was signed before."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from appliance.model.batch import Decoded, DecodedBatch
from appliance.model.history import History
from appliance.model.rule import Rule, refusal
from appliance.model.transaction import DecodedTransaction, Reservation
from appliance.policy.claims import mismatches
from appliance.policy.standing import StandingRules
from appliance.wire.envelope import Algorithm, verify_signature
from appliance.wire.epochs import EthereumAccount, Person, Roster
from appliance.wire.errors import EnvelopeSignature
from appliance.wire.messages import (
    APPROVAL_STATEMENTS,
    Finding,
    OperatorApproval,
    SigningRequest,
)
from appliance.wire.statement import statement
from appliance.wire.terms import Chain, Role

CLOCK_TOLERANCE = 600
"""Seconds by which the coordinator's clock may be ahead of the appliance's."""
OPERATORS = (Role.MAKER, Role.CHECKER)


@dataclass(frozen=True, slots=True)
class Case:
    """A request and what it is judged by. `now` is the appliance's clock in Unix seconds."""

    batch: DecodedBatch
    standing: StandingRules
    history: History
    now: int

    @property
    def request(self) -> SigningRequest:
        """What the coordinator asks."""
        return self.batch.received.request

    @property
    def decoded(self) -> Iterator[Decoded]:
        """The transactions whose bytes could be explained."""
        return (item for item in self.batch.items if isinstance(item, Decoded))


RequestRule = Callable[[Case], Iterator[Finding]]


def policy_empty(case: Case) -> Iterator[Finding]:
    """A policy that limits nothing refuses everything."""
    policy = case.standing.policy
    if policy is None or not (policy.require_whitelist or policy.limits):
        yield refusal(Rule.POLICY_EMPTY, "there is no policy that limits anything")


def batch_empty(case: Case) -> Iterator[Finding]:
    """A batch asks for something."""
    if not case.batch.items or not case.request.content.withdrawals:
        yield refusal(Rule.BATCH_EMPTY, "the batch has no transaction or no withdrawal request")


def expired(case: Case) -> Iterator[Finding]:
    """Nothing is signed after its time."""
    if case.now > case.request.expires:
        late = case.now - case.request.expires
        yield refusal(Rule.EXPIRED, f"the request expired {late:,} seconds ago")


def clock(case: Case) -> Iterator[Finding]:
    """Time only goes forward: after the journal's last entry and after the request was made."""
    if case.now < case.history.time:
        late = case.history.time - case.now
        message = f"the clock stands {late:,} seconds before the journal's last entry"
        yield refusal(Rule.CLOCK, message)
    if case.now + CLOCK_TOLERANCE < case.request.created:
        early = case.request.created - case.now
        yield refusal(Rule.CLOCK, f"the request was made {early:,} seconds in the future")


def sequence_replayed(case: Case) -> Iterator[Finding]:
    """A sequence number is used once."""
    if case.request.sequence in case.history.sequences:
        message = f"sequence number {case.request.sequence} was used before"
        yield refusal(Rule.SEQUENCE_REPLAYED, message)


def response_unknown(case: Case) -> Iterator[Finding]:
    """The last response that the coordinator imported is one that this appliance gave."""
    named = case.request.last_response
    if named is not None and named not in case.history.responses:
        message = f"the request follows response {named.hex()[:16]}, which is not on record here"
        yield refusal(Rule.RESPONSE_UNKNOWN, message)


def batch_unfinished(case: Case) -> Iterator[Finding]:
    """An interrupted batch comes first."""
    if case.history.unfinished is not None:
        batch = case.history.unfinished.intent.batch
        yield refusal(Rule.BATCH_UNFINISHED, f"batch {batch} was interrupted")


def approval_missing(case: Case) -> Iterator[Finding]:
    """Maker and checker each approve, once."""
    roles = Counter(approval.role for approval in case.request.approvals)
    for role in OPERATORS:
        if roles[role] != 1:
            yield refusal(Rule.APPROVAL_MISSING, f"{roles[role]} approvals as {role.value}, not 1")
    for role in roles.keys() - set(OPERATORS):
        yield refusal(Rule.APPROVAL_MISSING, f"an approval as {role.value} has no place here")


def approval_signature(case: Case) -> Iterator[Finding]:
    """Every approval is a signature over these very requests and bytes, in its role (R-37)."""
    content = case.request.content
    for approval in case.request.approvals:
        kind = APPROVAL_STATEMENTS.get(approval.role)
        realm = content.audience.realm
        if kind is None or not _is_signed(approval, statement(realm, kind, content.digest)):
            message = f"the {approval.role.value}'s approval is not for these requests and bytes"
            yield refusal(Rule.APPROVAL_SIGNATURE, message)


def _is_signed(approval: OperatorApproval, signed: bytes) -> bool:
    try:
        verify_signature(Algorithm.EDDSA, approval.key, approval.signature, signed)
    except EnvelopeSignature:
        return False
    return True


def operator_unknown(case: Case) -> Iterator[Finding]:
    """Approvals are by people whom the roster holds in that role."""
    for approval in case.request.approvals:
        if _person(case.standing.roster, approval) is None:
            message = f"the roster holds no such {approval.role.value}'s key"
            yield refusal(Rule.OPERATOR_UNKNOWN, message)


def four_eyes(case: Case) -> Iterator[Finding]:
    """Maker and checker are two people (R-02), by their keys and by their names."""
    keys = Counter(approval.key for approval in case.request.approvals)
    people = (_person(case.standing.roster, approval) for approval in case.request.approvals)
    names = Counter(person.name for person in people if person is not None)
    if max([*keys.values(), *names.values()], default=0) > 1:
        yield refusal(Rule.FOUR_EYES, "one person approved as maker and as checker")


def _person(roster: Roster | None, approval: OperatorApproval) -> Person | None:
    people = roster.people if roster else ()
    return next((p for p in people if p.key == approval.key and p.role is approval.role), None)


def claim_mismatch(case: Case) -> Iterator[Finding]:
    """Every request is paid exactly once, and nothing else is (the three-way match)."""
    withdrawals = {request.id: request for request in case.request.content.withdrawals}
    for item in case.decoded:
        claims = tuple(withdrawals[name] for name in item.unsigned.covers if name in withdrawals)
        for message in mismatches(item.transaction, claims):
            yield refusal(Rule.CLAIM_MISMATCH, message, item.unsigned.id)
    covered = Counter(name for item in case.batch.items for name in item.unsigned.covers)
    for name in withdrawals.keys() | covered.keys():
        if covered[name] != 1 or name not in withdrawals:
            message = f"request {name} is covered by {covered[name]} transactions, not by 1"
            yield refusal(Rule.CLAIM_MISMATCH, message)


def account_mismatch(case: Case) -> Iterator[Finding]:
    """The account that pays is the one that the transaction and its requests name."""
    wallets = {request.id: request.wallet for request in case.request.content.withdrawals}
    for item in case.decoded:
        named = {wallets[name] for name in item.unsigned.covers if name in wallets}
        if named | {item.unsigned.wallet} != {item.transaction.account}:
            message = f"account {item.transaction.account} pays, the request names another"
            yield refusal(Rule.ACCOUNT_MISMATCH, message, item.unsigned.id)
        if item.unsigned.chain is not item.transaction.chain:
            message = f"the transaction is for {item.transaction.chain.value}"
            yield refusal(Rule.HINT_MISMATCH, message, item.unsigned.id)


def withdrawal_repeated(case: Case) -> Iterator[Finding]:
    """A withdrawal request is paid once in its life, and burnt for ever (R-46)."""
    names = Counter(request.id for request in case.request.content.withdrawals)
    for name, count in names.items():
        state = case.history.withdrawals.get(name)
        if state == "burnt":
            yield refusal(Rule.WITHDRAWAL_BURNT, f"request {name} was rejected or burnt")
        elif state is not None or count > 1:
            message = f"request {name} was signed before, or stands twice in the batch"
            yield refusal(Rule.WITHDRAWAL_REPEATED, message)


def reserved_before(case: Case) -> Iterator[Finding]:
    """No outpoint and no nonce is ever signed away twice (R-45)."""
    in_batch = Counter(held for item in case.decoded for held in item.transaction.reserves)
    for item in case.decoded:
        for held in item.transaction.reserves:
            if held in case.history.reservations or in_batch[held] > 1:
                yield _reuse(item, held)


def _reuse(item: Decoded, held: Reservation) -> Finding:
    what = f"{held.subject}:{held.position}"
    match held.chain:
        case Chain.BITCOIN:
            message = f"output {what} was signed away before"
            return refusal(Rule.OUTPOINT_REUSED, message, item.unsigned.id)
        case Chain.ETHEREUM:
            message = f"nonce {held.position} of {held.subject} was signed before"
            return refusal(Rule.NONCE_REUSED, message, item.unsigned.id)
        case Chain.TRON | Chain.SOLANA:
            message = f"{held.subject} was signed away before"
            return refusal(Rule.NONCE_REUSED, message, item.unsigned.id)


def nonce_gap(case: Case) -> Iterator[Finding]:
    """Nonces follow each other with no gap, in the order of the batch (attack: held signature)."""
    expected = dict(case.history.next_nonces)
    for item in case.decoded:
        yield from lane_gap(item.transaction, case.standing, expected, item.unsigned.id)


def lane_gap(
    transaction: DecodedTransaction,
    standing: StandingRules,
    expected: dict[tuple[str, str], int],
    where: str,
) -> Iterator[Finding]:
    """Compare a transaction's nonce with the next expected one, and move that on."""
    account = (standing.accounts or {}).get(transaction.account or "")
    if not isinstance(account, EthereumAccount) or account.next_nonce is None:
        return
    for held in transaction.reserves:
        lane = (held.network, held.subject)
        due = expected.get(lane, account.next_nonce)
        expected[lane] = max(due, held.position + 1)
        if held.position > due:
            message = f"nonce {held.position} leaves a gap: {due} is next"
            yield refusal(Rule.NONCE_GAP, message, where)
        elif held.position < account.next_nonce:
            message = f"nonce {held.position} was used before this account was registered"
            yield refusal(Rule.NONCE_REUSED, message, where)


REQUEST_RULES: tuple[RequestRule, ...] = (
    policy_empty,
    batch_empty,
    expired,
    clock,
    sequence_replayed,
    response_unknown,
    batch_unfinished,
    approval_missing,
    approval_signature,
    operator_unknown,
    four_eyes,
    claim_mismatch,
    account_mismatch,
    withdrawal_repeated,
    reserved_before,
    nonce_gap,
)
