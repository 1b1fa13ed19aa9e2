"""The signer process: the HSM, the shares, the personal keys, and the journal. It trusts nobody.

It never takes a digest from outside. Every call that could lead to a signature carries the request
itself; this process parses, judges and lays it out again, and compares.
"""

from collections.abc import Callable

from appliance import signing
from appliance.errors import (
    AirlockError,
    HsmError,
    RequestRefused,
    SettingsError,
    SignatureMismatch,
    StaleSheet,
)
from appliance.journal.file import JournalFile
from appliance.model.batch import ClearedBatch, ReceivedRequest, RefusedBatch, ReviewSheet, names_of
from appliance.model.entry import BatchClosed, Noted, RequestReceived, ResponseShown
from appliance.policy.judge import incident_of
from appliance.policy.links import verify_link
from appliance.policy.standing import StandingRules, standing_rules
from appliance.processes.founding import EnrolledSigner, Foundry, enrol
from appliance.processes.sealed_store import SealedStore
from appliance.processes.session import Session
from appliance.processes.signer_messages import (
    ApprovalGiven,
    Approve,
    Burn,
    Call,
    CloseSession,
    Commission,
    Enrol,
    Enrolled,
    Failed,
    GetStatus,
    OpenSession,
    Progress,
    Receive,
    Refuse,
    Reject,
    Reply,
    Response,
    Resume,
    Show,
    SignTransactions,
    Status,
)
from appliance.settings import Settings
from appliance.wire.epochs import Genesis
from appliance.wire.messages import (
    Audience,
    BatchBurnt,
    BatchRefused,
    BatchRejected,
    Outcome,
    message_digest,
)
from appliance.wire.terms import Severity

Tell = Callable[[Progress], None]


