"""A message cut into parts that fit a QR symbol, in the format that it is shown in.

Messages of our own are cut by the fountain and shown as bytes; those in a public format are UR or
BBQr parts, and shown as text. A UR goes on without end; the parts of a BBQr come round again.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

from appliance.wire import bbqr, bytewords, fountain, qr, qr_text, ur
from appliance.wire.public_message import BbqrFile, PublicMessage, UniformResource
from appliance.wire.qr import Correction, Modules


@dataclass(frozen=True, slots=True)
class FountainCut:
    """A message of our own: one transfer, whatever the density.

    Any `needed` parts are enough, of `part_symbols` symbols of the transfer each. A density is a
    version of QR symbols and their error correction.
    """

    encoder: fountain.Encoder

    @property
    def needed(self) -> int:
        """How many parts are enough."""
        return self.encoder.parts_needed

    @property
    def part_symbols(self) -> int:
        """How many symbols a part holds."""
        return self.encoder.part_symbols

    def symbol(self, number: int, version: int, correction: Correction) -> Modules:
        """Draw a part in byte mode."""
        return qr.symbol(self.encoder.part(number), version, correction)

    def resized(self, version: int, correction: Correction) -> Self:
        """Go on with the same transfer. Raises TransferTooLarge where it cannot be cut so."""
        return type(self)(self.encoder.resized(qr.part_size(version, correction)))


@dataclass(frozen=True, slots=True)
class TextCut:
    """A message in a public format: for each density a transfer of its own."""

    message: PublicMessage
    needed: int
    text: Callable[[int], str]
    part_symbols: int = 1

    def symbol(self, number: int, version: int, correction: Correction) -> Modules:
        """Draw a part in alphanumeric mode."""
        return qr_text.symbol(self.text(number), version, correction)

    def resized(self, version: int, correction: Correction) -> Self:
        """Begin another transfer. Raises TransferTooLarge where the symbols are too small."""
        needed, text = texts(self.message, qr_text.capacity(version, correction))
        return type(self)(self.message, needed, text)


Cut = FountainCut | TextCut


def cut(message: bytes | PublicMessage, version: int, correction: Correction) -> Cut:
    """Cut a message for symbols of a density. Raises TransferTooLarge where they are too small."""
    if isinstance(message, bytes):
        return FountainCut(fountain.Encoder(message, qr.part_size(version, correction)))
    needed, text = texts(message, qr_text.capacity(version, correction))
    return TextCut(message, needed, text)


def texts(message: PublicMessage, capacity: int) -> tuple[int, Callable[[int], str]]:
    """Return how many parts are enough, and the text of each from number 0 on, in capitals.

    None is longer than `capacity`. Raises TransferTooLarge where that is too small.
    """
    match message:
        case UniformResource(type=ur_type, body=body):
            encoder = ur.Encoder(ur_type, body, _fragment_size(ur_type, body, capacity))
            return encoder.transfer.fragments, lambda number: encoder.part(number + 1).upper()
        case BbqrFile(encoding=encoding, type=file_type, data=data):
            room = capacity - bbqr.HEADER_SIZE
            share = room // 2 if encoding is bbqr.Encoding.HEX else room * 5 // 8
            parts = bbqr.encode(data, file_type, share, encoding)
            return len(parts), lambda number: parts[number % len(parts)]


def _fragment_size(ur_type: str, body: bytes, capacity: int) -> int:
    """Return the whole message's size where it fits one part, that of a fragment otherwise."""
    whole = len(f"{ur.SCHEME}{ur_type}/") + 2 * (len(body) + bytewords.CHECKSUM_SIZE)
    return len(body) if whole <= capacity else qr_text.fragment_room(ur_type, capacity)
