"""One message to an endless run of parts, and back from any sufficient set of them.

A systematic random linear code over GF(256). The message becomes one coded block, encoding (1 byte)
‖ SHA-256 of the message (32) ‖ body; the encoding says whether the body is the message itself (0)
or its zlib stream (1). The block is filled up with zeros to whole symbols, whitened by adding
SHAKE128("whitening" ‖ transfer id), and cut. Parts numbered below the count of symbols carry the
symbols; every later part carries the combination whose coefficients are SHAKE128(transfer id ‖ part
number). Whoever joins late, loses, repeats or reorders parts needs as many independent ones as
there are symbols, and hardly ever one more.

A part is magic (1) ‖ transfer id (8) ‖ length of the coded block (3) ‖ part number (4) ‖ symbol,
integers big-endian. The transfer id is the head of a SHA-256 over the coded block, so it binds the
content and its encoding. Sizes are checked before anything is allocated for them. Whitening sees to
it that no content makes QR symbols that are hard to read, or to draw: repetitive messages give long
runs of zeros.
"""

import zlib
from bisect import insort
from collections.abc import Iterator
from dataclasses import dataclass, replace
from hashlib import sha256, shake_128
from typing import Self

from appliance.wire.errors import PartRefused, TransferDamaged, TransferTooLarge
from appliance.wire.galois import INVERSE, TIMES, combined, scaled
from appliance.wire.gathering import Gathering, Limits, Progress

MAGIC = 0xA1
HEADER_SIZE = 16
MAX_PART_SIZE = 4096
MAX_PART_NUMBER = (1 << 32) - 1

_LABEL = b"airlock fountain 1"
_ID = slice(1, 9)
_LENGTH = slice(9, 12)
_NUMBER = slice(12, HEADER_SIZE)
_PREFIX_SIZE = 1 + 32


