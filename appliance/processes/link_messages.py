"""What the terminal may ask of the link process, and what that may answer."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, ClassVar

from appliance.wire.messages import MAX_MESSAGE
from appliance.wire.record import Count, Name
from appliance.wire.shapes import Length
from appliance.wire.sight.hints import Hint
from appliance.wire.sight.preview import HEIGHT, WIDTH

Message = Annotated[bytes, Length(1, MAX_MESSAGE)]
Picture = Annotated[bytes, Length(0, WIDTH * HEIGHT)]
"""A preview, or nothing where the last one still holds."""


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
    """Send a message over the serial link; symbols before `first` were already shown."""

    TAG: ClassVar[int] = 1
    message: Message
    first: Count


@dataclass(frozen=True, slots=True)
class Stop:
    """Stop what is going on; what already arrived is kept for the next start."""

    TAG: ClassVar[int] = 2


@dataclass(frozen=True, slots=True)
class NextCamera:
    """Look through the next camera; what already arrived counts on."""

    TAG: ClassVar[int] = 3


LinkCall = StartReceiving | SendMessage | Stop | NextCamera


@dataclass(frozen=True, slots=True)
class CameraView:
    """What a camera sees. Its name comes from the device: it is foreign text.

    `cameras` is how many there are to choose from; of the `frames` that were
    looked at `decoded` had a part in them; `skipped` ones were overtaken by newer ones.
    """

    name: Annotated[str, Length(0, 64)]
    cameras: Count
    frames: Count
    decoded: Count
    skipped: Count
    bytes_per_second: Count
    hint: Hint | None
    preview: Picture


@dataclass(frozen=True, slots=True)
class Receiving:
    """How far a transfer is: `rank` of `needed` independent symbols.

    Of `frames` that came by, `lost` brought nothing. `seconds_left` if anything is coming in.
    """

    TAG: ClassVar[int] = 0
    rank: Count
    needed: Count
    frames: Count
    lost: Count
    seconds_left: Count | None
    camera: CameraView | None


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
