"""THE FLOW: receive → decode → judge → review → approve → sign → release, top to bottom.

Each stage's result is the only way into the next, so a skipped stage or an ignored refusal is a
type error. Both processes walk it: the terminal to show people what it read, the signer process
again, from the same bytes, because it believes nobody. `sign` runs in the signer process alone.

The order inside `sign` is the law of liabilities: every digest is on record and anchored in the
HSM before the HSM is asked, and every signature is on record and anchored before anybody sees it.
"""

from collections.abc import Callable
from typing import Protocol

from appliance import approvals
from appliance.chains.answer import answer_to
from appliance.errors import DecodeError, JournalError, SignatureMismatch
from appliance.model.batch import (
    Approved,
    ClearedBatch,
    Decoded,
    DecodedBatch,
    ReceivedRequest,
    RefusedBatch,
    ReviewSheet,
    Signed,
    Unattributed,
    Undecodable,
    names_of,
)
from appliance.model.entry import (
    EntryBody,
    HeadSigned,
    IntendedDigest,
    IntendedTransaction,
    Intent,
    ResponseRecorded,
    SignaturesRecorded,
)
from appliance.model.history import History, Unfinished
from appliance.model.transaction import DecodedTransaction
from appliance.policy.judge import judge as judge_batch
from appliance.policy.origin import attributed, unattributed
from appliance.policy.standing import StandingRules
from appliance.review import review as review_batch
from appliance.signatures import released_signature
from appliance.wire import record
from appliance.wire.epochs import Genesis
from appliance.wire.errors import NotCanonical
from appliance.wire.messages import (
    MAX_MESSAGE,
    STATUS_SIZE,
    VERSION,
    Audience,
    BatchSigned,
    InputSignature,
    JournalHead,
    JournalTip,
    Outcome,
    SignerApproval,
    SigningResponse,
    TransactionSignatures,
    UnsignedTransaction,
    message_digest,
)
from appliance.wire.public_message import public_message_in
from appliance.wire.statement import StatementType

Progress = Callable[[int, int], None]
"""Called with how many digests are signed, and how many there are."""


class Hsm(Protocol):
    """What the flow needs of the HSM."""

    def sign_digest(self, public_key: bytes, digest: bytes) -> bytes:
        """Return r ‖ s (64 bytes) by the key of this public key. Raises HsmError."""

    def write_anchor(self, head: JournalHead) -> None:
        """Anchor the journal's head in the token. Raises HsmError."""

    def random(self, size: int) -> bytes:
        """Return bytes of the HSM's randomness. Raises HsmError."""

    def seal(self, kind: StatementType, payload: bytes) -> bytes:
        """Return the attestation key's envelope over a statement. Raises HsmError."""


class Journal(Protocol):
    """What the flow needs of the journal."""

    @property
    def head(self) -> JournalHead:
        """Where the journal stands."""

    @property
    def image(self) -> str:
        """Which image writes it, for the responses."""

    def append(self, body: EntryBody) -> JournalHead:
        """Record something; on return it is on the disk. Raises JournalError."""

    def history(self) -> History:
        """Return the fold of everything recorded."""


def receive(message: bytes, genesis: Genesis) -> ReceivedRequest:
    """Return the request that the registered coordinator sent to us, or one in a public format.

    Raises WireError, and DecodeError for a message in a public format that is no request. Nothing
    of a message that is neither counts, for or against anyone.
    """
    if len(message) > MAX_MESSAGE:
        raise NotCanonical(f"a request of {len(message):,} bytes is over the limit")
    digest, public = message_digest(message), public_message_in(message)
    if public is None:
        return ReceivedRequest(attributed(message, genesis), message, digest)
    return ReceivedRequest(unattributed(public, digest, genesis), message, digest)


def decode(received: ReceivedRequest, standing: StandingRules) -> DecodedBatch:
    """Read every transaction with our own code; what cannot be explained says why."""
    items = (_decode(unsigned, standing) for unsigned in received.content.transactions)
    return DecodedBatch(received, tuple(items))


def _decode(unsigned: UnsignedTransaction, standing: StandingRules) -> Decoded | Undecodable:
    try:
        decoder = standing.decoders[unsigned.chain]
        return Decoded(unsigned, decoder(unsigned.payload, unsigned.wallet))
    except DecodeError as error:
        return Undecodable(unsigned, error)


def judge(
    batch: DecodedBatch, standing: StandingRules, history: History, now: int
) -> ClearedBatch | RefusedBatch:
    """Run every rule; one refusal refuses the batch."""
    return judge_batch(batch, standing, history, now)


def review(cleared: ClearedBatch, standing: StandingRules) -> ReviewSheet:
    """Return exactly what signers see."""
    return review_batch(cleared, standing)


def approve(
    cleared: ClearedBatch,
    standing: StandingRules,
    given: tuple[SignerApproval, ...],
) -> Approved:
    """Count the approvals of this very sheet. Raises ApprovalError."""
    roster = standing.roster
    if roster is None:
        raise JournalError("there is no roster to count approvals by")
    return approvals.approve(cleared, review(cleared, standing), given, roster)


