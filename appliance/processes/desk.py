"""The desk of the terminal process: the flow for the screens, the other two processes behind it.

It reads the journal itself and walks receive → decode → judge → review to show people what it
read. Whatever it says is only display: the signer process walks the same way from the same bytes.
"""

from collections.abc import Callable
from pathlib import Path

from appliance import signing
from appliance.ceremonies.commissioning import proposal_sections, read_proposal
from appliance.errors import ProcessEnded, SettingsError
from appliance.journal.file import read_history
from appliance.model.batch import ClearedBatch, RefusedBatch
from appliance.model.history import History
from appliance.model.rule import MEANINGS, Rule
from appliance.policy.links import verify_link
from appliance.policy.standing import StandingRules, standing_rules
from appliance.processes import link_messages as link
from appliance.processes import signer_messages as signer
from appliance.processes.peers import LinkPeer, SignerPeer
from appliance.processes.unspoken import unspoken
from appliance.settings import Settings
from appliance.tui.desk import (
    AlreadyAnswered,
    CodeToShow,
    Medium,
    Outgoing,
    ProposalToRead,
    Reading,
    RefusalToShow,
    SheetToReview,
    Standing,
    TransferProgress,
    WalletToShow,
)
from appliance.wallet_export.export import Exported, Text, shown
from appliance.wallet_export.resources import Resource
from appliance.wire.epochs import Genesis
from appliance.wire.messages import SignerApproval, message_digest
from appliance.wire.public_message import UniformResource
from appliance.wire.terms import Role
from appliance.wire.words import words_of

Clock = Callable[[], int]
Report = Callable[[int, int], None]


