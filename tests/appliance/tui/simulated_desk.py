"""A desk in memory: it keeps to the contract of `Desk` and does what a script says."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from hashlib import sha256
from threading import Event

from appliance.errors import AirlockError, WrongPassphrase
from appliance.model.batch import ReviewSheet, SheetLine, SheetSection
from appliance.model.text import grouped
from appliance.tui.desk import (
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
from appliance.wire.messages import SignerApproval
from appliance.wire.terms import Realm

PASSPHRASE = "five calm words for signing"
SIGNERS = ("Anna Wong", "Ben Lee", "Chloe Ho")
WORDS = (
    "acid",
    "bolt",
    "calm",
    "dawn",
    "echo",
    "fancy",
    "glad",
    "hazard",
    "idle",
    "junk",
    "kernel",
    "lunar",
    "mild",
)
ADDRESSES = (
    "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080",
    "0x52908400098527886E0F7030069857D2E4169EE7",
    "bcrt1q0ht9tyks4vh7p5p904t340cr9nvahy7um9zdem",
    "0x8617E340B3D01FA5F11F306F4090FD50E238070D",
)

CLOSED = Standing(
    founded=True,
    realm=Realm.PRODUCTION,
    appliance="7c1e09ab52d34f0e8b6a11c09f2e44d7",
    signers=SIGNERS,
    enrolled=SIGNERS,
    present=(),
    needed=2,
    open=False,
    compared=False,
    journal_entries=1_234,
    journal_words=WORDS,
    interrupted=None,
    interrupted_signed=False,
    last_response=None,
    links=(Medium.QR, Medium.SERIAL),
    notice=None,
)
OPEN = replace(CLOSED, present=SIGNERS[:2], open=True, compared=True, last_response=b"\1" * 32)
UNFOUNDED = replace(
    CLOSED,
    founded=False,
    realm=None,
    appliance="",
    signers=(),
    enrolled=(),
    needed=0,
    journal_entries=0,
)


def section(number: int, of: int) -> SheetSection:
    address = ADDRESSES[number % len(ADDRESSES)]
    lines = (
        SheetLine("Network", "bitcoin regtest, psbt-v0"),
        SheetLine("From account", "cold-1"),
        SheetLine("Pays", f"{number}.50000000 BTC ({number}50,000,000 base units)"),
        SheetLine("  to", f"Client {number}"),
        SheetLine("  address", grouped(address)),
        SheetLine("Fee at most", "0.00001500 BTC (1,500 base units)"),
        SheetLine("Digest", sha256(bytes((number % 256,))).hexdigest()),
    )
    return SheetSection(f"Transaction {number:,} of {of:,}: tx-{number}", lines, (address,))


def overview(transactions: int) -> SheetSection:
    lines = (
        SheetLine("ATTENTION FEE-RATE", "the fee rate is three times that of the last batch"),
        SheetLine("Batch", "W-2025-11-07-1"),
        SheetLine("Sequence number", "42"),
        SheetLine("Withdrawal requests", f"{transactions:,}"),
        SheetLine("Transactions", f"{transactions:,}"),
        SheetLine("Total BTC on bitcoin regtest", "9.00000000 BTC (900,000,000 base units)"),
        SheetLine("Approved by maker", "Mei Chan"),
        SheetLine("Approved by checker", "Omar Siu"),
    )
    return SheetSection("Overview", lines, ())


def sheet_of(sections: tuple[SheetSection, ...]) -> SheetToReview:
    sheet = ReviewSheet(Realm.PRODUCTION, b"\7" * 32, "W-2025-11-07-1", sections)
    return SheetToReview(b"request", sheet, WORDS, SIGNERS, 2)


def batch_of(transactions: int) -> SheetToReview:
    numbered = (section(number, transactions) for number in range(1, transactions + 1))
    return sheet_of((overview(transactions), *numbered))


PROPOSAL = ProposalToRead(
    message=b"proposal",
    words=WORDS,
    sections=(
        SheetSection("Proposal", (SheetLine("Realm", "TEST"), SheetLine("Signers", "2 of 3")), ()),
        SheetSection("Policy", (SheetLine("Whitelist required", "yes"),), ()),
        SheetSection("Whitelist", (SheetLine("Client 1", grouped(ADDRESSES[0])),), ()),
    ),
    signers=3,
    signers_required=2,
)


@dataclass
class SimulatedDesk:
    """What it was asked to record is in `record`, in order; passphrases are checked."""

    state: Standing = OPEN
    reading: Reading = field(default_factory=lambda: batch_of(3))
    error: AirlockError | Exception | None = None
    transfer: tuple[TransferProgress, ...] = (TransferProgress(12, 40, 15, 3),)
    arrives: bool = True
    signed: tuple[int, int] = (3, 3)
    patience: float = 20.0
    message: bytes = b"x" * 60
    registered: tuple[WalletToShow, ...] = ()
    record: list[str] = field(default_factory=list)
    stopped: Event = field(default_factory=Event)
    released: Event = field(default_factory=Event)

    def standing(self) -> Standing:
        return self.state

    def open_session(self, name: str, passphrase: str) -> Standing:
        self._check(passphrase)
        present = (*self.state.present, name)
        is_open = len(present) >= self.state.needed
        self.state = replace(self.state, present=present, open=is_open, compared=is_open)
        return self.state

    def close_session(self) -> Standing:
        self.record.append("close")
        self.state = replace(self.state, present=(), open=False)
        return self.state

    def receive(self, medium: Medium, report: Callable[[TransferProgress], None]) -> bytes | None:
        self.record.append(f"receive by {medium.value}")
        for progress in self.transfer:
            report(progress)
        if self.arrives:
            return b"message"
        self.stopped.wait(self.patience)
        return None

    def next_camera(self) -> None:
        self.record.append("next camera")

    def stop(self) -> None:
        self.stopped.set()

    def received(self, message: bytes, medium: Medium) -> None:
        assert message == b"message"
        assert self.record[-1:] == [f"receive by {medium.value}"]

    def read(self, message: bytes) -> Reading:
        assert message == b"message"
        if self.error is not None:
            raise self.error
        return self.reading

    def refuse(self, refusal: RefusalToShow) -> Outgoing:
        return self._recorded(f"refuse {refusal.batch}", "Refusal")

    def reject(self, sheet: SheetToReview, name: str, passphrase: str, reason: str) -> Outgoing:
        self._check(passphrase)
        return self._recorded(f"reject {sheet.sheet.batch} by {name}: {reason}", "Rejection")

    def approve(self, sheet: SheetToReview, name: str, passphrase: str) -> SignerApproval:
        self._check(passphrase)
        self.record.append(f"approve by {name}")
        return SignerApproval(name, sha256(name.encode()).digest(), sheet.sheet.digest, b"\3" * 64)

    def sign(
        self,
        sheet: SheetToReview,
        approvals: tuple[SignerApproval, ...],
        report: Callable[[int, int], None],
    ) -> Outgoing:
        report(*self.signed)
        if self.signed[0] < self.signed[1]:
            self.released.wait(self.patience)
        names = " and ".join(approval.name for approval in approvals)
        return self._recorded(f"sign {sheet.sheet.batch} for {names}", "Signatures")

    def resume(self, report: Callable[[int, int], None]) -> Outgoing:
        report(*self.signed)
        return self._recorded("resume", "Signatures")

    def burn(self) -> Outgoing:
        return self._recorded("burn", "Burnt")

    def show(self, response: bytes, medium: Medium) -> Outgoing:
        assert response in (self.state.last_response, b"\2" * 32)
        return self._recorded(f"show by {medium.value}", "Recorded response")

    def send(
        self, outgoing: Outgoing, first: int, report: Callable[[TransferProgress], None]
    ) -> bool:
        report(TransferProgress(1, 1, 1, 0))
        self.record.append(f"send {outgoing.title}")
        return True

    def wallets(self) -> tuple[WalletToShow, ...]:
        return self.registered

    def read_proposal(self, message: bytes) -> ProposalToRead:
        assert message == b"message"
        return PROPOSAL

    def enrol(self, name: str, passphrase: str) -> Standing:
        self.record.append(f"enrol {name}: {len(passphrase)} characters")
        self.state = replace(self.state, enrolled=(*self.state.enrolled, name))
        return self.state

    def commission(self, proposal: ProposalToRead, transport_pin: str) -> Outgoing:
        assert proposal == PROPOSAL
        self.state = replace(OPEN, realm=Realm.TEST, present=(), open=False)
        return self._recorded(f"found with {transport_pin}", "Announcement")

    def _check(self, passphrase: str) -> None:
        if passphrase != PASSPHRASE:
            raise WrongPassphrase("this passphrase does not open the share")

    def _recorded(self, what: str, title: str) -> Outgoing:
        self.record.append(what)
        return Outgoing(self.message, sha256(self.message).digest(), title, WORDS)
