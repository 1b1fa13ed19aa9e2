"""The three forms in which messages arrive as parts, told apart by how a part begins.

Fountain parts are bytes; parts of a UR (BCR-2020-005) and of a BBQr are texts. Whatever is none of
them is passed over, and several transfers at once are kept apart as far as their parts allow.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from appliance.wire import bbqr, fountain, ur, ur_decoder
from appliance.wire.errors import (
    LinkError,
    PartRefused,
    TransferDamaged,
    TransferIncomplete,
    TransferMixed,
    TransferTooLarge,
)
from appliance.wire.gathering import Progress
from appliance.wire.receiver import MAX_TRANSFERS


class Format(StrEnum):
    """How a message is cut into parts."""

    FOUNTAIN = "fountain"
    UR = "ur"
    BBQR = "bbqr"


ALL_FORMATS = frozenset(Format)

Part = fountain.Part | ur.Part | bbqr.Part
Transfer = fountain.Transfer | ur.Transfer | bbqr.Transfer
Decoder = fountain.Decoder | ur_decoder.Decoder | bbqr.Decoder


@dataclass(frozen=True, slots=True)
class Carried:
    """A whole message exactly as carried, and what its parts say that it is.

    `type` is the type of a UR, whose `data` are then its CBOR body, or the letter of a BBQr file's
    type; None for the fountain, which carries any message. `encoding` is that of a BBQr.
    """

    format: Format
    type: str | None
    data: bytes
    encoding: bbqr.Encoding | None = None


def format_of(content: bytes) -> Format | None:
    """Return the format that a part begins like, if any."""
    if content[:1] == bytes((fountain.MAGIC,)):
        return Format.FOUNTAIN
    if content[:3].lower() == ur.SCHEME.encode():
        return Format.UR
    if content[:2] == bbqr.MAGIC.encode():
        return Format.BBQR
    return None


def parse_part(content: bytes, formats: frozenset[Format] = ALL_FORMATS) -> Part:
    """Read one part of any of these formats. Raises PartRefused."""
    name = format_of(content)
    if name is None or name not in formats:
        raise PartRefused("this is not a part of a transfer that is waited for")
    match name:
        case Format.FOUNTAIN:
            return fountain.Part.parse(content)
        case Format.UR:
            return ur.Part.parse(_text(content))
        case Format.BBQR:
            return bbqr.Part.parse(_text(content))


def _text(content: bytes) -> str:
    """Return a text part; some tools end it as a line."""
    return content.decode("ascii", "replace").rstrip("\r\n")


class Gatherer:
    """Follows up to four transfers of the given formats, and drops the one silent longest.

    One that never got beyond its first part goes before any other, so that stray parts do not push
    out a transfer that is under way.
    """

    def __init__(self, formats: frozenset[Format] = ALL_FORMATS) -> None:
        self._formats = formats
        self._decoders: dict[Transfer, Decoder] = {}
        self._refused = 0
        self.refusal: PartRefused | None = None
        """Why what looked like a part was last dropped."""

    @property
    def followed(self) -> tuple[Decoder, ...]:
        """What is followed, the transfer that was heard last at the end."""
        return tuple(self._decoders.values())

    @property
    def transfer(self) -> Transfer | None:
        """The transfer that was heard last."""
        return next(reversed(self._decoders), None)

    @property
    def message(self) -> Carried | None:
        """The message of the transfer that was heard last, or None until it is whole."""
        return carried_by(self.followed[-1]) if self._decoders else None

    @property
    def progress(self) -> Progress:
        """How far the transfer is that was heard last; `refused` counts over all of them."""
        progress = self.followed[-1].progress if self._decoders else Progress()
        return replace(progress, refused=self._refused)

    def add(self, content: bytes) -> Progress:
        """Take one part in; what is no part, or too much, is counted and dropped.

        Raises TransferTooLarge if nothing else is being followed, because then people wait for it;
        TransferDamaged when a transfer is complete and wrong, which then starts over; and
        TransferMixed when two parts of one BBQr contradict each other.
        """
        try:
            part = parse_part(content, self._formats)
            _take(self._decoder(part.transfer), part)
        except PartRefused as refusal:
            self._refused += 1
            if format_of(content) in self._formats:
                self.refusal = refusal
        except TransferTooLarge:
            self._refused += 1
            if not self._decoders:
                raise
        return self.progress

    def _decoder(self, transfer: Transfer) -> Decoder:
        decoder = self._decoders.pop(transfer, None)
        if decoder is None:
            decoder = _new_decoder(transfer)
            if len(self._decoders) == MAX_TRANSFERS:
                del self._decoders[min(self._decoders, key=self._is_under_way)]
        self._decoders[transfer] = decoder
        return decoder

    def _is_under_way(self, transfer: Transfer) -> bool:
        return self._decoders[transfer].progress.under_way


def gathered(contents: Iterable[bytes], formats: frozenset[Format] = ALL_FORMATS) -> Carried:
    """Return the one message that these parts carry, in any order, with losses and repeats.

    What is no part of the formats is passed over. Raises TransferIncomplete, TransferDamaged,
    TransferTooLarge, and TransferMixed if a second transfer is among them with more than one stray
    part, or if parts contradict each other.
    """
    gatherer = Gatherer(formats)
    trouble: LinkError | None = None
    for content in contents:
        try:
            gatherer.add(content)
        except (TransferDamaged, TransferTooLarge) as error:
            trouble = error
    under_way = tuple(each for each in gatherer.followed if each.progress.under_way)
    if len(under_way) > 1:
        raise TransferMixed(f"the parts belong to {len(under_way)} transfers")
    for decoder in under_way or gatherer.followed[:1]:
        if (whole := carried_by(decoder)) is not None:
            return whole
        if trouble is None:
            progress = decoder.progress
            raise TransferIncomplete(f"{progress.rank} of {progress.needed} symbols arrived")
    if trouble is None and gatherer.refusal is not None:
        raise TransferDamaged(f"no part was as it should be: {gatherer.refusal.what}")
    raise trouble or TransferIncomplete("no part of a transfer arrived")


def carried_by(decoder: Decoder) -> Carried | None:
    """Return a decoder's message with what its transfer says, or None until it is whole."""
    if decoder.message is None:
        return None
    match decoder.transfer:
        case ur.Transfer(type=ur_type):
            return Carried(Format.UR, ur_type, decoder.message)
        case bbqr.Transfer(type=file_type, encoding=encoding):
            return Carried(Format.BBQR, file_type.value, decoder.message, encoding)
        case _:
            return Carried(Format.FOUNTAIN, None, decoder.message)


def _new_decoder(transfer: Transfer) -> Decoder:
    match transfer:
        case fountain.Transfer():
            transfer.verify_size(fountain.DEFAULT_LIMITS)
            return fountain.Decoder()
        case ur.Transfer():
            transfer.verify_size(ur.LIMITS)
            return ur_decoder.Decoder()
        case bbqr.Transfer():
            return bbqr.Decoder()


def _take(decoder: Decoder, part: Part) -> None:
    match decoder, part:
        case fountain.Decoder(), fountain.Part():
            decoder.add_part(part)
        case ur_decoder.Decoder(), ur.Part():
            decoder.add_part(part)
        case bbqr.Decoder(), bbqr.Part():
            decoder.add_part(part)
        case _:
            raise PartRefused("the part is of another format")
