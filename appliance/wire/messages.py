"""Signing request and signing response: what the two sides say to each other, frozen and versioned.

The coordinator's words are claims. The appliance compares them with what it decoded and never
displays them as facts.
"""

from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated, ClassVar

from appliance.wire import record
from appliance.wire.epochs import Address, Genesis
from appliance.wire.record import Amount, Count, Digest, Key, Name, Signature, Text, UnixTime
from appliance.wire.shapes import Below, Length
from appliance.wire.statement import StatementType, digest_of
from appliance.wire.terms import Chain, Realm, Role, Severity

VERSION = 1
MAX_MESSAGE = 4 << 20
"""Bytes of the largest message either side accepts."""
MAX_TRANSACTIONS = 10_000
MAX_TRANSACTION = 1 << 20

Version = Annotated[int, Below(VERSION + 1)]
Ed25519Key = Annotated[bytes, Length(32, 32)]


@dataclass(frozen=True, slots=True)
class Audience:
    """Which appliance, which journal, which realm a message is for."""

    appliance: Annotated[bytes, Length(16, 16)]
    genesis: Digest
    realm: Realm

    @classmethod
    def of(cls, genesis: Genesis) -> "Audience":
        """Return the audience that a genesis founds."""
        return cls(genesis.appliance, genesis.digest, genesis.realm)


@dataclass(frozen=True, slots=True)
class ChainEvidence:
    """The tip of a chain as the coordinator's node sees it: a claim about time and state."""

    chain: Chain
    network: Name
    height: Count
    hash: Digest
    time: UnixTime


@dataclass(frozen=True, slots=True)
class WithdrawalRequest:
    """What the client's ledger asks for: `amount` base units of an asset to one destination."""

    id: Name
    wallet: Name
    asset: Name
    token: Address | None
    amount: Amount
    destination: Address
    reference: Text


@dataclass(frozen=True, slots=True)
class UnsignedTransaction:
    """Bytes to be signed, and the withdrawal requests they are said to serve."""

    id: Name
    chain: Chain
    wallet: Name
    payload: Annotated[bytes, Length(1, MAX_TRANSACTION)]
    covers: Annotated[tuple[Name, ...], Length(0, MAX_TRANSACTIONS)]


@dataclass(frozen=True, slots=True)
class BatchContent:
    """What maker and checker approve. Any change to it voids both approvals."""

    audience: Audience
    batch: Name
    withdrawals: Annotated[tuple[WithdrawalRequest, ...], Length(0, MAX_TRANSACTIONS)]
    transactions: Annotated[tuple[UnsignedTransaction, ...], Length(0, MAX_TRANSACTIONS)]

    @property
    def digest(self) -> bytes:
        """The batch digest: the same at the maker's, the checker's and the signers' desks."""
        return digest_of("batch-content", record.encode(self))


@dataclass(frozen=True, slots=True)
class OperatorApproval:
    """A maker's or checker's Ed25519 signature over the statement of the batch digest."""

    role: Role
    key: Ed25519Key
    signature: Signature


APPROVAL_STATEMENTS = {
    Role.MAKER: StatementType.MAKER_APPROVAL,
    Role.CHECKER: StatementType.CHECKER_APPROVAL,
    Role.SIGNER: StatementType.SIGNER_APPROVAL,
}


@dataclass(frozen=True, slots=True)
class SigningRequest:
    """One batch, asked of one appliance."""

    version: Version
    content: BatchContent
    sequence: Count
    last_response: Digest | None
    created: UnixTime
    expires: UnixTime
    evidence: Annotated[tuple[ChainEvidence, ...], Length(0, 16)]
    approvals: Annotated[tuple[OperatorApproval, ...], Length(0, 8)]


@dataclass(frozen=True, slots=True)
class SignerApproval:
    """A signer's Ed25519 signature over the statement of the review sheet's digest."""

    name: Name
    key: Ed25519Key
    sheet: Digest
    signature: Signature


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule's word on a batch. `where` names the transaction and its part."""

    rule: Name
    severity: Severity
    message: Annotated[str, Length(0, 512)]
    where: Text


@dataclass(frozen=True, slots=True)
class InputSignature:
    """A signature (r ‖ s, low s) over `digest` by `public_key`, for input `index` of a transaction.

    `recovery_id` recovers the public key (0 to 3); chains without it ignore it.
    """

    index: Count
    public_key: Key
    digest: Digest
    signature: Signature
    recovery_id: Annotated[int, Below(4)]


@dataclass(frozen=True, slots=True)
class TransactionSignatures:
    """Every signature of ours that one transaction needs."""

    id: Name
    signatures: Annotated[tuple[InputSignature, ...], Length(1, MAX_TRANSACTIONS)]


@dataclass(frozen=True, slots=True)
class BatchSigned:
    """Every transaction was signed, after these approvals."""

    TAG: ClassVar[int] = 0
    transactions: Annotated[tuple[TransactionSignatures, ...], Length(1, MAX_TRANSACTIONS)]
    approvals: Annotated[tuple[SignerApproval, ...], Length(1, 64)]


@dataclass(frozen=True, slots=True)
class BatchRefused:
    """The appliance refused: every finding, and no signature."""

    TAG: ClassVar[int] = 1
    findings: Annotated[tuple[Finding, ...], Length(1, 100_000)]


@dataclass(frozen=True, slots=True)
class BatchRejected:
    """A signer rejected it; its withdrawal requests are burnt."""

    TAG: ClassVar[int] = 2
    by: Name
    reason: Text


@dataclass(frozen=True, slots=True)
class BatchBurnt:
    """Signing was interrupted and the signers gave it up; its inputs and nonces stay reserved."""

    TAG: ClassVar[int] = 3
    by: Annotated[tuple[Name, ...], Length(1, 64)]


Outcome = BatchSigned | BatchRefused | BatchRejected | BatchBurnt


@dataclass(frozen=True, slots=True)
class JournalHead:
    """The last entry of a journal: its index, and the digest that binds all before it."""

    index: Count
    digest: Digest


DEVELOPMENT = "development"
"""What stands for the image in the responses of an appliance that was not started from one."""

STATUS_SIZE = 80
"""An X25519 key, 32 bytes of ChaCha20 and a tag: enough for a word to a watching desk."""


@dataclass(frozen=True, slots=True)
class SigningResponse:
    """What became of one signing request, signed by the HSM's attestation key.

    `status` is noise to everybody but the holder of a key for it, and plain noise while nobody
    holds one: so a coerced signer's word can never be told from its absence.
    """

    version: Version
    audience: Audience
    request: Digest
    batch: Name
    outcome: Outcome
    journal: JournalHead
    standing: Digest
    image: Text
    status: Annotated[bytes, Length(STATUS_SIZE, STATUS_SIZE)]


@dataclass(frozen=True, slots=True)
class JournalTip:
    """The attestation key's word on where the journal stands."""

    audience: Audience
    head: JournalHead


def message_digest(data: bytes) -> bytes:
    """Return the SHA-256 of a whole envelope, by which requests and responses are named."""
    return sha256(data).digest()
