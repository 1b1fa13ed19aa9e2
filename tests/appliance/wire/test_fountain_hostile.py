"""What a hostile sender can announce, and how little it costs to hear it."""

import random
import tracemalloc
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256, shake_128

import pytest

from appliance.wire.errors import TransferDamaged, TransferTooLarge
from appliance.wire.fountain import (
    HEADER_SIZE,
    MAX_NUMBER,
    MAX_PART_SYMBOLS,
    Decoder,
    Encoder,
    Part,
    Transfer,
)
from appliance.wire.gathering import MAX_SYMBOLS, Limits
from appliance.wire.messages import MAX_MESSAGE
from appliance.wire.receiver import Receiver

MEBIBYTE = 1 << 20
DUPLICATES = 10_000


@contextmanager
def growth_at_most(limit: int) -> Iterator[None]:
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] <= limit
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "transfer",
    [
        Transfer(bytes(8), (1 << 24) - 1, 1000),
        Transfer(bytes(8), MAX_MESSAGE + 34, 2000),
        Transfer(bytes(8), MAX_SYMBOLS + 1, 1),
        Transfer(bytes(8), MAX_MESSAGE, 1),
    ],
)
def test_announcing_too_much_allocates_nothing(transfer: Transfer) -> None:
    part = Part(transfer, 0, (bytes(transfer.symbol_size),)).serialize()
    with growth_at_most(MEBIBYTE // 4), pytest.raises(TransferTooLarge):
        Decoder().add(part)


def test_accepts_exactly_the_largest_transfer() -> None:
    transfer = Transfer(bytes(8), MAX_MESSAGE + 33, 1025)
    assert transfer.symbols == MAX_SYMBOLS - 3
    part = Part(transfer, MAX_NUMBER, (random.Random(1).randbytes(1025),)).serialize()
    with growth_at_most(MEBIBYTE):
        assert Decoder().add(part).rank == 1


def test_the_last_symbols_are_symbols_like_any_other() -> None:
    message = random.Random(2).randbytes(3000)
    encoder = Encoder(message, 500)
    last = MAX_NUMBER // encoder.part_symbols
    decoder = Decoder()
    for part in encoder.parts(last - 8):
        decoder.add(part)
    assert decoder.message == message
    assert Part.parse(encoder.part(last)).number + encoder.part_symbols > MAX_NUMBER


def test_a_flood_of_duplicates_costs_neither_memory_nor_the_transfer() -> None:
    message = random.Random(3).randbytes(20_000)
    encoder = Encoder(message, 1000)
    receiver = Receiver()
    parts = [encoder.part(number) for number in (0, 40)]
    for part in parts:
        receiver.add(part)
    with growth_at_most(MEBIBYTE // 4):
        for _ in range(DUPLICATES // 2):
            receiver.add(parts[0])
            receiver.add(parts[1])
    assert receiver.progress.duplicates == DUPLICATES
    for number in range(50, 75):
        receiver.add(encoder.part(number))
    assert receiver.message == message


def test_a_flood_of_new_transfers_keeps_memory_bounded() -> None:
    receiver = Receiver()
    chance = random.Random(4)
    with growth_at_most(2 * MEBIBYTE):
        for _ in range(3000):
            transfer = Transfer(chance.randbytes(8), MAX_SYMBOLS * 8, 8)
            receiver.add(Part(transfer, 1 << 31, (chance.randbytes(8),)).serialize())
    assert len(receiver.followed) == 4


def test_the_largest_elimination_stays_within_its_memory() -> None:
    """As many rows of the widest transfer as one part brings, all of them dense, and more."""
    chance = random.Random(5)
    transfer = Transfer(bytes(8), MAX_SYMBOLS * 4, 4)
    decoder = Decoder(Limits())
    with growth_at_most(4 * MEBIBYTE):
        for first in range(5000, 5512, MAX_PART_SYMBOLS):
            symbols = tuple(chance.randbytes(4) for _ in range(MAX_PART_SYMBOLS))
            decoder.add(Part(transfer, first, symbols).serialize())
    assert decoder.progress.rank == 512


def test_a_decompression_bomb_stops_at_the_limit() -> None:
    body = zlib.compress(bytes(64 * MEBIBYTE), 9)
    block = b"\1" + bytes(32) + body
    transfer_id = sha256(b"airlock fountain 1" + block).digest()[:8]
    size = 4000
    transfer = Transfer(transfer_id, len(block), size)
    padded = block.ljust(transfer.symbols * size, b"\0")
    noise = shake_128(b"whitening" + transfer_id).digest(len(padded))
    white = bytes(a ^ b for a, b in zip(padded, noise, strict=True))
    *parts, last = (
        Part(transfer, number, (white[number * size : (number + 1) * size],)).serialize()
        for number in range(transfer.symbols)
    )
    decoder = Decoder()
    with growth_at_most(2 * MAX_MESSAGE + MEBIBYTE):
        for part in parts:
            decoder.add(part)
        with pytest.raises(TransferDamaged):
            decoder.add(last)
    assert decoder.message is None


def test_random_parts_of_a_known_transfer_never_make_a_message() -> None:
    encoder = Encoder(random.Random(6).randbytes(400), HEADER_SIZE + 100)
    chance = random.Random(7)
    decoder = Decoder()
    damaged = 0
    for number in range(1000, 3000):
        symbol = chance.randbytes(encoder.transfer.symbol_size)
        try:
            decoder.add(Part(encoder.transfer, number, (symbol,)).serialize())
        except TransferDamaged:
            damaged += 1
        assert decoder.message is None
    assert damaged > 180
