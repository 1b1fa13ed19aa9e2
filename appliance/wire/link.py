"""What a link is, how a message goes over one, and a link in memory that is as bad as one likes.

A link carries parts, each whole or not at all, and promises nothing about arrival. Sending needs
no answer: the sender goes on until it has sent what it was given or is told to stop. Where there is
a way back, the receiver confirms the whole message, and the sender stops early.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from hashlib import shake_128
from typing import Protocol, TypeVar

from appliance.wire.errors import DeviceUnavailable, TransferIncomplete
from appliance.wire.fountain import Encoder, Transfer
from appliance.wire.gathering import Progress

T_co = TypeVar("T_co", covariant=True)

ACKNOWLEDGEMENT_MAGIC = 0xA2
QUIET_SECONDS = 1.0
"""A sender that was silent for so long has heard the confirmation."""
CONFIRM_SECONDS = 30.0
"""How long a sender that does not hear it is told again."""


class Outgoing(Protocol):
    """A link that parts can be sent on."""

    def send(self, part: bytes) -> None:
        """Send one part. Raises DeviceUnavailable."""


class Incoming(Protocol):
    """A link that parts arrive on."""

    def receive(self) -> tuple[bytes, ...] | None:
        """Return what arrived, after a fraction of a second at most; None if nothing ever will.

        Raises DeviceUnavailable.
        """


class Returning(Protocol):
    """The way back of a link, as the sender sees it."""

    def poll(self) -> tuple[bytes, ...]:
        """Return what arrived, without waiting. Raises DeviceUnavailable."""


class Gathering(Protocol[T_co]):
    """What parts become a message in."""

    @property
    def message(self) -> T_co | None:
        """The message, or None until it is whole."""

    @property
    def progress(self) -> Progress:
        """How far it is."""

    def add(self, part: bytes, /) -> Progress:
        """Take one part in. Raises TransferTooLarge and TransferDamaged."""


class Link(Outgoing, Incoming, Returning, Protocol):
    """A link both ways."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a link in memory does to parts, each a share of them from 0 to 1."""

    loss: float = 0.0
    duplication: float = 0.0
    reordering: float = 0.0
    damage: float = 0.0


class Beside:
    """Two links in, heard as one: what either brings counts, until the first has come to its end.

    From then on it is the second alone.
    """

    def __init__(self, first: Incoming, second: Link) -> None:
        self._first: Incoming | None = first
        self._second = second

    def receive(self) -> tuple[bytes, ...] | None:
        """Return what arrived on either. Raises DeviceUnavailable."""
        if self._first is None:
            return self._second.receive()
        arrived = self._first.receive()
        if arrived is None:
            self._first = None
        return (*(arrived or ()), *self._second.poll())


def never() -> bool:
    """Never stop."""
    return False


def ignore(_: Progress) -> None:
    """Report to nobody."""


def run_of_parts(encoder: Encoder, overhead: float | None = None) -> Iterator[bytes]:
    """Return the parts to send: the needed ones and a share on top, or an endless run for None.

    Kept by the caller across a cable that was pulled, it goes on where it stopped.
    """
    count = None if overhead is None else round(encoder.parts_needed * (1 + overhead))
    return encoder.parts() if count is None else map(encoder.part, range(count))


def send(
    link: Outgoing,
    parts: Iterable[bytes],
    stop: Callable[[], bool] = never,
    back: Returning | None = None,
) -> bool:
    """Send parts until there are no more, or until told to stop, or until the other side has them.

    Return whether the other side said so, which takes a way back. Raises DeviceUnavailable; the
    parts that were not sent then are still in `parts`, if that is an iterator.
    """
    for part in parts:
        if stop():
            return False
        link.send(part)
        if back and any(is_acknowledged(answer, part) for answer in back.poll()):
            return True
    return False


