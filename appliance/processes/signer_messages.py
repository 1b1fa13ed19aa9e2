"""What the terminal may ask of the signer process, and what that may answer."""

from dataclasses import dataclass, field
from typing import Annotated, ClassVar

from appliance.wire.messages import (
    MAX_MESSAGE,
    Ed25519Key,
    JournalHead,
    SignerApproval,
)
from appliance.wire.public_message import PublicMessage
from appliance.wire.record import Count, Digest, Name, Text
from appliance.wire.shapes import Length

Message = Annotated[bytes, Length(1, MAX_MESSAGE)]
Secret = Annotated[str, Length(1, 1024)]
"""A passphrase or PIN. It goes straight to the signer process and is kept nowhere else."""
Names = Annotated[tuple[Name, ...], Length(0, 64)]
Approvals = Annotated[tuple[SignerApproval, ...], Length(0, 64)]


@dataclass(frozen=True, slots=True)
class GetStatus:
    """Ask how things stand."""

    TAG: ClassVar[int] = 0


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A signer gives their share; the session opens when enough have."""

    TAG: ClassVar[int] = 1
    name: Name
    passphrase: Secret = field(repr=False)


@dataclass(frozen=True, slots=True)
class CloseSession:
    """End the HSM session and forget every share."""

    TAG: ClassVar[int] = 2


@dataclass(frozen=True, slots=True)
class Refuse:
    """Record that this request is refused, and seal the response that says why."""

    TAG: ClassVar[int] = 3
    request: Message


@dataclass(frozen=True, slots=True)
class Reject:
    """A signer rejects this request; its withdrawal requests are burnt."""

    TAG: ClassVar[int] = 4
    request: Message
    name: Name
    passphrase: Secret = field(repr=False)
    reason: Text


@dataclass(frozen=True, slots=True)
class Approve:
    """A signer approves the sheet with this digest, made from this request."""

    TAG: ClassVar[int] = 5
    request: Message
    sheet: Digest
    name: Name
    passphrase: Secret = field(repr=False)


@dataclass(frozen=True, slots=True)
class SignTransactions:
    """Sign this request, of which these people approved the sheet with this digest."""

    TAG: ClassVar[int] = 6
    request: Message
    sheet: Digest
    approvals: Approvals


@dataclass(frozen=True, slots=True)
class Resume:
    """Finish the interrupted batch under its recorded intent."""

    TAG: ClassVar[int] = 7


@dataclass(frozen=True, slots=True)
class Burn:
    """Give up the interrupted batch; its inputs and nonces stay reserved."""

    TAG: ClassVar[int] = 8


@dataclass(frozen=True, slots=True)
class Show:
    """Record that a response is shown on a link, and return its bytes."""

    TAG: ClassVar[int] = 9
    response: Digest
    link: Name


@dataclass(frozen=True, slots=True)
class Enrol:
    """A future signer joins the appliance that is being founded."""

    TAG: ClassVar[int] = 10
    name: Name
    passphrase: Secret = field(repr=False)


@dataclass(frozen=True, slots=True)
class Commission:
    """Found the appliance on this proposal; the token still has its transport PIN."""

    TAG: ClassVar[int] = 11
    proposal: Message
    transport_pin: Secret = field(repr=False)


@dataclass(frozen=True, slots=True)
class Receive:
    """Record that this request, an authentic one, came in on a link."""

    TAG: ClassVar[int] = 12
    request: Message
    link: Name


Call = (
    GetStatus
    | OpenSession
    | CloseSession
    | Refuse
    | Reject
    | Approve
    | SignTransactions
    | Resume
    | Burn
    | Show
    | Enrol
    | Commission
    | Receive
)


@dataclass(frozen=True, slots=True)
class Status:
    """Whether the appliance is founded, who has given a share, and where the journal stands.

    `compared` says whether the journal was compared with the HSM's anchor: until two signers have
    opened a session it was not.
    """

    TAG: ClassVar[int] = 0
    founded: bool
    enrolled: Names
    present: Names
    needed: Count
    open: bool
    compared: bool
    head: JournalHead


@dataclass(frozen=True, slots=True)
class Enrolled:
    """The personal public key made for a future signer."""

    TAG: ClassVar[int] = 1
    key: Ed25519Key


@dataclass(frozen=True, slots=True)
class ApprovalGiven:
    """A signer's signature over the sheet."""

    TAG: ClassVar[int] = 2
    approval: SignerApproval


@dataclass(frozen=True, slots=True)
class Response:
    """A sealed message for the other side, on record.

    One that answers an unattributed request stays here, because nobody there could read it: what
    is shown in its place is `answer`, or nothing where that is None.
    """

    TAG: ClassVar[int] = 3
    message: Message
    unattributed: bool
    answer: PublicMessage | None


@dataclass(frozen=True, slots=True)
class Progress:
    """How many digests are signed, of how many. More messages follow."""

    TAG: ClassVar[int] = 4
    done: Count
    of: Count


@dataclass(frozen=True, slots=True)
class Failed:
    """The call was refused or something failed: the error's id, what, and what to do next."""

    TAG: ClassVar[int] = 5
    id: Name
    what: Annotated[str, Length(0, 2048)]
    next: Annotated[str, Length(0, 512)]


Reply = Status | Enrolled | ApprovalGiven | Response | Progress | Failed