def sign(
    approved: Approved,
    standing: StandingRules,
    hsm: Hsm,
    journal: Journal,
    progress: Progress,
) -> Signed:
    """Record the intent, have the HSM sign, believe it only when software agrees, record that.

    Raises HsmError, SignatureMismatch, JournalError. After any of them the intent stands, and the
    batch resumes with `resume` or is burnt.
    """
    intent = _intent(approved, standing)
    hsm.write_anchor(journal.append(intent))
    transactions = _sign_intended(intent, hsm, journal, progress)
    return Signed(approved, transactions)


def resume(
    unfinished: Unfinished,
    genesis: Genesis,
    standing: StandingRules,
    hsm: Hsm,
    journal: Journal,
    progress: Progress,
) -> bytes:
    """Finish an interrupted batch under its recorded intent, and return the response.

    The bytes are decoded again and must give the very digests on record. Signatures already on
    record are not made again.
    """
    intent = unfinished.intent
    received = receive(intent.message, genesis)
    batch = decode(received, standing)
    if _intended(batch, standing) != intent.transactions:
        raise JournalError("the interrupted batch no longer gives the digests on record")
    hsm.write_anchor(journal.head)
    signatures = unfinished.signatures or _sign_intended(intent, hsm, journal, progress)
    return _respond(received, BatchSigned(signatures, intent.approvals), hsm, journal)


def release(signed: Signed, hsm: Hsm, journal: Journal) -> bytes:
    """Return the response, sealed by the attestation key, on record and anchored."""
    outcome = BatchSigned(signed.transactions, signed.approved.approvals)
    return _respond(signed.approved.cleared.received, outcome, hsm, journal)


def response_to(received: ReceivedRequest, outcome: Outcome, hsm: Hsm, journal: Journal) -> bytes:
    """Return a sealed response that says what became of a request."""
    content = received.content
    response = SigningResponse(
        version=VERSION,
        audience=content.audience,
        request=received.digest,
        batch=content.batch,
        outcome=outcome,
        journal=journal.head,
        standing=content.audience.genesis,
        image=journal.image,
        status=hsm.random(STATUS_SIZE),
    )
    return hsm.seal(StatementType.SIGNING_RESPONSE, record.encode(response))


def _respond(received: ReceivedRequest, signed: BatchSigned, hsm: Hsm, journal: Journal) -> bytes:
    response = response_to(received, signed, hsm, journal)
    answer = None
    if isinstance(received.origin, Unattributed):
        answer = answer_to(received.origin.message, signed.transactions[0].signatures)
    journal.append(ResponseRecorded(received.digest, response, answer))
    anchor(received.content.audience, hsm, journal)
    return response


def anchor(audience: Audience, hsm: Hsm, journal: Journal) -> None:
    """Have the attestation key sign where the journal stands, and anchor that in the token."""
    tip = JournalTip(audience, journal.head)
    envelope = hsm.seal(StatementType.JOURNAL_HEAD, record.encode(tip))
    hsm.write_anchor(journal.append(HeadSigned(envelope)))


def _intent(approved: Approved, standing: StandingRules) -> Intent:
    received = approved.cleared.received
    return Intent(
        request=received.digest,
        batch=received.content.batch,
        sequence=received.sequence,
        withdrawals=names_of(received, approved.cleared.items),
        message=received.message,
        sheet=approved.sheet.digest,
        approvals=approved.approvals,
        transactions=_intended(DecodedBatch(received, approved.cleared.items), standing),
    )


def _intended(batch: DecodedBatch, standing: StandingRules) -> tuple[IntendedTransaction, ...]:
    return tuple(
        IntendedTransaction(
            item.unsigned.id,
            item.transaction.reserves,
            _held_digests(item.transaction, standing),
        )
        for item in batch.items
        if isinstance(item, Decoded)
    )


def _held_digests(
    transaction: DecodedTransaction, standing: StandingRules
) -> tuple[IntendedDigest, ...]:
    held = standing.held_keys or frozenset()
    return tuple(
        IntendedDigest(wanted.index, wanted.public_key, wanted.digest)
        for wanted in transaction.signing
        if wanted.public_key in held
    )


def _sign_intended(
    intent: Intent, hsm: Hsm, journal: Journal, progress: Progress
) -> tuple[TransactionSignatures, ...]:
    seen = set(journal.history().r_values)
    of = sum(len(transaction.digests) for transaction in intent.transactions)
    progress(0, of)
    done = 0
    transactions = []
    for transaction in intent.transactions:
        signatures = []
        for wanted in transaction.digests:
            signatures.append(_sign_digest(wanted, hsm, seen))
            done += 1
            progress(done, of)
        transactions.append(TransactionSignatures(transaction.id, tuple(signatures)))
    journal.append(SignaturesRecorded(intent.request, tuple(transactions)))
    return tuple(transactions)


def _sign_digest(wanted: IntendedDigest, hsm: Hsm, seen: set[bytes]) -> InputSignature:
    """Have one digest signed and believe nothing of the answer; `seen` gains its r (R-25)."""
    raw = hsm.sign_digest(wanted.public_key, wanted.digest)
    signature = released_signature(wanted.public_key, wanted.digest, raw, wanted.index)
    r = signature.signature[:32]
    if r in seen:
        raise SignatureMismatch("the HSM repeated a nonce: the key that signed is compromised")
    seen.add(r)
    return signature
