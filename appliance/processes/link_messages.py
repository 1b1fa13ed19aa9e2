"""What the terminal may ask of the link process, and what that may answer."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, ClassVar

from appliance.wire.messages import MAX_MESSAGE
from appliance.wire.record import Count, Name
from appliance.wire.shapes import Length

Message = Annotated[bytes, Length(1, MAX_MESSAGE)]


class Medium(StrEnum):
    """The links there are."""

    QR = "qr"
    SERIAL = "serial"


@dataclass(frozen=True, slots=True)
class StartReceiving:
    """Take parts from a link until a whole message is there, or until told to stop."""

    TAG: ClassVar[int] = 0
    medium: Medium


@dataclass(frozen=True, slots=True)
class SendMessage:
    """Send a message over the serial link."""

    TAG: ClassVar[int] = 1
    message: Message


@dataclass(frozen=True, slots=True)
class Stop:
    """Stop what is going on; what already arrived is kept for the next start."""

    TAG: ClassVar[int] = 2


LinkCall = StartReceiving | SendMessage | Stop


@dataclass(frozen=True, slots=True)
class Receiving:
    """How far a transfer is: `rank` of `needed` independent parts."""

    TAG: ClassVar[int] = 0
    rank: Count
    needed: Count
    frames: Count
    lost: Count


@dataclass(frozen=True, slots=True)
class Received:
    """A whole message, its checksum verified; nothing in it is believed yet."""

    TAG: ClassVar[int] = 1
    medium: Medium
    message: Message


@dataclass(frozen=True, slots=True)
class Sent:
    """The message went out on the serial link; `confirmed` if the other side said so."""

    TAG: ClassVar[int] = 2
    confirmed: bool


@dataclass(frozen=True, slots=True)
class LinkFailed:
    """The link failed: the error's id, what, and what to do next."""

    TAG: ClassVar[int] = 3
    id: Name
    what: Annotated[str, Length(0, 2048)]
    next: Annotated[str, Length(0, 512)]


@dataclass(frozen=True, slots=True)
class Stopped:
    """What was going on was stopped on request."""

    TAG: ClassVar[int] = 4


LinkEvent = Receiving | Received | Sent | LinkFailed | Stopped
