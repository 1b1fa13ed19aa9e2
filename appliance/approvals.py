"""Who may approve, who has, and which sheet they saw. The only place that constructs Approved."""

from appliance.errors import ApprovalError, QuorumShort, StaleSheet
from appliance.model.batch import Approved, ClearedBatch, ReviewSheet
from appliance.wire.envelope import Algorithm, verify_signature
from appliance.wire.epochs import Person, Roster
from appliance.wire.errors import EnvelopeSignature
from appliance.wire.messages import SignerApproval
from appliance.wire.statement import StatementType, statement
from appliance.wire.terms import Realm, Role


def approval_statement(realm: Realm, sheet: bytes) -> bytes:
    """Return the bytes by which a signer approves the sheet with this digest."""
    return statement(realm, StatementType.SIGNER_APPROVAL, sheet)


def signer(roster: Roster, name: str) -> Person:
    """Return the signer of this name. Raises ApprovalError when the roster holds none."""
    for person in roster.people:
        if person.name == name and person.role is Role.SIGNER:
            return person
    raise ApprovalError("the roster holds no signer of this name")


def verify_approval(approval: SignerApproval, sheet: ReviewSheet, roster: Roster) -> None:
    """Raise ApprovalError unless a signer of the roster signed this very sheet."""
    if approval.sheet != sheet.digest:
        raise StaleSheet(f"{approval.name}'s approval is for another sheet than this one")
    person = signer(roster, approval.name)
    if approval.key != person.key:
        raise ApprovalError(f"{approval.name}'s approval is by another key than the roster's")
    try:
        signed = approval_statement(sheet.realm, sheet.digest)
        verify_signature(Algorithm.EDDSA, approval.key, approval.signature, signed)
    except EnvelopeSignature as wrong:
        raise ApprovalError(f"{approval.name}'s approval does not verify") from wrong


def approve(
    cleared: ClearedBatch,
    sheet: ReviewSheet,
    approvals: tuple[SignerApproval, ...],
    roster: Roster,
) -> Approved:
    """Return the approved batch once enough distinct signers approved this very sheet.

    Raises ApprovalError: QuorumShort, StaleSheet, a wrong signature, or a signer who made or
    checked the batch.
    """
    if sheet.request != cleared.received.digest:
        raise StaleSheet("the sheet is of another request")
    for approval in approvals:
        verify_approval(approval, sheet, roster)
    operators = {approval.key for approval in cleared.received.approvals}
    keys = {approval.key for approval in approvals}
    if keys & operators:
        raise ApprovalError("a signer may not have made or checked the batch")
    if len(keys) < roster.signers_required:
        needed = roster.signers_required
        raise QuorumShort(f"{len(keys)} of {needed} signers have approved")
    if len(keys) != len(approvals):
        raise ApprovalError("one signer approved twice")
    return Approved(cleared, sheet, approvals)