DEFAULT_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Transfer:
    """What all parts of one transfer share: id, bytes of the coded block, bytes of a symbol."""

    id: bytes
    length: int
    symbol_size: int

    @property
    def symbols(self) -> int:
        """How many independent parts the transfer needs."""
        return -(-self.length // self.symbol_size)

    def verify_size(self, limits: Limits) -> None:
        """Raise TransferTooLarge unless this side is ready to allocate for it."""
        if self.length - _PREFIX_SIZE > limits.message:
            raise TransferTooLarge(f"a transfer of {self.length:,} bytes is over the limit")
        if self.symbols > limits.symbols:
            raise TransferTooLarge(f"{self.symbols:,} parts are over the limit: use larger ones")


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a transfer: the combination of its symbols that `number` stands for."""

    transfer: Transfer
    number: int
    symbol: bytes

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read one part. Raises PartRefused."""
        if not HEADER_SIZE < len(data) <= MAX_PART_SIZE or data[0] != MAGIC:
            raise PartRefused("this is not a part of a transfer")
        length, symbol = int.from_bytes(data[_LENGTH], "big"), data[HEADER_SIZE:]
        if length < max(_PREFIX_SIZE, len(symbol)):
            raise PartRefused("the part announces a length that no transfer has")
        transfer = Transfer(data[_ID], length, len(symbol))
        return cls(transfer, int.from_bytes(data[_NUMBER], "big"), symbol)

    def serialize(self) -> bytes:
        """Return the part's bytes."""
        length, number = self.transfer.length.to_bytes(3, "big"), self.number.to_bytes(4, "big")
        return b"".join((bytes((MAGIC,)), self.transfer.id, length, number, self.symbol))


class Encoder:
    """Makes the parts of one message, none longer than `part_size` bytes.

    Raises TransferTooLarge if the message is over the limit, or the parts are too small for it.
    """

    def __init__(self, message: bytes, part_size: int, limits: Limits = DEFAULT_LIMITS) -> None:
        if len(message) > limits.message:
            raise TransferTooLarge(f"a message of {len(message):,} bytes is over the limit")
        block = _coded_block(message)
        room = min(part_size, MAX_PART_SIZE) - HEADER_SIZE
        if room < 1:
            raise TransferTooLarge(f"a part of {part_size} bytes holds nothing but its header")
        # Symbols of even size: the last one is not padded more than the others.
        size = -(-len(block) // -(-len(block) // room))
        self.transfer = Transfer(_transfer_id(block), len(block), size)
        self.transfer.verify_size(limits)
        padded = _whitened(block.ljust(self.transfer.symbols * size, b"\0"), self.transfer.id)
        cuts = range(0, len(padded), size)
        self._symbols = [int.from_bytes(padded[cut : cut + size], "big") for cut in cuts]

    def part(self, number: int) -> bytes:
        """Return the part of this number, from 0 to MAX_PART_NUMBER."""
        size = self.transfer.symbol_size
        if number < self.transfer.symbols:
            symbol = self._symbols[number]
        else:
            symbol = combined(_coefficients(self.transfer, number), self._symbols, size)
        return Part(self.transfer, number, symbol.to_bytes(size, "big")).serialize()

    def parts(self, start: int = 0) -> Iterator[bytes]:
        """Yield the parts from number `start` on, for as long as there are numbers."""
        return map(self.part, range(start, MAX_PART_NUMBER + 1))


class Decoder(Gathering[Part, Transfer]):
    """Gathers the parts of one transfer: that of the first part it accepts.

    Gaussian elimination as parts arrive. The pivot of column j is a combination of symbols whose
    coefficients are zero before j, one at j, and `_tails[j]` after it (absent: zero); `_values[j]`
    is its sum, reduced along with it. At full rank, substitution from the last column to the first
    leaves the symbols.
    """

    def __init__(self, limits: Limits = DEFAULT_LIMITS) -> None:
        super().__init__(limits)

    def add(self, data: bytes) -> Progress:
        """Take one part in; what is foreign, or no part at all, is counted and dropped.

        Raises as `add_part` does otherwise.
        """
        try:
            part = Part.parse(data)
        except PartRefused:
            part = None
        return self._counted(part)

    def _forget(self) -> None:
        self._columns: list[int] = []
        self._tails: dict[int, bytes] = {}
        self._values = [0] * self.progress.needed
        self._known = 0

    def _learn(self, part: Part) -> bool:
        """Reduce a part by the pivots there are; what is left of it is a pivot."""
        symbols, size = part.transfer.symbols, part.transfer.symbol_size
        rest = int.from_bytes(_coefficients(part.transfer, part.number), "big")
        for column in self._columns:
            factor = rest >> 8 * (symbols - 1 - column) & 0xFF
            if factor:
                rest ^= int.from_bytes(self._tails[column].translate(TIMES[factor]), "big")
        explained = rest & self._known
        rest ^= explained
        if not rest:
            return False
        value = int.from_bytes(part.symbol, "big")
        if explained:
            value ^= combined(explained.to_bytes(symbols, "big"), self._values, size)
        after = (rest.bit_length() - 1) // 8
        inverse = INVERSE[rest >> 8 * after]
        self._keep(symbols - 1 - after, scaled(rest, after + 1, inverse), after)
        self._values[symbols - 1 - after] = scaled(value, size, inverse)
        return True

    def _keep(self, column: int, row: int, after: int) -> None:
        one = 1 << 8 * after
        self._known |= 0xFF * one
        if row != one:
            self._tails[column] = (row ^ one).to_bytes(after, "big")
            insort(self._columns, column)

    def _complete(self, transfer: Transfer) -> None:
        for column in reversed(self._columns):
            others = self._values[column + 1 :]
            self._values[column] ^= combined(self._tails[column], others, transfer.symbol_size)
        size = transfer.symbol_size
        padded = b"".join(value.to_bytes(size, "big") for value in self._values)
        self._numbers = set()
        self._forget()
        try:
            self.message = _message(padded, transfer, self._limits)
        except TransferDamaged:
            self.progress = replace(self.progress, rank=0)
            raise


def _coded_block(message: bytes) -> bytes:
    compressed = zlib.compress(message, 9)
    encoding, body = (b"\1", compressed) if len(compressed) < len(message) else (b"\0", message)
    return encoding + sha256(message).digest() + body


def _transfer_id(block: bytes) -> bytes:
    return sha256(_LABEL + block).digest()[:8]


def _coefficients(transfer: Transfer, number: int) -> bytes:
    if number < transfer.symbols:
        return (1 << 8 * (transfer.symbols - 1 - number)).to_bytes(transfer.symbols, "big")
    return shake_128(transfer.id + number.to_bytes(4, "big")).digest(transfer.symbols)


def _whitened(padded: bytes, transfer_id: bytes) -> bytes:
    size = len(padded)
    noise = shake_128(b"whitening" + transfer_id).digest(size)
    return (int.from_bytes(padded, "big") ^ int.from_bytes(noise, "big")).to_bytes(size, "big")


def _message(padded: bytes, transfer: Transfer, limits: Limits) -> bytes:
    block = _whitened(padded, transfer.id)[: transfer.length]
    if _transfer_id(block) != transfer.id:
        raise TransferDamaged("the parts together are not the transfer that was announced")
    encoding, digest, body = block[0], block[1:_PREFIX_SIZE], block[_PREFIX_SIZE:]
    match encoding:
        case 0:
            message = body
        case 1:
            message = _inflated(body, limits.message)
        case _:
            raise TransferDamaged("the message has an encoding that is not spoken here")
    if sha256(message).digest() != digest:
        raise TransferDamaged("the message does not have the digest that came with it")
    return message


def _inflated(body: bytes, limit: int) -> bytes:
    stream = zlib.decompressobj()
    try:
        message = stream.decompress(body, limit + 1)
    except zlib.error:
        raise TransferDamaged("the message cannot be decompressed") from None
    if len(message) > limit or not stream.eof or stream.unused_data:
        raise TransferDamaged("the message is larger than announced, or not one stream")
    return message
