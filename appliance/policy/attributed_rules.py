"""Rules about a request of the coordinator: who asked, for what, and in which order."""

from collections import Counter
from collections.abc import Callable, Iterator

from appliance.model.rule import Rule, refusal
from appliance.policy.claims import mismatches
from appliance.policy.request_rules import Case
from appliance.wire.envelope import Algorithm, verify_signature
from appliance.wire.epochs import Person, Roster
from appliance.wire.errors import EnvelopeSignature
from appliance.wire.messages import (
    APPROVAL_STATEMENTS,
    Finding,
    OperatorApproval,
    SigningRequest,
)
from appliance.wire.statement import statement
from appliance.wire.terms import Role

CLOCK_TOLERANCE = 600
"""Seconds by which the coordinator's clock may be ahead of the appliance's."""
OPERATORS = (Role.MAKER, Role.CHECKER)

AttributedRule = Callable[[Case, SigningRequest], Iterator[Finding]]


def batch_empty(case: Case, request: SigningRequest) -> Iterator[Finding]:
    """A batch asks for something."""
    if not case.batch.items or not request.content.withdrawals:
        yield refusal(Rule.BATCH_EMPTY, "the batch has no transaction or no withdrawal request")


def expired(case: Case, request: SigningRequest) -> Iterator[Finding]:
    """Nothing is signed after its time."""
    if case.now > request.expires:
        late = case.now - request.expires
        yield refusal(Rule.EXPIRED, f"the request expired {late:,} seconds ago")


def made_early(case: Case, request: SigningRequest) -> Iterator[Finding]:
    """No request was made after now."""
    if case.now + CLOCK_TOLERANCE < request.created:
        early = request.created - case.now
        yield refusal(Rule.CLOCK, f"the request was made {early:,} seconds in the future")


def sequence_replayed(case: Case, request: SigningRequest) -> Iterator[Finding]:
    """A sequence number is used once."""
    if request.sequence in case.history.sequences:
        message = f"sequence number {request.sequence} was used before"
        yield refusal(Rule.SEQUENCE_REPLAYED, message)


def response_unknown(case: Case, request: SigningRequest) -> Iterator[Finding]:
    """The last response that the coordinator imported is one that this appliance gave."""
    named = request.last_response
    if named is not None and named not in case.history.responses:
        message = f"the request follows response {named.hex()[:16]}, which is not on record here"
        yield refusal(Rule.RESPONSE_UNKNOWN, message)


def approval_missing(_case: Case, request: SigningRequest) -> Iterator[Finding]:
    """Maker and checker each approve, once."""
    roles = Counter(approval.role for approval in request.approvals)
    for role in OPERATORS:
        if roles[role] != 1:
            yield refusal(Rule.APPROVAL_MISSING, f"{roles[role]} approvals as {role.value}, not 1")
    for role in roles.keys() - set(OPERATORS):
        yield refusal(Rule.APPROVAL_MISSING, f"an approval as {role.value} has no place here")


def approval_signature(_case: Case, request: SigningRequest) -> Iterator[Finding]:
    """Every approval is a signature over these very requests and bytes, in its role (R-37)."""
    content = request.content
    for approval in request.approvals:
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


def operator_unknown(case: Case, request: SigningRequest) -> Iterator[Finding]:
    """Approvals are by people whom the roster holds in that role."""
    for approval in request.approvals:
        if _person(case.standing.roster, approval) is None:
            message = f"the roster holds no such {approval.role.value}'s key"
            yield refusal(Rule.OPERATOR_UNKNOWN, message)


def four_eyes(case: Case, request: SigningRequest) -> Iterator[Finding]:
    """Maker and checker are two people (R-02), by their keys and by their names."""
    keys = Counter(approval.key for approval in request.approvals)
    people = (_person(case.standing.roster, approval) for approval in request.approvals)
    names = Counter(person.name for person in people if person is not None)
    if max([*keys.values(), *names.values()], default=0) > 1:
        yield refusal(Rule.FOUR_EYES, "one person approved as maker and as checker")


def _person(roster: Roster | None, approval: OperatorApproval) -> Person | None:
    people = roster.people if roster else ()
    return next((p for p in people if p.key == approval.key and p.role is approval.role), None)


def claim_mismatch(case: Case, request: SigningRequest) -> Iterator[Finding]:
    """Every request is paid exactly once, and nothing else is (the three-way match)."""
    withdrawals = {each.id: each for each in request.content.withdrawals}
    for item in case.decoded:
        claims = tuple(withdrawals[name] for name in item.unsigned.covers if name in withdrawals)
        for message in mismatches(item.transaction, claims):
            yield refusal(Rule.CLAIM_MISMATCH, message, item.unsigned.id)
    covered = Counter(name for item in case.batch.items for name in item.unsigned.covers)
    for name in withdrawals.keys() | covered.keys():
        if covered[name] != 1 or name not in withdrawals:
            message = f"request {name} is covered by {covered[name]} transactions, not by 1"
            yield refusal(Rule.CLAIM_MISMATCH, message)


def account_mismatch(case: Case, request: SigningRequest) -> Iterator[Finding]:
    """The account that pays is the one that the transaction and its requests name."""
    wallets = {each.id: each.wallet for each in request.content.withdrawals}
    for item in case.decoded:
        named = {wallets[name] for name in item.unsigned.covers if name in wallets}
        if named | {item.unsigned.wallet} != {item.transaction.account}:
            message = f"account {item.transaction.account} pays, the request names another"
            yield refusal(Rule.ACCOUNT_MISMATCH, message, item.unsigned.id)
        if item.unsigned.chain is not item.transaction.chain:
            message = f"the transaction is for {item.transaction.chain.value}"
            yield refusal(Rule.HINT_MISMATCH, message, item.unsigned.id)


def withdrawal_repeated(case: Case, request: SigningRequest) -> Iterator[Finding]:
    """A withdrawal request is paid once in its life, and burnt for ever (R-46)."""
    names = Counter(each.id for each in request.content.withdrawals)
    for name, count in names.items():
        state = case.history.withdrawals.get(name)
        if state == "burnt":
            yield refusal(Rule.WITHDRAWAL_BURNT, f"request {name} was rejected or burnt")
        elif state is not None or count > 1:
            message = f"request {name} was signed before, or stands twice in the batch"
            yield refusal(Rule.WITHDRAWAL_REPEATED, message)


ATTRIBUTED_RULES: tuple[AttributedRule, ...] = (
    batch_empty,
    expired,
    made_early,
    sequence_replayed,
    response_unknown,
    approval_missing,
    approval_signature,
    operator_unknown,
    four_eyes,
    claim_mismatch,
    account_mismatch,
    withdrawal_repeated,
)
