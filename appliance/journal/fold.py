"""Entries in, history out. The fold refuses an entry that could not have happened."""

from collections.abc import Iterable

from appliance.errors import JournalBroken
from appliance.model.entry import (
    AnnouncementRecorded,
    BatchClosed,
    Entry,
    Founded,
    IntendedTransaction,
    Intent,
    RequestReceived,
    ResponseRecorded,
    SignaturesRecorded,
)
from appliance.model.history import History, Unfinished
from appliance.model.transaction import Reservation
from appliance.wire.epochs import SignedGenesis
from appliance.wire.messages import JournalHead, TransactionSignatures, message_digest
from appliance.wire.public_message import PublicMessage
from appliance.wire.terms import Chain


class Fold:
    """A history under construction. `add` entries in order; `history` is a snapshot."""

    def __init__(self) -> None:
        self.head: JournalHead | None = None
        self._digests: list[bytes] = []
        self._time = 0
        self._genesis: SignedGenesis | None = None
        self._sequences: set[int] = set()
        self._answered: dict[bytes, bytes] = {}
        self._responses: dict[bytes, bytes] = {}
        self._answers: dict[bytes, PublicMessage | None] = {}
        self._received: set[tuple[bytes, str]] = set()
        self._withdrawals: dict[str, str] = {}
        self._reservations: dict[Reservation, frozenset[bytes]] = {}
        self._next_nonces: dict[tuple[str, str], int] = {}
        self._r_values: set[bytes] = set()
        self._unfinished: Unfinished | None = None
        self._last_response: bytes | None = None

    @property
    def genesis(self) -> SignedGenesis | None:
        """The first entry's body, once it is there."""
        return self._genesis

    @property
    def time(self) -> int:
        """The time of the last entry."""
        return self._time

    def holds(self, head: JournalHead) -> bool:
        """Return whether this head was ever where the journal stood."""
        return head.index < len(self._digests) and self._digests[head.index] == head.digest

    def history(self) -> History:
        """Return a copy that later entries do not change."""
        empty = History()
        return History(
            genesis=self._genesis,
            head=self.head or empty.head,
            time=self._time,
            sequences=frozenset(self._sequences),
            answered=dict(self._answered),
            responses=dict(self._responses),
            answers=dict(self._answers),
            received=frozenset(self._received),
            withdrawals=dict(self._withdrawals),
            reservations=dict(self._reservations),
            next_nonces=dict(self._next_nonces),
            r_values=frozenset(self._r_values),
            unfinished=self._unfinished,
            last_response=self._last_response,
        )

    def add(self, entry: Entry) -> None:
        """Take the next entry. Raises JournalBroken if it does not follow."""
        self.verify_follows(entry)
        match entry.body:
            case Founded(genesis=genesis):
                self._genesis = genesis
            case Intent() as intent:
                self._intend(intent)
            case SignaturesRecorded() as recorded:
                self._record_signatures(entry.index, recorded)
            case ResponseRecorded() as recorded:
                self._respond(entry.index, recorded)
            case BatchClosed() as closed:
                self._close(closed)
            case RequestReceived(request=request, link=link):
                self._received.add((request, link))
            case AnnouncementRecorded(message=message):
                self._keep(message)
            case _:
                pass
        self.head = entry.head
        self._digests.append(self.head.digest)
        self._time = entry.time

    def verify_follows(self, entry: Entry) -> None:
        """Raise JournalBroken unless an entry may come next."""
        if self.head is None:
            if entry.index != 0 or any(entry.previous) or not isinstance(entry.body, Founded):
                raise JournalBroken("entry 0 is not the founding of a journal")
            return
        if entry.index != self.head.index + 1 or entry.previous != self.head.digest:
            raise JournalBroken(f"entry {self.head.index + 1} does not follow from the one before")
        if entry.time < self._time or isinstance(entry.body, Founded):
            raise JournalBroken(f"entry {entry.index} cannot stand where it does")

    def _intend(self, intent: Intent) -> None:
        if self._unfinished is not None:
            raise JournalBroken("a batch is begun while another is unfinished")
        if intent.sequence is not None:
            self._sequences.add(intent.sequence)
        self._withdrawals.update((name, "signed") for name in intent.withdrawals)
        for transaction in intent.transactions:
            self._reserve(transaction)
        self._unfinished = Unfinished(intent, ())

    def _reserve(self, transaction: IntendedTransaction) -> None:
        digests = frozenset(intended.digest for intended in transaction.digests)
        for held in transaction.reserves:
            if self._reservations.setdefault(held, digests) != digests:
                raise JournalBroken(f"two transactions consume {held.subject}:{held.position}")
            if held.chain is Chain.ETHEREUM:
                lane = (held.network, held.subject)
                self._next_nonces[lane] = max(self._next_nonces.get(lane, 0), held.position + 1)

    def _record_signatures(self, index: int, recorded: SignaturesRecorded) -> None:
        unfinished = self._unfinished
        if unfinished is None or unfinished.intent.request != recorded.request:
            raise JournalBroken(f"entry {index} records signatures that nobody intended")
        if _digests(recorded.transactions) != _intended(unfinished.intent):
            raise JournalBroken(f"entry {index} records signatures over other digests")
        self._r_values.update(
            signature.signature[:32]
            for transaction in recorded.transactions
            for signature in transaction.signatures
        )
        self._unfinished = Unfinished(unfinished.intent, recorded.transactions)

    def _respond(self, index: int, recorded: ResponseRecorded) -> None:
        unfinished = self._unfinished
        request = recorded.request
        if unfinished is None or unfinished.intent.request != request or not unfinished.signatures:
            raise JournalBroken(f"entry {index} answers a batch that was not signed")
        is_attributed = unfinished.intent.sequence is not None
        if is_attributed != (recorded.answer is None):
            raise JournalBroken(f"entry {index} answers in another form than it was asked in")
        self._unfinished = None
        digest = self._answer(request, recorded.response)
        if not is_attributed:
            self._answers[digest] = recorded.answer

    def _close(self, closed: BatchClosed) -> None:
        if self._unfinished is not None and self._unfinished.intent.request == closed.request:
            self._unfinished = None
        self._withdrawals.update((name, "burnt") for name in closed.burnt)
        digest = self._answer(closed.request, closed.response)
        if closed.sequence is None:
            self._answers[digest] = None
        else:
            self._sequences.add(closed.sequence)

    def _answer(self, request: bytes, response: bytes) -> bytes:
        digest = self._answered[request] = self._keep(response)
        return digest

    def _keep(self, message: bytes) -> bytes:
        digest = message_digest(message)
        self._responses[digest] = message
        self._last_response = digest
        return digest


def fold(entries: Iterable[Entry]) -> History:
    """Return the history of a whole journal. Raises JournalBroken."""
    folded = Fold()
    for entry in entries:
        folded.add(entry)
    return folded.history()


def _digests(transactions: tuple[TransactionSignatures, ...]) -> list[tuple[str, int, bytes]]:
    return [
        (transaction.id, signature.index, signature.digest)
        for transaction in transactions
        for signature in transaction.signatures
    ]


def _intended(intent: Intent) -> list[tuple[str, int, bytes]]:
    return [
        (transaction.id, intended.index, intended.digest)
        for transaction in intent.transactions
        for intended in transaction.digests
    ]
