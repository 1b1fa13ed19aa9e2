"""Gathering the parts of one message, whatever code they are made with."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import Any, Generic, Protocol, TypeVar

from appliance.wire.errors import PartRefused, TransferDamaged
from appliance.wire.messages import MAX_MESSAGE

MAX_SYMBOLS = 4096
"""Symbols of the largest transfer; elimination over them stays below 16 MiB."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a side is ready to allocate: bytes of message, symbols of one transfer."""

    message: int = MAX_MESSAGE
    symbols: int = MAX_SYMBOLS


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a transfer is: `rank` independent symbols of the `needed`; 0 of 0 before it began.

    `received` counts the parts of this transfer, `duplicates` those of them that brought nothing
    new, `refused` everything else that came along.
    """

    rank: int = 0
    needed: int = 0
    received: int = 0
    duplicates: int = 0
    refused: int = 0

    @property
    def complete(self) -> bool:
        """Whether the whole message is there."""
        return 0 < self.needed == self.rank

    @property
    def under_way(self) -> bool:
        """Whether there is more than one stray part."""
        return self.complete or self.received - self.duplicates > 1


class AnyTransfer(Protocol):
    """What all parts of one transfer share."""

    @property
    def symbols(self) -> int:
        """How many independent symbols make the message."""

    def verify_size(self, limits: Limits) -> None:
        """Raise TransferTooLarge for more than the limits allow."""


class AnyPart(Protocol):
    """A part of a transfer."""

    @property
    def transfer(self) -> Any:
        """What it shares with the others."""


PartT = TypeVar("PartT", bound=AnyPart)
TransferT = TypeVar("TransferT", bound=AnyTransfer)


class Gathering(ABC, Generic[PartT, TransferT]):
    """Gathers the parts of one message: that of the first part it accepts."""

    def __init__(self, limits: Limits) -> None:
        """Be ready for a transfer of up to these limits."""
        self._limits = limits
        self.transfer: TransferT | None = None
        self.progress = Progress()
        self.message: bytes | None = None
        self._forget()

    def add_part(self, part: PartT) -> Progress:
        """Take one part in.

        Raises PartRefused for a foreign one, TransferTooLarge if the first part announces more than
        the limits allow, and TransferDamaged when all parts together are not the message that was
        announced; all are then forgotten, and it starts over with the next part.
        """
        self._follow(part.transfer)
        gained = self._learn(part) if self.message is None else 0
        before = self.progress
        self.progress = replace(
            before,
            rank=before.rank + gained,
            received=before.received + 1,
            duplicates=before.duplicates + (not gained),
        )
        if gained and self.progress.complete:
            self._finish(part.transfer)
        return self.progress

    def _finish(self, transfer: TransferT) -> None:
        try:
            self.message = self._complete(transfer)
        except TransferDamaged:
            self.progress = replace(self.progress, rank=0)
            raise
        finally:
            self._forget()

    def _counted(self, part: PartT | None) -> Progress:
        """Take one part in; what is foreign, or no part at all (None), is counted and dropped."""
        try:
            if part is not None:
                return self.add_part(part)
        except PartRefused:
            pass
        self.progress = replace(self.progress, refused=self.progress.refused + 1)
        return self.progress

    def _follow(self, transfer: TransferT) -> None:
        if self.transfer is None:
            transfer.verify_size(self._limits)
            self.transfer = transfer
            self.progress = replace(self.progress, needed=transfer.symbols)
            self._forget()
        elif transfer != self.transfer:
            raise PartRefused("the part belongs to another message")

    @abstractmethod
    def _forget(self) -> None:
        """Drop what was learnt, and be ready for `progress.needed` symbols."""

    @abstractmethod
    def _learn(self, part: PartT) -> int:
        """Return how many symbols more are determined now, and keep what determines them."""

    @abstractmethod
    def _complete(self, transfer: TransferT) -> bytes:
        """Return the message, at full rank. Raises TransferDamaged."""
