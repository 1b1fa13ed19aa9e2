"""import → finalise: the appliance's answer is believed only where it verifies, then used."""

from dataclasses import asdict
from typing import Any

from django.db import transaction

from appliance.wire import record
from appliance.wire.envelope import Algorithm, Envelope, key_id_of, verify_signature
from appliance.wire.epochs import BitcoinAccount, EthereumAccount, Genesis
from appliance.wire.errors import EnvelopeAudience, EnvelopeSignature, NotCanonical
from appliance.wire.messages import (
    APPROVAL_STATEMENTS,
    MAX_MESSAGE,
    VERSION,
    Audience,
    BatchBurnt,
    BatchContent,
    BatchRefused,
    BatchRejected,
    BatchSigned,
    SignerApproval,
    SigningResponse,
    TransactionSignatures,
    message_digest,
)
from appliance.wire.statement import StatementType, statement
from appliance.wire.terms import Role
from online_coordinator.appliances.models import Appliance
from online_coordinator.appliances.services import genesis_of
from online_coordinator.batches.content import transactions_of, verified_content
from online_coordinator.batches.final import complete, verify_payments
from online_coordinator.batches.flow import advance, out_of_order
from online_coordinator.batches.models import Batch, Export, Response, TransactionState
from online_coordinator.errors import (
    ResponseConflict,
    ResponseMismatch,
    ResponseSignature,
    foreign,
)
from online_coordinator.finalise.outcome import Final, PartlySigned
from online_coordinator.wallets.services import account_of
from online_coordinator.workflow import BatchState, Step

OUTCOMES = {
    BatchSigned: ("signed", Step.IMPORT_SIGNED),
    BatchRefused: ("refused", Step.IMPORT_REFUSED),
    BatchRejected: ("rejected", Step.IMPORT_REJECTED),
    BatchBurnt: ("burnt", Step.IMPORT_BURNT),
}


def import_response(message: bytes, expected: Batch | None, now: int) -> Response:
    """Take an appliance's answer to an exported batch; the same answer again changes nothing.

    `expected` is the batch it must be for, where the person said so. Raises WireError for a message
    that no registered appliance sealed, ResponseRefused for one that does not answer what was
    exported or whose signatures do not verify, and then nothing was changed.
    """
    appliance, response = _open(message)
    export = _export_of(appliance, response, expected)
    digest = message_digest(message).hex()
    known = Response.objects.filter(digest=digest).first()
    if known is not None:
        return known
    batch = export.batch
    if batch.state != BatchState.EXPORTED.value:
        if Response.objects.filter(export__batch=batch).exists():
            raise ResponseConflict(f"batch {batch.name} was already answered, and otherwise")
        raise out_of_order(batch, "import")
    name, step = OUTCOMES[type(response.outcome)]
    if step is Step.IMPORT_REFUSED and export != Export.objects.filter(batch=batch).last():
        raise ResponseMismatch("this refuses an earlier export of the batch; a later one is out")
    with transaction.atomic():
        stored = Response.objects.create(
            export=export,
            envelope=message,
            digest=digest,
            outcome=name,
            detail=_detail(response),
            journal_index=response.journal.index,
            journal_head=response.journal.digest.hex(),
            imported=now,
        )
        Appliance.objects.filter(pk=appliance.pk).update(last_response=digest)
        advance(batch, step, now)
        if isinstance(response.outcome, BatchSigned):
            _take_signatures(batch, response.outcome, now)
    return stored


def _open(message: bytes) -> tuple[Appliance, SigningResponse]:
    """Return whose response this is, and what it says. Raises WireError."""
    if len(message) > MAX_MESSAGE:
        raise NotCanonical(f"a response of {len(message)} bytes is over the limit")
    envelope = Envelope.parse(message)
    appliance = _signer(envelope.key_id)
    genesis = genesis_of(appliance)
    if envelope.algorithm is not Algorithm.ES256:
        raise EnvelopeSignature("the response is not signed with the attestation key's algorithm")
    purpose = (genesis.realm, StatementType.SIGNING_RESPONSE)
    payload = envelope.verify(bytes.fromhex(appliance.attestation_key), purpose)
    response = record.decode(SigningResponse, payload)
    if response.version != VERSION:
        raise NotCanonical(f"version {response.version} of the response is not spoken here")
    if response.audience != Audience.of(genesis):
        raise EnvelopeAudience("the response names another appliance, journal or realm")
    return appliance, response


