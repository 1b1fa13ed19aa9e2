"""The stages of the flow, each the only way into the next.

ReceivedRequest → DecodedBatch → ClearedBatch | RefusedBatch → ReviewSheet → Approved → Signed.
Only `policy/judge.py` constructs ClearedBatch, only `approvals.py` Approved, only `signing.py`
Signed; a convention test holds this.
"""

from dataclasses import dataclass
from typing import Annotated

from appliance.errors import DecodeError
from appliance.model.transaction import DecodedTransaction
from appliance.wire import record
from appliance.wire.messages import (
    MAX_TRANSACTIONS,
    Finding,
    SignerApproval,
    SigningRequest,
    TransactionSignatures,
    UnsignedTransaction,
)
from appliance.wire.record import Digest, Name
from appliance.wire.shapes import Length
from appliance.wire.statement import digest_of
from appliance.wire.terms import Realm


@dataclass(frozen=True, slots=True)
class ReceivedRequest:
    """A request whose envelope verified under the registered coordinator's key, for this appliance.

    `envelope` is the bytes exactly as received, `digest` their SHA-256.
    """

    request: SigningRequest
    envelope: bytes
    digest: bytes


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
