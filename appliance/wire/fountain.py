"""One message to an endless run of parts, and back from any sufficient set of them.

A systematic random linear code over GF(256). The message becomes one coded block, encoding (1 byte)
‖ SHA-256 of the message (32) ‖ body; the encoding says whether the body is the message itself (0)
or its zlib stream (1). The block is filled up with zeros to whole symbols, whitened by adding
SHAKE128("whitening" ‖ transfer id), and cut. Symbols numbered below their count are those; every
later one is the combination of all of them whose coefficients are SHAKE128(transfer id ‖ number).
Whoever joins late, loses, repeats or reorders parts needs as many independent symbols as were cut,
and hardly ever one more.

A part is magic (1) ‖ transfer id (8) ‖ length of the coded block (3) ‖ size of a symbol (2) ‖
number of the first symbol (4) ‖ symbols of consecutive numbers, integers big-endian. How a block is
cut depends on its length alone, so that links of any density carry symbols of one transfer, and
what was gathered on one of them counts on the next.

The transfer id is the head of a SHA-256 over the coded block, so it binds the content and its
encoding. Sizes are checked before anything is allocated for them. Whitening sees to it that no
content makes QR symbols that are hard to read, or to draw: repetitive messages give long runs of
zeros.
"""

import zlib
from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass
from hashlib import sha256, shake_128
from typing import Self

from appliance.wire.elimination import System
from appliance.wire.errors import PartRefused, TransferDamaged, TransferTooLarge
from appliance.wire.galois import combined
from appliance.wire.gathering import Gathering, Limits, Progress

MAGIC = 0xA1
HEADER_SIZE = 18
MAX_PART_SIZE = 4096
MAX_PART_SYMBOLS = 64
"""Symbols in one part, so that taking one in is bounded work."""
MAX_NUMBER = (1 << 32) - 1
"""The number of the last symbol there is."""

_LABEL = b"airlock fountain 1"
_ID = slice(1, 9)
_LENGTH = slice(9, 12)
_SIZE = slice(12, 14)
_NUMBER = slice(14, HEADER_SIZE)
_PREFIX_SIZE = 1 + 32

_ROOM = 1273 - HEADER_SIZE
"""What blocks are cut for: a QR symbol of version 25-L holds 1,273 bytes."""
_FINEST = 10
_ENOUGH = 1000