class Signer:
    """Answers calls, one at a time. `tell` sends progress while a call is being answered."""

    def __init__(self, settings: Settings, clock: Callable[[], int], tell: Tell) -> None:
        """Open the journal. Raises JournalError."""
        self._settings = settings
        self._clock = clock
        self._tell = tell
        self._journal = JournalFile(settings.journal, clock, settings.image)
        self._store = SealedStore(settings.sealed)
        self._session = Session(settings, self._store, self._journal)
        self._enrolled: tuple[EnrolledSigner, ...] = ()
        self._rules: StandingRules | None = None

    def handle(self, call: Call) -> Reply:
        """Answer a call. An error of the HSM ends the session; nothing else does."""
        try:
            return self._handle(call)
        except AirlockError as error:
            if isinstance(error, SignatureMismatch):
                self._journal.append(Noted(error.id, error.what[:256]))
            if isinstance(error, HsmError):
                self._session.drop()
            return Failed(error.id, error.what, error.next)

    def note_bug(self, where: str) -> None:
        """Put a bug on record before this process ends."""
        self._journal.append(Noted("BUG", where[:256]))
        self._session.drop()

    def end(self) -> None:
        """Close the session, on record, because the terminal is gone."""
        self.handle(CloseSession())

    def _handle(self, call: Call) -> Reply:
        match call:
            case GetStatus():
                pass
            case OpenSession(name=name, passphrase=passphrase):
                self._session.join(self._genesis(), name, passphrase)
            case CloseSession():
                self._session.close(self._genesis())
            case Receive(request=request, link=link):
                self._receive(request, link)
            case Show(response=response, link=link):
                return self._show(response, link)
            case Enrol(name=name, passphrase=passphrase):
                return self._enrol(name, passphrase)
            case Commission(proposal=proposal, transport_pin=pin):
                return self._commission(proposal, pin)
            case _:
                return self._handle_batch(call)
        return self._status()

    def _handle_batch(self, call: Call) -> Reply:
        match call:
            case Refuse(request=request):
                return self._refuse(request)
            case Reject():
                return self._reject(call)
            case Approve():
                return self._approve(call)
            case SignTransactions():
                return self._sign(call)
            case Resume():
                return self._resume()
            case Burn():
                return self._burn()
            case _:
                raise SettingsError("this call is not known here")

    def _status(self) -> Status:
        genesis = self._journal.history().genesis
        return Status(
            founded=genesis is not None,
            enrolled=tuple(signer.name for signer in self._enrolled),
            present=self._session.present,
            needed=genesis.genesis.roster.signers_required if genesis else 0,
            open=self._session.is_open,
            compared=self._session.is_open,
            head=self._journal.head,
        )

    def _receive(self, envelope: bytes, link: str) -> None:
        """Record where a request came from, once, and only if it is authentic."""
        genesis = self._genesis()
        verify_link(genesis.policy, link)
        digest = signing.receive(envelope, genesis).digest
        if (digest, link) not in self._journal.history().received:
            self._journal.append(RequestReceived(digest, link))
            self._anchor()

    # A batch: read again, judged again, laid out again

    def _cleared(self, envelope: bytes) -> tuple[ClearedBatch, ReviewSheet]:
        judged = self._judged(envelope)
        if isinstance(judged, RefusedBatch):
            told = next(f for f in judged.findings if f.severity is Severity.REFUSE)
            raise RequestRefused(f"{told.rule}: {told.message}")
        return judged, signing.review(judged, self._standing())

    def _judged(self, envelope: bytes) -> ClearedBatch | RefusedBatch:
        received = signing.receive(envelope, self._genesis())
        batch = signing.decode(received, self._standing())
        return signing.judge(batch, self._standing(), self._journal.history(), self._clock())

    def _approve(self, call: Approve) -> Reply:
        _, sheet = self._cleared(call.request)
        _compare_sheet(call.sheet, sheet)
        approval = self._session.approve(self._genesis(), sheet.digest, call.name, call.passphrase)
        return ApprovalGiven(approval)

    def _sign(self, call: SignTransactions) -> Reply:
        hsm = self._session.hsm
        cleared, sheet = self._cleared(call.request)
        _compare_sheet(call.sheet, sheet)
        approved = signing.approve(cleared, self._standing(), call.approvals)
        signed = signing.sign(approved, self._standing(), hsm, self._journal, self._report)
        return self._recorded(signing.release(signed, hsm, self._journal))

    def _resume(self) -> Reply:
        hsm = self._session.hsm
        unfinished = self._journal.history().unfinished
        if unfinished is None:
            raise SettingsError("no batch was interrupted")
        response = signing.resume(
            unfinished, self._genesis(), self._standing(), hsm, self._journal, self._report
        )
        return self._recorded(response)

    def _burn(self) -> Reply:
        unfinished = self._journal.history().unfinished
        if unfinished is None:
            raise SettingsError("no batch was interrupted")
        received = signing.receive(unfinished.intent.message, self._genesis())
        outcome = BatchBurnt(self._session.present)
        return self._close(received, outcome, unfinished.intent.withdrawals)

    def _refuse(self, envelope: bytes) -> Reply:
        judged = self._judged(envelope)
        if isinstance(judged, ClearedBatch):
            raise SettingsError("this batch is not refused here; a signer may reject it")
        incident = incident_of(judged)
        if incident is not None:
            self._journal.append(incident)
        return self._close(judged.received, BatchRefused(judged.findings), ())

    def _reject(self, call: Reject) -> Reply:
        cleared, _ = self._cleared(call.request)
        by = self._session.identify(self._genesis(), call.name, call.passphrase)
        burnt = names_of(cleared.received, cleared.items)
        return self._close(cleared.received, BatchRejected(by, call.reason), burnt)

    def _close(self, received: ReceivedRequest, outcome: Outcome, burnt: tuple[str, ...]) -> Reply:
        hsm = self._session.hsm
        response = signing.response_to(received, outcome, hsm, self._journal)
        batch, sequence = received.content.batch, received.sequence
        self._journal.append(BatchClosed(received.digest, batch, sequence, burnt, response))
        signing.anchor(Audience.of(self._genesis()), hsm, self._journal)
        return self._recorded(response)

    def _show(self, digest: bytes, link: str) -> Reply:
        verify_link(self._genesis().policy, link)
        message = self._journal.history().responses.get(digest)
        if message is None:
            raise SettingsError("no such response is on record")
        self._journal.append(ResponseShown(digest, link))
        self._anchor()
        return self._recorded(message)

    def _anchor(self) -> None:
        """Leave no tail that could be cut unnoticed, where the HSM is at hand to sign the head."""
        if self._session.is_open:
            signing.anchor(Audience.of(self._genesis()), self._session.hsm, self._journal)

    def _recorded(self, message: bytes) -> Reply:
        """Return a response with what is shown of it, both as they are on record."""
        answers, digest = self._journal.history().answers, message_digest(message)
        return Response(message, digest in answers, answers.get(digest))

    # Founding

    def _enrol(self, name: str, passphrase: str) -> Reply:
        if self._journal.history().genesis is not None:
            raise SettingsError("this appliance is founded already; a ceremony changes its roster")
        joined = enrol(name, passphrase, self._enrolled)
        self._enrolled = (*self._enrolled, joined)
        return Enrolled(joined.public_key)

    def _commission(self, proposal: bytes, transport_pin: str) -> Reply:
        foundry = Foundry(self._settings, self._store, self._journal, self._clock())
        announcement = foundry.found(proposal, transport_pin, self._enrolled)
        self._enrolled = ()
        return self._recorded(announcement)

    # What everything above is made of

    def _genesis(self) -> Genesis:
        signed = self._journal.history().genesis
        if signed is None:
            raise SettingsError("this appliance is not founded yet")
        return signed.genesis

    def _standing(self) -> StandingRules:
        if self._rules is None:
            self._rules = standing_rules(self._genesis())
        return self._rules

    def _report(self, done: int, of: int) -> None:
        """Tell about every hundredth part of the way, not about every signature."""
        if done == of or done % max(of // 100, 1) == 0:
            self._tell(Progress(done, of))


def _compare_sheet(told: bytes, sheet: ReviewSheet) -> None:
    if told != sheet.digest:
        raise StaleSheet("the sheet that people read is not the one these bytes give")
