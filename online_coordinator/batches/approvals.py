"""make, check: two people approve one digest, each with their own key."""

from django.db import transaction

from appliance.wire.envelope import Algorithm, verify_signature
from appliance.wire.epochs import Person
from appliance.wire.errors import EnvelopeSignature
from appliance.wire.messages import APPROVAL_STATEMENTS, BatchContent, OperatorApproval
from appliance.wire.statement import statement
from appliance.wire.terms import Role
from online_coordinator.appliances.services import genesis_of
from online_coordinator.batches.content import verified_content
from online_coordinator.batches.flow import advance, verify_step
from online_coordinator.batches.models import Approval, Batch
from online_coordinator.errors import ApprovalSignature, FourEyes
from online_coordinator.keys import SigningKey
from online_coordinator.roster import person_in_role
from online_coordinator.workflow import Step


def approve_as_maker(batch: Batch, key: SigningKey, now: int) -> Person:
    """Approve a batch with the maker's personal key; the same again changes nothing.

    Raises ApprovalRefused, OutOfOrder.
    """
    content = verified_content(batch)
    for given in approvals_of(batch):
        if given.role is Role.MAKER and given.key == key.public:
            return verify_approval(batch, content, given)
    verify_step(batch, Step.MAKE)
    signed = statement(content.audience.realm, APPROVAL_STATEMENTS[Role.MAKER], content.digest)
    approval = OperatorApproval(Role.MAKER, key.public, key.sign(signed))
    return _record(batch, content, approval, Step.MAKE, now)


def take_checker_approval(batch: Batch, approval: OperatorApproval, now: int) -> Person:
    """Take the approval that the checker's station made. Raises ApprovalRefused, OutOfOrder.

    The same approval again changes nothing.
    """
    same = Approval.objects.filter(
        batch=batch, role=Role.CHECKER.value, signature=approval.signature.hex()
    )
    content = verified_content(batch)
    if same.exists():
        return verify_approval(batch, content, approval)
    verify_step(batch, Step.CHECK)
    if approval.role is not Role.CHECKER:
        raise ApprovalSignature(f"this is an approval as {approval.role.value}, not as checker")
    return _record(batch, content, approval, Step.CHECK, now)


@transaction.atomic
def _record(
    batch: Batch, content: BatchContent, approval: OperatorApproval, step: Step, now: int
) -> Person:
    person = verify_approval(batch, content, approval)
    Approval.objects.create(
        batch=batch,
        role=approval.role.value,
        key=approval.key.hex(),
        signature=approval.signature.hex(),
        given=now,
    )
    advance(batch, step, now, person.name)
    return person


def approvals_of(batch: Batch) -> tuple[OperatorApproval, ...]:
    """Return the approvals on record, maker first."""
    given = {each.role: each for each in Approval.objects.filter(batch=batch)}
    return tuple(
        OperatorApproval(role, bytes.fromhex(each.key), bytes.fromhex(each.signature))
        for role in (Role.MAKER, Role.CHECKER)
        if (each := given.get(role.value)) is not None
    )


def verify_approval(batch: Batch, content: BatchContent, approval: OperatorApproval) -> Person:
    """Return who approved.

    Raises FourEyes for one key in two roles, ApprovalSignature for a signature over anything else
    than this content in this role, OperatorUnknown for a key outside the roster.
    """
    others = [other for other in approvals_of(batch) if other.role is not approval.role]
    if any(other.key == approval.key for other in others):
        raise FourEyes("maker and checker approve with one key")
    signed = statement(content.audience.realm, APPROVAL_STATEMENTS[approval.role], content.digest)
    try:
        verify_signature(Algorithm.EDDSA, approval.key, approval.signature, signed)
    except EnvelopeSignature:
        raise ApprovalSignature(
            f"the approval does not verify over batch {batch.name} as {approval.role.value}"
        ) from None
    roster = genesis_of(batch.appliance).roster
    person = person_in_role(roster, approval.role, approval.key)
    names = {person_in_role(roster, other.role, other.key).name for other in others}
    if person.name in names:
        raise FourEyes(f"{person.name} cannot be maker and checker of one batch")
    return person