def receive(
    link: Incoming,
    receiver: Gathering[T_co],
    report: Callable[[Progress], None] = ignore,
    stop: Callable[[], bool] = never,
) -> T_co | None:
    """Return the first message that is whole, or None if told to stop before.

    `report` hears of the progress after every look at the link, whatever was seen. Raises
    DeviceUnavailable, TransferTooLarge and TransferDamaged, after any of which it can be called
    again with the same receiver, and TransferIncomplete when the link has come to its end.
    """
    while not stop():
        arrived = link.receive()
        if arrived is None:
            progress = receiver.progress
            raise TransferIncomplete(f"{progress.rank} of {progress.needed} symbols arrived")
        for part in arrived:
            receiver.add(part)
            if (message := receiver.message) is not None:
                report(receiver.progress)
                return message
        report(receiver.progress)
    return None


def confirm(link: Link, transfer: Transfer | None, stop: Callable[[], bool] = never) -> None:
    """Say that a transfer's message is whole, and say it again as long as its sender goes on.

    The way back loses too, and a busy sender may fall silent for a moment: it is over when nothing
    came for QUIET_SECONDS, after CONFIRM_SECONDS, or when told to stop. A line that goes away takes
    nothing from the receiver, which has the message.
    """
    if transfer is None:
        return
    began = heard = time.monotonic()
    with suppress(DeviceUnavailable):
        link.send(acknowledgement(transfer))
        while not stop() and (now := time.monotonic()) - heard < QUIET_SECONDS:
            arrived = link.receive()
            if arrived is None or now - began > CONFIRM_SECONDS:
                return
            if arrived:
                heard = now
                link.send(acknowledgement(transfer))


def acknowledgement(transfer: Transfer) -> bytes:
    """Return what the receiver says when a message is whole: magic (1 byte) ‖ transfer id (8)."""
    return bytes((ACKNOWLEDGEMENT_MAGIC,)) + transfer.id


def is_acknowledged(answer: bytes, part: bytes) -> bool:
    """Whether an answer says that the message of this part is whole."""
    return answer[:1] == bytes((ACKNOWLEDGEMENT_MAGIC,)) and answer[1:] == part[1:9]


class MemoryLink:
    """One end of a link in memory. The same seed does the same to the same parts."""

    def __init__(self, conditions: Conditions, seed: int) -> None:
        self._conditions = conditions
        self._seed = seed
        self._sent = 0
        self._arriving: list[bytes] = []
        self.other = self

    def send(self, part: bytes) -> None:
        """Send one part to the other end, or lose, repeat, delay or damage it."""
        lost, repeated, delayed, damaged, place = self._fortune()
        conditions = self._conditions
        if lost < conditions.loss:
            return
        if damaged < conditions.damage and part:
            bit = int(place * 8 * len(part))
            part = _flipped(part, bit)
        arriving = self.other._arriving  # noqa: SLF001 - the other end of the same link
        for _ in range(2 if repeated < conditions.duplication else 1):
            is_late = delayed < conditions.reordering
            arriving.insert(int(place * len(arriving)) if is_late else len(arriving), part)

    def receive(self) -> tuple[bytes, ...] | None:
        """Return what arrived, or None: nothing more comes by itself."""
        return self.poll() or None

    def poll(self) -> tuple[bytes, ...]:
        """Return what arrived."""
        arrived = tuple(self._arriving)
        self._arriving.clear()
        return arrived

    def _fortune(self) -> tuple[float, ...]:
        self._sent += 1
        drawn = shake_128(f"{self._seed}:{self._sent}".encode()).digest(20)
        return tuple(
            int.from_bytes(drawn[start : start + 4], "big") / (1 << 32) for start in range(0, 20, 4)
        )


def memory_link(
    conditions: Conditions = Conditions(), seed: int = 0
) -> tuple[MemoryLink, MemoryLink]:
    """Return the two ends of a link in memory, equally bad both ways."""
    one, two = MemoryLink(conditions, 2 * seed), MemoryLink(conditions, 2 * seed + 1)
    one.other, two.other = two, one
    return one, two


def _flipped(part: bytes, bit: int) -> bytes:
    value = int.from_bytes(part, "big") ^ (1 << bit)
    return value.to_bytes(len(part), "big")
