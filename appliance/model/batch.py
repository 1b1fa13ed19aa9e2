"""The stages of the flow, each the only way into the next.

ReceivedRequest → DecodedBatch → ClearedBatch | RefusedBatch → ReviewSheet → Approved → Signed.
Only `policy/judge.py` constructs ClearedBatch, only `approvals.py` Approved, only `signing.py`
Signed; a convention test holds this.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

from appliance.errors import DecodeError
from appliance.model.transaction import DecodedTransaction
from appliance.wire import record
from appliance.wire.messages import (
    MAX_TRANSACTIONS,
    BatchContent,
    Finding,
    OperatorApproval,
    SignerApproval,
    SigningRequest,
    TransactionSignatures,
    UnsignedTransaction,
)
from appliance.wire.public_message import PublicMessage
from appliance.wire.record import Digest, Name
from appliance.wire.shapes import Length
from appliance.wire.sign_request import SignRequest
from appliance.wire.statement import digest_of
from appliance.wire.terms import Realm


@dataclass(frozen=True, slots=True)
class Attributed:
    """A request whose envelope verified under the registered coordinator's key, for us."""

    request: SigningRequest


@dataclass(frozen=True, slots=True)
class Unattributed:
    """A request in a public format, which anybody may have made.

    `asked` is what its maker says beside the bytes, None for a PSBT. `content` was made here from
    those bytes: one transaction, and no withdrawal request that it could be compared with.
    """

    message: PublicMessage
    asked: SignRequest | None
    content: BatchContent


Origin = Attributed | Unattributed


@dataclass(frozen=True, slots=True)
class ReceivedRequest:
    """A request and where it is from. `message` is its bytes as received, `digest` the SHA-256."""

    origin: Origin
    message: bytes
    digest: bytes

    @property
    def content(self) -> BatchContent:
        """What is asked for."""
        match self.origin:
            case Attributed(request=request):
                return request.content
            case Unattributed(content=content):
                return content

    @property
    def sequence(self) -> int | None:
        """The coordinator's number of it; None where nobody numbers."""
        return self.origin.request.sequence if isinstance(self.origin, Attributed) else None

    @property
    def approvals(self) -> tuple[OperatorApproval, ...]:
        """What maker and checker signed; nothing where there is neither."""
        return self.origin.request.approvals if isinstance(self.origin, Attributed) else ()


@dataclass(frozen=True, slots=True)
class Decoded:
    """One transaction of a batch, and what its bytes say."""

    unsigned: UnsignedTransaction
    transaction: DecodedTransaction


@dataclass(frozen=True, slots=True)
class Undecodable:
    """One transaction of a batch whose bytes cannot be explained, and why."""

    unsigned: UnsignedTransaction
    error: DecodeError


def names_of(received: ReceivedRequest, items: Iterable[Decoded | Undecodable]) -> tuple[str, ...]:
    """Return the names by which what is asked for is signed or burnt once and for ever.

    They are the ids of the withdrawal requests. Where nobody gave any, account and digest name a
    transaction, so that no other wrapping makes it a new one.
    """
    if isinstance(received.origin, Attributed):
        return tuple(request.id for request in received.content.withdrawals)
    return tuple(_name_of(item.transaction) for item in items if isinstance(item, Decoded))


def _name_of(transaction: DecodedTransaction) -> str:
    account = (transaction.account or "").encode()
    return digest_of("unattributed-transaction", transaction.digest + account).hex()


@dataclass(frozen=True, slots=True)
class DecodedBatch:
    """A request with every transaction decoded, or the reason why not."""

    received: ReceivedRequest
    items: tuple[Decoded | Undecodable, ...]


@dataclass(frozen=True, slots=True)
class ClearedBatch:
    """No rule refuses. People still decide. `notes` are findings that do not refuse."""

    received: ReceivedRequest
    items: tuple[Decoded, ...]
    notes: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class RefusedBatch:
    """At least one rule refuses; every finding is here, and nothing of the batch is signable."""

    received: ReceivedRequest
    items: tuple[Decoded | Undecodable, ...]
    findings: tuple[Finding, ...]


SheetText = Annotated[str, Length(0, 4096)]


@dataclass(frozen=True, slots=True)
class SheetLine:
    """One labelled line, as people read it."""

    label: SheetText
    value: SheetText


@dataclass(frozen=True, slots=True)
class SheetSection:
    """What belongs together on the sheet: the overview, or one transaction.

    `destinations` are the addresses people must be able to read back, in order of appearance.
    """

    title: SheetText
    lines: Annotated[tuple[SheetLine, ...], Length(0, 100_000)]
    destinations: Annotated[tuple[SheetText, ...], Length(0, 100_000)]


@dataclass(frozen=True, slots=True)
class ReviewSheet:
    """Exactly what signers see. Its digest is what they approve."""

    realm: Realm
    request: Digest
    batch: Name
    sections: Annotated[tuple[SheetSection, ...], Length(1, MAX_TRANSACTIONS + 1)]

    @property
    def digest(self) -> bytes:
        """Bind every word on the sheet."""
        return digest_of("review-sheet", record.encode(self))


@dataclass(frozen=True, slots=True)
class Approved:
    """A cleared batch whose sheet enough distinct signers approved."""

    cleared: ClearedBatch
    sheet: ReviewSheet
    approvals: tuple[SignerApproval, ...]


@dataclass(frozen=True, slots=True)
class Signed:
    """Every signature, verified and on record."""

    approved: Approved
    transactions: tuple[TransactionSignatures, ...]