DEFAULT_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Transfer:
    """What all parts of one transfer share: id, bytes of the coded block, bytes of a symbol."""

    id: bytes
    length: int
    symbol_size: int

    @property
    def symbols(self) -> int:
        """How many independent symbols the transfer needs."""
        return -(-self.length // self.symbol_size)

    def verify_size(self, limits: Limits) -> None:
        """Raise TransferTooLarge unless this side is ready to allocate for it."""
        if self.length - _PREFIX_SIZE > limits.message:
            raise TransferTooLarge(f"a transfer of {self.length:,} bytes is over the limit")
        if self.symbols > limits.symbols:
            raise TransferTooLarge(f"{self.symbols:,} symbols are over the limit: use larger ones")


@dataclass(frozen=True, slots=True)
class Part:
    """Symbols of a transfer, one after the other, that begin with symbol `number`."""

    transfer: Transfer
    number: int
    symbols: tuple[bytes, ...]

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read one part. Raises PartRefused."""
        if not HEADER_SIZE < len(data) <= MAX_PART_SIZE or data[0] != MAGIC:
            raise PartRefused("this is not a part of a transfer")
        body, size = data[HEADER_SIZE:], int.from_bytes(data[_SIZE], "big")
        if not 0 < size <= len(body) <= MAX_PART_SYMBOLS * size or len(body) % size:
            raise PartRefused("the part is not of whole symbols, or of too many")
        length = int.from_bytes(data[_LENGTH], "big")
        if length < max(_PREFIX_SIZE, size):
            raise PartRefused("the part announces a length that no transfer has")
        number = int.from_bytes(data[_NUMBER], "big")
        if number + len(body) // size - 1 > MAX_NUMBER:
            raise PartRefused("the part has symbols beyond the last one")
        symbols = tuple(body[cut : cut + size] for cut in range(0, len(body), size))
        return cls(Transfer(data[_ID], length, size), number, symbols)

    def serialize(self) -> bytes:
        """Return the part's bytes."""
        whole, number = self.transfer, self.number.to_bytes(4, "big")
        sizes = whole.length.to_bytes(3, "big") + whole.symbol_size.to_bytes(2, "big")
        return b"".join((bytes((MAGIC,)), whole.id, sizes, number, *self.symbols))


class Encoder:
    """Makes the parts of one message, none longer than `part_size` bytes.

    `part_symbols` is how many symbols a part carries, `parts_needed` how many parts carry the whole
    message. Raises TransferTooLarge if the message is over the limit, or the parts are too small
    for it.
    """

    def __init__(self, message: bytes, part_size: int, limits: Limits = DEFAULT_LIMITS) -> None:
        if len(message) > limits.message:
            raise TransferTooLarge(f"a message of {len(message):,} bytes is over the limit")
        block = _coded_block(message)
        size = _symbol_size(len(block), _room(part_size))
        self.transfer = Transfer(_transfer_id(block), len(block), size)
        self.transfer.verify_size(limits)
        padded = _whitened(block.ljust(self.transfer.symbols * size, b"\0"), self.transfer.id)
        cuts = range(0, len(padded), size)
        self._symbols = [int.from_bytes(padded[cut : cut + size], "big") for cut in cuts]
        self._fit(part_size)

    def resized(self, part_size: int) -> Self:
        """Return what makes parts of another size out of the same symbols.

        Raises TransferTooLarge if such a part does not hold even one of them.
        """
        other = copy(self)
        other._fit(part_size)  # noqa: SLF001 - one of us
        return other

    def _fit(self, part_size: int) -> None:
        fitting = _room(part_size) // self.transfer.symbol_size
        if not fitting:
            raise TransferTooLarge(f"a part of {part_size} bytes holds no symbol of this transfer")
        self.part_symbols = min(fitting, MAX_PART_SYMBOLS, self.transfer.symbols)
        self.parts_needed = -(-self.transfer.symbols // self.part_symbols)

    def part(self, number: int) -> bytes:
        """Return the part of this number, from 0 for as long as its first symbol has a number."""
        first = number * self.part_symbols
        numbers = range(first, min(first + self.part_symbols, MAX_NUMBER + 1))
        return Part(self.transfer, first, tuple(map(self._symbol, numbers))).serialize()

    def parts(self, start: int = 0) -> Iterator[bytes]:
        """Yield the parts from number `start` on, for as long as there are numbers."""
        return map(self.part, range(start, MAX_NUMBER // self.part_symbols + 1))

    def _symbol(self, number: int) -> bytes:
        size = self.transfer.symbol_size
        if number < self.transfer.symbols:
            return self._symbols[number].to_bytes(size, "big")
        factors = _coefficients(self.transfer, number)
        return combined(factors, self._symbols, size).to_bytes(size, "big")


class Decoder(Gathering[Part, Transfer]):
    """Gathers the parts of one transfer: that of the first part it accepts."""

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
        size = self.transfer.symbol_size if self.transfer else 0
        self._system = System(self.progress.needed, size)
        self._numbers: set[int] = set()

    def _learn(self, part: Part) -> int:
        before = len(self._numbers)
        for number, symbol in enumerate(part.symbols, part.number):
            is_new = number not in self._numbers and len(self._numbers) < part.transfer.symbols
            if is_new and self._solves(part.transfer, number, symbol):
                self._numbers.add(number)
        return len(self._numbers) - before

    def _solves(self, transfer: Transfer, number: int, symbol: bytes) -> bool:
        if number < transfer.symbols:
            return self._system.settle(number, symbol)
        return self._system.add(_coefficients(transfer, number), symbol)

    def _complete(self, transfer: Transfer) -> bytes:
        return _message(self._system.values(), transfer, self._limits)


def _room(part_size: int) -> int:
    room = min(part_size, MAX_PART_SIZE) - HEADER_SIZE
    if room < 1:
        raise TransferTooLarge(f"a part of {part_size} bytes holds nothing but its header")
    return room


def _symbol_size(length: int, room: int) -> int:
    """Return the size that fits all links, unless it fills less than three quarters of this one."""
    size = _common_symbol_size(length)
    if 4 * (room // size * size) >= 3 * min(room, length):
        return size
    return -(-length // -(-length // room))


def _common_symbol_size(length: int) -> int:
    """Cut what one part of _ROOM bytes takes of a block as finely as still pays.

    Fine symbols fill parts of any size well; but the work grows with the square of their count, and
    what does not divide evenly may cost one part in a hundred at most. One symbol a part always
    does.
    """
    parts = -(-length // _ROOM)
    for each in range(min(_FINEST, -(-_ENOUGH // parts)), 1, -1):
        size = min(-(-length // (parts * each)), _ROOM // each)
        if 100 * -(-length // (each * size)) <= 101 * parts:
            return size
    return -(-length // parts)


def _coded_block(message: bytes) -> bytes:
    compressed = zlib.compress(message, 9)
    encoding, body = (b"\1", compressed) if len(compressed) < len(message) else (b"\0", message)
    return encoding + sha256(message).digest() + body


def _transfer_id(block: bytes) -> bytes:
    return sha256(_LABEL + block).digest()[:8]


def _coefficients(transfer: Transfer, number: int) -> bytes:
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
