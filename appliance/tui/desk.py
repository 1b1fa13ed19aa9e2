"""What the screens may ask for. Every call may block; screens make them from worker threads."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from appliance.model.batch import ReviewSheet, SheetSection
from appliance.wire.messages import Finding, SignerApproval
from appliance.wire.public_message import PublicMessage, UniformResource
from appliance.wire.sight.hints import Hint
from appliance.wire.terms import Realm


class Medium(StrEnum):
    """The links that people choose between."""

    QR = "qr"
    SERIAL = "serial"


@dataclass(frozen=True, slots=True)
class Standing:
    """How things stand: what the idle screen says.

    `compared` is False until the journal was compared with the HSM's anchor. `interrupted` names
    the batch whose signing was interrupted; `last_response` is the latest recorded response.
    `notice` says what happened last that people must know (a process that ended, and the like).
    """

    founded: bool
    realm: Realm | None
    appliance: str
    signers: tuple[str, ...]
    enrolled: tuple[str, ...]
    present: tuple[str, ...]
    needed: int
    open: bool
    compared: bool
    journal_entries: int
    journal_words: tuple[str, ...]
    interrupted: str | None
    interrupted_signed: bool
    last_response: bytes | None
    links: tuple[Medium, ...]
    notice: str | None


@dataclass(frozen=True, slots=True)
class CameraSight:
    """What the camera sees, of `cameras` there are. Its name is foreign text.

    `skipped` frames came too fast to be looked at. `hint` says what to do if little is read.
    `picture` is a preview (see `wire.sight.preview`), nothing where the last one still holds.
    """

    name: str
    cameras: int
    decoded: int
    skipped: int
    bytes_per_second: int
    hint: Hint | None
    picture: bytes = b""


@dataclass(frozen=True, slots=True)
class TransferProgress:
    """How far a transfer is; `rank` of `needed` independent symbols are here (0 needed: unknown).

    `seconds_left` is None unless symbols are coming in; `sight` is None unless by camera.
    """

    rank: int
    needed: int
    frames: int
    lost: int
    seconds_left: int | None = None
    sight: CameraSight | None = None


@dataclass(frozen=True, slots=True)
class SheetToReview:
    """The batch is cleared: this is what signers read and approve."""

    request: bytes
    sheet: ReviewSheet
    words: tuple[str, ...]
    signers: tuple[str, ...]
    needed: int


@dataclass(frozen=True, slots=True)
class RefusalToShow:
    """The batch is refused: every finding, with what to do next by rule id."""

    request: bytes
    batch: str
    findings: tuple[Finding, ...]
    next_steps: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class AlreadyAnswered:
    """The very same request was answered before; its response can be shown again."""

    batch: str
    response: bytes


Reading = SheetToReview | RefusalToShow | AlreadyAnswered


@dataclass(frozen=True, slots=True)
class ProposalToRead:
    """What operations propose to found this appliance on, and the words to compare aloud."""

    message: bytes
    words: tuple[str, ...]
    sections: tuple[SheetSection, ...]
    signers: int
    signers_required: int


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A sealed message on record, ready to be shown. `words` name it at both ends.

    Where the request was in a public format, `answer` is what is shown in its place. Where no such
    format can say what became of it, nothing is shown, and `unspoken` says so in words.
    """

    message: bytes
    digest: bytes
    title: str
    words: tuple[str, ...]
    answer: PublicMessage | None = None
    unspoken: tuple[str, ...] = ()

    @property
    def shown(self) -> bytes | PublicMessage:
        """What is cut into parts for the other side."""
        return self.answer or self.message


@dataclass(frozen=True, slots=True)
class CodeToShow:
    """Something public, to be shown as a code: a UR, or a text as it stands."""

    title: str
    content: UniformResource | str


@dataclass(frozen=True, slots=True)
class WalletToShow:
    """A registered wallet, as other software watches it by."""

    name: str
    codes: tuple[CodeToShow, ...]


class Desk(Protocol):
    """The appliance as its screens see it. Every call raises AirlockError when it cannot."""

    def standing(self) -> Standing:
        """Return how things stand."""

    def open_session(self, name: str, passphrase: str) -> Standing:
        """Give one signer's share; the session opens when enough have."""

    def close_session(self) -> Standing:
        """End the session."""

    def receive(self, medium: Medium, report: Callable[[TransferProgress], None]) -> bytes | None:
        """Wait for a whole message; None when `stop` was called. Progress goes to `report`."""

    def next_camera(self) -> None:
        """Receive by the next camera there is; what arrived counts on."""

    def stop(self) -> None:
        """Stop receiving or sending; what arrived is kept for the next `receive`."""

    def received(self, message: bytes, medium: Medium) -> None:
        """Record the link that a signing request came in on; it must be authentic."""

    def read(self, message: bytes) -> Reading:
        """Decode, judge and lay out a signing request."""

    def refuse(self, refusal: RefusalToShow) -> Outgoing:
        """Record a refusal and return the response that says so."""

    def reject(self, sheet: SheetToReview, name: str, passphrase: str, reason: str) -> Outgoing:
        """Have a signer reject the batch; its withdrawal requests are burnt."""

    def approve(self, sheet: SheetToReview, name: str, passphrase: str) -> SignerApproval:
        """Have a signer approve the sheet."""

    def sign(
        self,
        sheet: SheetToReview,
        approvals: tuple[SignerApproval, ...],
        report: Callable[[int, int], None],
    ) -> Outgoing:
        """Sign the batch; `report` gets how many digests are signed, of how many."""

    def resume(self, report: Callable[[int, int], None]) -> Outgoing:
        """Finish the interrupted batch: the same digests, nothing else."""

    def burn(self) -> Outgoing:
        """Give up the interrupted batch."""

    def show(self, response: bytes, medium: Medium) -> Outgoing:
        """Record that the response with this digest is shown again, and return it."""

    def send(
        self, outgoing: Outgoing, first: int, report: Callable[[TransferProgress], None]
    ) -> bool:
        """Send a message over the serial link, beginning with about this symbol.

        True when the other side confirmed it.
        """

    def wallets(self) -> tuple[WalletToShow, ...]:
        """Return the registered wallets, for software that watches them."""

    def read_proposal(self, message: bytes) -> ProposalToRead:
        """Lay out a commissioning proposal."""

    def enrol(self, name: str, passphrase: str) -> Standing:
        """Add a signer to the appliance that is being founded."""

    def commission(self, proposal: ProposalToRead, transport_pin: str) -> Outgoing:
        """Found the appliance and return its announcement."""
