"""What the journal holds: one record per thing that happened, each naming its predecessor."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from appliance.model.transaction import Reservation
from appliance.wire import record
from appliance.wire.epochs import SignedGenesis
from appliance.wire.messages import (
    MAX_MESSAGE,
    MAX_TRANSACTIONS,
    JournalHead,
    SignerApproval,
    TransactionSignatures,
)
from appliance.wire.public_message import PublicMessage
from appliance.wire.record import Count, Digest, Key, Name, Text, UnixTime
from appliance.wire.shapes import Length
from appliance.wire.statement import digest_of

Message = Annotated[bytes, Length(1, MAX_MESSAGE)]
Names = Annotated[tuple[Name, ...], Length(0, MAX_TRANSACTIONS)]


@dataclass(frozen=True, slots=True)
class Founded:
    """The commissioning ceremony: the first entry of every journal."""

    TAG: ClassVar[int] = 0
    genesis: SignedGenesis


@dataclass(frozen=True, slots=True)
class SessionOpened:
    """These signers' shares opened the HSM, and the journal agreed with its anchor."""

    TAG: ClassVar[int] = 1
    signers: Names


@dataclass(frozen=True, slots=True)
class SessionEnded:
    """The HSM session was closed on purpose."""

    TAG: ClassVar[int] = 2


@dataclass(frozen=True, slots=True)
class BatchClosed:
    """A request ended without signatures: refused, rejected or burnt, as its response says.

    `burnt` are the names of what may never be asked for again. An unattributed request has no
    sequence number.
    """

    TAG: ClassVar[int] = 3
    request: Digest
    batch: Name
    sequence: Count | None
    burnt: Names
    response: Message


@dataclass(frozen=True, slots=True)
class IntendedDigest:
    """A digest that may be signed under this intent, and the key that may sign it."""

    index: Count
    public_key: Key
    digest: Digest


@dataclass(frozen=True, slots=True)
class IntendedTransaction:
    """One transaction's digests, and what it consumes for ever."""

    id: Name
    reserves: Annotated[tuple[Reservation, ...], Length(1, MAX_TRANSACTIONS)]
    digests: Annotated[tuple[IntendedDigest, ...], Length(1, MAX_TRANSACTIONS)]


@dataclass(frozen=True, slots=True)
class Intent:
    """Written and synced before the HSM is asked: from here on every digest is a liability.

    `message` is the whole request: an envelope, or the record of a message in a public format,
    which has no sequence number. `withdrawals` are the names of what is signed.
    """

    TAG: ClassVar[int] = 4
    request: Digest
    batch: Name
    sequence: Count | None
    withdrawals: Names
    message: Message
    sheet: Digest
    approvals: Annotated[tuple[SignerApproval, ...], Length(1, 64)]
    transactions: Annotated[tuple[IntendedTransaction, ...], Length(1, MAX_TRANSACTIONS)]


@dataclass(frozen=True, slots=True)
class SignaturesRecorded:
    """The verified signatures of an intent, before anybody outside sees them."""

    TAG: ClassVar[int] = 5
    request: Digest
    transactions: Annotated[tuple[TransactionSignatures, ...], Length(1, MAX_TRANSACTIONS)]


@dataclass(frozen=True, slots=True)
class ResponseRecorded:
    """The response to a signed batch, byte for byte as it may be shown.

    `answer` is what is shown in its place where the request was in a public format.
    """

    TAG: ClassVar[int] = 6
    request: Digest
    response: Message
    answer: PublicMessage | None


@dataclass(frozen=True, slots=True)
class ResponseShown:
    """A recorded response was offered on a link."""

    TAG: ClassVar[int] = 7
    response: Digest
    link: Name


@dataclass(frozen=True, slots=True)
class HeadSigned:
    """The attestation key's envelope over the head before this entry."""

    TAG: ClassVar[int] = 8
    envelope: Annotated[bytes, Length(1, 4096)]


@dataclass(frozen=True, slots=True)
class Noted:
    """Something an operator or auditor should know: an interruption, a clock set back."""

    TAG: ClassVar[int] = 9
    rule: Name
    message: Text


@dataclass(frozen=True, slots=True)
class AnnouncementRecorded:
    """A message of ours that answers no request, as it may be shown: the founding, for one."""

    TAG: ClassVar[int] = 10
    message: Message


@dataclass(frozen=True, slots=True)
class IncidentKept:
    """A request kept whole for those who investigate: it showed that this software is not sound."""

    TAG: ClassVar[int] = 11
    rule: Name
    message: Message


@dataclass(frozen=True, slots=True)
class RequestReceived:
    """An authentic request came in on a link, for the first time on this one."""

    TAG: ClassVar[int] = 12
    request: Digest
    link: Name


EntryBody = (
    Founded
    | SessionOpened
    | SessionEnded
    | BatchClosed
    | Intent
    | SignaturesRecorded
    | ResponseRecorded
    | ResponseShown
    | HeadSigned
    | Noted
    | AnnouncementRecorded
    | IncidentKept
    | RequestReceived
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One link of the chain: `previous` is the digest of the entry before (zeros for the first)."""

    index: Count
    previous: Digest
    time: UnixTime
    body: EntryBody

    @property
    def digest(self) -> bytes:
        """What the next entry, the HSM's anchor and signed heads name."""
        return digest_of("journal-entry", record.encode(self))

    @property
    def head(self) -> JournalHead:
        """Where the journal stands after this entry."""
        return JournalHead(self.index, self.digest)


NO_ENTRY = JournalHead(0, bytes(32))
"""The head of a journal with nothing in it."""