def _signer(key_id: bytes) -> Appliance:
    for appliance in Appliance.objects.all():
        if key_id_of(bytes.fromhex(appliance.attestation_key)) == key_id:
            return appliance
    raise EnvelopeSignature("no registered appliance has the key that signed this")


def _export_of(appliance: Appliance, response: SigningResponse, expected: Batch | None) -> Export:
    """Return the export that a response answers. Raises ResponseMismatch."""
    found = Export.objects.select_related("batch__appliance").filter(
        digest=response.request.hex(), appliance=appliance
    )
    export = found.first()
    if export is None:
        raise ResponseMismatch(
            f"the response answers request {response.request.hex()[:16]}, never exported from here"
        )
    if response.batch != export.batch.name:
        raise ResponseMismatch(f"the response names batch {foreign(response.batch)} for another's")
    if expected is not None and expected.pk != export.batch.pk:
        raise ResponseMismatch(
            f"the response is for batch {export.batch.name}, not for {expected.name}"
        )
    return export


def _detail(response: SigningResponse) -> dict[str, Any]:
    match response.outcome:
        case BatchSigned(approvals=approvals):
            return {"approved_by": [approval.name for approval in approvals]}
        case BatchRefused(findings=findings):
            return {"findings": [asdict(finding) for finding in findings]}
        case BatchRejected(by=by, reason=reason):
            return {"by": [by], "reason": reason}
        case BatchBurnt(by=people):
            return {"by": list(people)}


def _take_signatures(batch: Batch, outcome: BatchSigned, now: int) -> None:
    content = verified_content(batch)
    genesis = genesis_of(batch.appliance)
    _verify_quorum(genesis, content, outcome.approvals)
    signed = {each.id: each for each in outcome.transactions}
    wanted = [each.id for each in content.transactions]
    if sorted(each.id for each in outcome.transactions) != sorted(wanted):
        raise ResponseSignature("the response does not sign exactly the batch's transactions")
    for stored in transactions_of(batch):
        match _signed(account_of(stored.wallet), bytes(stored.payload), signed[stored.identifier]):
            case Final() as final:
                verify_payments(stored, content, final)
                stored.raw, stored.txid = final.raw, final.txid
                stored.state = TransactionState.FINAL.value
            case PartlySigned(psbt=psbt):
                stored.partial = psbt
                stored.state = TransactionState.PARTLY_SIGNED.value
        stored.save(update_fields=["raw", "txid", "partial", "state"])
    complete(batch, now)


def _signed(
    account: BitcoinAccount | EthereumAccount, payload: bytes, given: TransactionSignatures
) -> Final | PartlySigned:
    from online_coordinator.finalise import bitcoin, ethereum  # noqa: PLC0415 - heavy, and few commands need it

    try:
        match account:
            case BitcoinAccount():
                return bitcoin.finalise(payload, given.signatures)
            case EthereumAccount(address=address):
                return ethereum.finalise(payload, address, given.signatures)
    except ResponseSignature as fault:
        raise ResponseSignature(f"{given.id}: {fault.what}") from None


def _verify_quorum(
    genesis: Genesis, content: BatchContent, approvals: tuple[SignerApproval, ...]
) -> None:
    """Raise ResponseSignature unless enough distinct signers approved one sheet."""
    keys = {p.name: p.key for p in genesis.roster.people if p.role is Role.SIGNER}
    sheets = {approval.sheet for approval in approvals}
    signers = {approval.name for approval in approvals}
    if len(sheets) != 1 or len(signers) < max(genesis.roster.signers_required, 1):
        raise ResponseSignature(
            f"{len(signers)} signers approved {len(sheets)} sheets; one sheet and "
            f"{genesis.roster.signers_required} signers are demanded"
        )
    for approval in approvals:
        if keys.get(approval.name) != approval.key:
            raise ResponseSignature(f"{foreign(approval.name)} is not a signer with this key")
        signed = statement(content.audience.realm, APPROVAL_STATEMENTS[Role.SIGNER], approval.sheet)
        try:
            verify_signature(Algorithm.EDDSA, approval.key, approval.signature, signed)
        except EnvelopeSignature:
            raise ResponseSignature(f"the approval of {approval.name} does not verify") from None