class ApplianceDesk:
    """The Desk that the screens talk to."""

    def __init__(
        self,
        settings: Settings,
        settings_file: Path,
        clock: Clock,
        starter: Path | None = None,
        signer_peer: SignerPeer | None = None,
    ) -> None:
        """Start the other processes when they are needed; `signer_peer` may run already."""
        self._settings = settings
        self._clock = clock
        self._signer = signer_peer or SignerPeer(settings_file, starter)
        self._link = LinkPeer(settings_file, starter)
        self._rules: tuple[bytes, StandingRules] | None = None

    def end(self) -> None:
        """End the other processes."""
        self._signer.end()
        self._link.end()

    # How things stand

    def standing(self) -> Standing:
        try:
            status = self._signer.ask(signer.GetStatus(), signer.Status)
        except ProcessEnded:
            # A journal that the signer cannot read is a reason to end, and says more than its end.
            read_history(self._settings.journal)
            raise
        history = read_history(self._settings.journal)
        genesis = history.genesis.genesis if history.genesis else None
        unfinished = history.unfinished
        return Standing(
            founded=genesis is not None,
            realm=genesis.realm if genesis else None,
            appliance=genesis.appliance.hex() if genesis else "",
            signers=_signers(genesis) if genesis else (),
            enrolled=status.enrolled,
            present=status.present,
            needed=status.needed,
            open=status.open,
            compared=status.compared,
            journal_entries=history.head.index + 1 if genesis else 0,
            journal_words=words_of(history.head.digest),
            interrupted=unfinished.intent.batch if unfinished else None,
            interrupted_signed=bool(unfinished and unfinished.signatures),
            last_response=history.last_response,
            links=self._links(genesis),
            notice=self._signer.notice,
        )

    def _links(self, genesis: Genesis | None) -> tuple[Medium, ...]:
        """Return the links that are set up; once founded, serial also takes the policy's word."""
        is_allowed = genesis is None or genesis.policy.serial_link
        serial = self._settings.serial if is_allowed else None
        present = ((Medium.QR, self._settings.camera), (Medium.SERIAL, serial))
        return tuple(medium for medium, device in present if device)

    def open_session(self, name: str, passphrase: str) -> Standing:
        self._signer.ask(signer.OpenSession(name, passphrase), signer.Status)
        self._signer.notice = None
        return self.standing()

    def close_session(self) -> Standing:
        self._signer.ask(signer.CloseSession(), signer.Status)
        return self.standing()

    # Receive, decode, judge, review

    def receive(self, medium: Medium, report: Callable[[TransferProgress], None]) -> bytes | None:
        signed = read_history(self._settings.journal).genesis
        if signed is not None:
            verify_link(signed.genesis.policy, medium.value)
        call = link.StartReceiving(link.Medium(medium.value))
        match self._link.follow(call, report):
            case link.Received(message=message):
                return message
            case _:
                return None

    def next_camera(self) -> None:
        self._link.next_camera()

    def stop(self) -> None:
        self._link.stop()

    def received(self, message: bytes, medium: Medium) -> None:
        self._signer.ask(signer.Receive(message, medium.value), signer.Status)

    def read(self, message: bytes) -> Reading:
        history, genesis = self._history()
        received = signing.receive(message, genesis)
        answered = history.answered.get(received.digest)
        if answered is not None:
            return AlreadyAnswered(received.content.batch, answered)
        rules = self._standing_rules(genesis)
        batch = signing.decode(received, rules)
        match signing.judge(batch, rules, history, self._clock()):
            case RefusedBatch(findings=findings):
                names = dict.fromkeys(finding.rule for finding in findings)
                steps = tuple((name, MEANINGS[Rule(name)].next) for name in names)
                return RefusalToShow(message, received.content.batch, findings, steps)
            case ClearedBatch() as cleared:
                sheet = signing.review(cleared, rules)
                return SheetToReview(
                    request=message,
                    sheet=sheet,
                    words=words_of(sheet.digest),
                    signers=_signers(genesis),
                    needed=genesis.roster.signers_required,
                )

    # Approve, sign, release

    def refuse(self, refusal: RefusalToShow) -> Outgoing:
        return self._outgoing(signer.Refuse(refusal.request), f"Refusal of {refusal.batch}")

    def reject(self, sheet: SheetToReview, name: str, passphrase: str, reason: str) -> Outgoing:
        call = signer.Reject(sheet.request, name, passphrase, reason)
        return self._outgoing(call, f"Rejection of {sheet.sheet.batch}")

    def approve(self, sheet: SheetToReview, name: str, passphrase: str) -> SignerApproval:
        call = signer.Approve(sheet.request, sheet.sheet.digest, name, passphrase)
        return self._signer.ask(call, signer.ApprovalGiven).approval

    def sign(
        self, sheet: SheetToReview, approvals: tuple[SignerApproval, ...], report: Report
    ) -> Outgoing:
        call = signer.SignTransactions(sheet.request, sheet.sheet.digest, approvals)
        return self._outgoing(call, f"Signatures of {sheet.sheet.batch}", report)

    def resume(self, report: Report) -> Outgoing:
        return self._outgoing(signer.Resume(), "Signatures of the interrupted batch", report)

    def burn(self) -> Outgoing:
        return self._outgoing(signer.Burn(), "The interrupted batch is burnt")

    def show(self, response: bytes, medium: Medium) -> Outgoing:
        return self._outgoing(signer.Show(response, medium.value), "Recorded response")

    def send(
        self, outgoing: Outgoing, first: int, report: Callable[[TransferProgress], None]
    ) -> bool:
        call = signer.Show(outgoing.digest, Medium.SERIAL.value)
        message = self._signer.ask(call, signer.Response).message
        match self._link.follow(link.SendMessage(message, first), report):
            case link.Sent(confirmed=confirmed):
                return confirmed
            case _:
                return False

    # Watching

    def wallets(self) -> tuple[WalletToShow, ...]:
        _, genesis = self._history()
        accounts = genesis.manifest.accounts
        return tuple(WalletToShow(each.name, tuple(map(_code, shown(each)))) for each in accounts)

    # Commissioning

    def read_proposal(self, message: bytes) -> ProposalToRead:
        proposal = read_proposal(message)
        return ProposalToRead(
            message=message,
            words=words_of(proposal.digest),
            sections=proposal_sections(proposal),
            signers=proposal.signers,
            signers_required=proposal.signers_required,
        )

    def enrol(self, name: str, passphrase: str) -> Standing:
        self._signer.ask(signer.Enrol(name, passphrase), signer.Enrolled)
        return self.standing()

    def commission(self, proposal: ProposalToRead, transport_pin: str) -> Outgoing:
        call = signer.Commission(proposal.message, transport_pin)
        return self._outgoing(call, "The appliance is founded")

    # What everything above is made of

    def _history(self) -> tuple[History, Genesis]:
        history = read_history(self._settings.journal)
        if history.genesis is None:
            raise SettingsError("the appliance is not founded yet")
        return history, history.genesis.genesis

    def _standing_rules(self, genesis: Genesis) -> StandingRules:
        if self._rules is None or self._rules[0] != genesis.digest:
            self._rules = (genesis.digest, standing_rules(genesis))
        return self._rules[1]

    def _outgoing(self, call: object, title: str, report: Report | None = None) -> Outgoing:
        reply = self._signer.ask(call, signer.Response, report)
        digest = message_digest(reply.message)
        is_mute = reply.unattributed and reply.answer is None
        if not (is_mute or isinstance(call, signer.Show)):
            self._signer.ask(signer.Show(digest, Medium.QR.value), signer.Response)
        return Outgoing(
            message=reply.message,
            digest=digest,
            title=title,
            words=words_of(digest),
            answer=reply.answer,
            unspoken=unspoken(reply.message) if is_mute else (),
        )


def _code(item: Exported) -> CodeToShow:
    match item:
        case Resource(title=title, type=ur_type, body=body):
            return CodeToShow(title, UniformResource(ur_type, body))
        case Text(title=title, text=text):
            return CodeToShow(title, text)


def _signers(genesis: Genesis) -> tuple[str, ...]:
    return tuple(person.name for person in genesis.roster.people if person.role is Role.SIGNER)
