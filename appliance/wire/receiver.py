"""Several interleaved transfers told apart, and parts gathered from text lines.

A receiver outlives the link it listens on: given to a second camera, or to a serial port that was
plugged in again, it goes on with the rank it has.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from appliance.wire.errors import (
    PartRefused,
    TransferDamaged,
    TransferIncomplete,
    TransferMixed,
    TransferTooLarge,
)
from appliance.wire.fountain import (
    DEFAULT_LIMITS,
    MAX_PART_SIZE,
    Decoder,
    Part,
    Transfer,
)
from appliance.wire.gathering import Limits, Progress

MAX_TRANSFERS = 4


class Receiver:
    """Follows up to `transfers` transfers, and drops the one that has been silent longest.

    One that never got beyond its first part goes before any other, so that stray parts do not push
    out a transfer that is under way.
    """

    def __init__(self, limits: Limits = DEFAULT_LIMITS, transfers: int = MAX_TRANSFERS) -> None:
        self._limits = limits
        self._transfers = transfers
        self._decoders: dict[Transfer, Decoder] = {}
        self._refused = 0

    @property
    def followed(self) -> tuple[Decoder, ...]:
        """What is followed, the transfer that was heard last at the end."""
        return tuple(self._decoders.values())

    @property
    def transfer(self) -> Transfer | None:
        """The transfer that was heard last."""
        return next(reversed(self._decoders), None)

    @property
    def message(self) -> bytes | None:
        """The message of the transfer that was heard last, verified, or None until it is whole."""
        return self.followed[-1].message if self._decoders else None

    @property
    def progress(self) -> Progress:
        """How far the transfer is that was heard last; `refused` counts over all of them."""
        progress = self.followed[-1].progress if self._decoders else Progress()
        return replace(progress, refused=self._refused)

    def add(self, data: bytes) -> Progress:
        """Take one part in; what is no part, or too much, is counted and dropped.

        Raises TransferTooLarge if nothing else is being followed, because then people wait for it,
        and TransferDamaged when a transfer is complete and wrong; that one then starts over.
        """
        try:
            self._decoder(part := Part.parse(data)).add_part(part)
        except PartRefused:
            self._refused += 1
        except TransferTooLarge:
            self._refused += 1
            if not self._decoders:
                raise
        return self.progress

    def _decoder(self, part: Part) -> Decoder:
        decoder = self._decoders.pop(part.transfer, None)
        if decoder is None:
            part.transfer.verify_size(self._limits)
            decoder = Decoder(self._limits)
            if len(self._decoders) == self._transfers:
                del self._decoders[min(self._decoders, key=self._is_under_way)]
        self._decoders[part.transfer] = decoder
        return decoder

    def _is_under_way(self, transfer: Transfer) -> bool:
        return self._decoders[transfer].progress.under_way


def gathered(parts: Iterable[bytes], limits: Limits = DEFAULT_LIMITS) -> bytes:
    """Return the one message that these parts carry, in any order, with losses and repeats.

    What is no part is passed over. Raises TransferIncomplete, TransferDamaged, TransferTooLarge,
    and TransferMixed if a second transfer is among them with more than one stray part.
    """
    receiver = Receiver(limits)
    damaged: TransferDamaged | None = None
    for part in parts:
        try:
            receiver.add(part)
        except TransferDamaged as error:
            damaged = error
    under_way = tuple(decoder for decoder in receiver.followed if decoder.progress.under_way)
    if len(under_way) > 1:
        raise TransferMixed(f"the parts belong to {len(under_way)} transfers")
    for decoder in under_way or receiver.followed[:1]:
        if decoder.message is not None:
            return decoder.message
        if not damaged:
            rank, needed = decoder.progress.rank, decoder.progress.needed
            raise TransferIncomplete(f"{rank} of {needed} symbols arrived")
    raise damaged or TransferIncomplete("no part of a transfer arrived")


def parts_from_lines(lines: Iterable[str]) -> Iterator[bytes]:
    """Yield what the lines that are plain hex stand for; any other line is passed over."""
    for line in lines:
        text = line.strip()
        if len(text) <= 2 * MAX_PART_SIZE:
            try:
                yield bytes.fromhex(text)
            except ValueError:
                continue
