"""What strangers can do to a receiver of all formats at once: bounded memory, whatever comes."""

import random
import tracemalloc
from collections.abc import Callable, Iterator
from itertools import islice

import pytest

from appliance.wire import bbqr, fountain
from appliance.wire.errors import TransferDamaged, TransferTooLarge
from appliance.wire.formats import Gatherer
from appliance.wire.gathering import MAX_SYMBOLS
from tests.appliance.wire.uniform_resources import part_text

MEBIBYTE = 1 << 20
CEILING = 64 * MEBIBYTE
MESSAGE = random.Random(1).randbytes(2000)


def wide_fountain_parts(chance: random.Random) -> Iterator[bytes]:
    """Dense parts of new transfers, each of the most symbols that are accepted."""
    while True:
        transfer = fountain.Transfer(chance.randbytes(8), MAX_SYMBOLS * 1025 - 300_000, 1025)
        symbols = tuple(chance.randbytes(1025) for _ in range(3))
        yield fountain.Part(transfer, chance.randrange(1 << 31, 1 << 32), symbols).serialize()


def wide_ur_parts(chance: random.Random) -> Iterator[bytes]:
    """Mixed parts of new messages, each of the most fragments that are accepted."""
    while True:
        number, checksum = chance.randrange(1 << 20, 1 << 32), chance.getrandbits(32)
        yield part_text(number, 8192, 8192 * 100, checksum, chance.randbytes(100)).encode()


def large_bbqr_parts(chance: random.Random) -> Iterator[bytes]:
    """Shares of new files of the most parts there are."""
    for number in range(1 << 30):
        transfer = bbqr.Transfer(bbqr.Encoding.BASE32, bbqr.FileType.PSBT, 2 + number % 1290)
        share = chance.randbytes(1000)
        yield bbqr.Part(transfer, 0, share).serialize().encode()


@pytest.mark.parametrize("parts", [wide_fountain_parts, wide_ur_parts, large_bbqr_parts])
def test_a_flood_of_large_new_transfers_keeps_memory_bounded(
    parts: Callable[[random.Random], Iterator[bytes]],
) -> None:
    gatherer = Gatherer()
    tracemalloc.start()
    try:
        for part in islice(parts(random.Random(2)), 60):
            gatherer.add(part)
        assert len(gatherer.followed) == 4
        assert tracemalloc.get_traced_memory()[1] < CEILING // 4
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "part",
    [
        part_text(1, (1 << 32) - 1, (1 << 32) - 1, 7, b"a").encode(),
        part_text(1, 1 << 30, 1 << 40, 7, bytes(1024)).encode(),
        b"\xa1" + bytes(8) + b"\xff\xff\xff\0\1" + bytes(4) + bytes(64),
        b"\xa1" + bytes(8) + b"\xff\xff\xff\x0f\0" + bytes(4) + bytes(0xF00),
    ],
    ids=["ur-most-fragments", "ur-longest", "fountain-most-symbols", "fountain-longest"],
)
def test_an_announced_size_is_refused_before_anything_is_allocated(part: bytes) -> None:
    gatherer = Gatherer()
    tracemalloc.start()
    try:
        with pytest.raises(TransferTooLarge):
            gatherer.add(part)
        assert tracemalloc.get_traced_memory()[1] < MEBIBYTE // 4
    finally:
        tracemalloc.stop()
    assert gatherer.followed == ()


def test_a_deflated_bomb_stops_at_the_limit() -> None:
    bomb = bbqr.encode(bytes(32 * MEBIBYTE), bbqr.FileType.PSBT, 1000, bbqr.Encoding.DEFLATED)
    *parts, last = (part.encode() for part in bomb)
    gatherer = Gatherer()
    tracemalloc.start()
    try:
        for part in parts:
            gatherer.add(part)
        with pytest.raises(TransferDamaged):
            gatherer.add(last)
        assert tracemalloc.get_traced_memory()[1] < 12 * MEBIBYTE
    finally:
        tracemalloc.stop()
