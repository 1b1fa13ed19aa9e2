import random
import zlib
from functools import reduce
from hashlib import sha256, shake_128
from itertools import islice
from operator import xor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.wire.errors import PartRefused, TransferDamaged, TransferTooLarge
from appliance.wire.fountain import (
    HEADER_SIZE,
    MAX_NUMBER,
    MAX_PART_SYMBOLS,
    Decoder,
    Encoder,
    Part,
    Transfer,
)
from appliance.wire.galois import TIMES
from appliance.wire.gathering import Limits, Progress

MESSAGES = st.one_of(
    st.binary(max_size=600), st.binary(max_size=20).map(lambda pattern: pattern * 100)
)


def decoded(parts: list[bytes]) -> tuple[bytes | None, Progress]:
    decoder = Decoder()
    for part in parts:
        decoder.add(part)
    return decoder.message, decoder.progress


@settings(max_examples=100, deadline=None)
@given(MESSAGES, st.integers(HEADER_SIZE + 4, 300), st.data())
def test_any_parts_of_full_rank_in_any_order_with_repeats_give_the_message(
    message: bytes, part_size: int, data: st.DataObject
) -> None:
    encoder = Encoder(message, part_size)
    needed = encoder.parts_needed
    numbers = data.draw(
        st.lists(st.integers(0, 3 * needed + 20), min_size=needed, max_size=2 * needed + 8)
    )
    fill = random.Random(needed).sample(range(1 << 20, 1 << 24), needed + 8)
    decoder = Decoder()
    for number in (*numbers, *fill):
        decoder.add(encoder.part(number))
    assert decoder.message == message
    assert decoder.progress.complete
    assert decoder.progress.received == len(numbers) + needed + 8
    assert decoder.progress.rank == encoder.transfer.symbols


def test_symbols_alone_and_combinations_alone_both_suffice() -> None:
    message = random.Random(1).randbytes(5000)
    encoder = Encoder(message, 200)
    needed = encoder.parts_needed
    assert decoded(list(islice(encoder.parts(), needed)))[0] == message
    late = decoded(list(islice(encoder.parts(1_000_000), needed + 3)))
    assert late[0] == message
    assert late[1].received == needed + 3


def test_too_few_parts_give_nothing_and_a_true_rank() -> None:
    encoder = Encoder(random.Random(2).randbytes(5000), 1273)
    needed, each = encoder.parts_needed, encoder.part_symbols
    parts = list(islice(encoder.parts(needed), needed - 1))
    message, progress = decoded(parts + parts)
    assert message is None
    assert (needed, each) == (5, 12)
    assert progress == Progress(
        each * (needed - 1), encoder.transfer.symbols, 2 * needed - 2, needed - 1
    )


def test_every_part_is_as_the_specification_says() -> None:
    """Raw content, so that no version of zlib matters; the sums made element by element."""
    message = random.Random(3).randbytes(100)
    block = b"\0" + sha256(message).digest() + message
    transfer_id = sha256(b"airlock fountain 1" + block).digest()[:8]
    encoder = Encoder(message, HEADER_SIZE + 45)
    size, count = 14, 10
    noise = shake_128(b"whitening" + transfer_id).digest(size * count)
    white = bytes(a ^ b for a, b in zip(block + bytes(7), noise, strict=True))
    cuts = [white[cut : cut + size] for cut in range(0, len(white), size)]
    for number in (0, 1, 2, 3, 4, 77, MAX_NUMBER // 3 - 1):
        symbols = []
        for each in range(3 * number, 3 * number + 3):
            factors = shake_128(transfer_id + each.to_bytes(4, "big")).digest(count)
            if each < count:
                factors = bytes(int(index == each) for index in range(count))
            rows = [cut.translate(TIMES[f]) for f, cut in zip(factors, cuts, strict=True)]
            symbols.append(bytes(reduce(xor, column) for column in zip(*rows, strict=True)))
        header = b"\xa1" + transfer_id + (133).to_bytes(3, "big") + size.to_bytes(2, "big")
        first = (3 * number).to_bytes(4, "big")
        assert encoder.part(number) == header + first + b"".join(symbols)


def test_parts_keep_within_the_size() -> None:
    for size in (HEADER_SIZE + 1, 60, 106, 271, 718, 1024, 1273, 1465, 2953, 4096, 9999):
        encoder = Encoder(random.Random(4).randbytes(700), size)
        sizes = {len(encoder.part(number)) for number in range(10)}
        assert len(sizes) == 1
        assert max(sizes) <= size
        assert encoder.transfer.symbols * encoder.transfer.symbol_size >= encoder.transfer.length


@pytest.mark.parametrize("size", [0, 1, 33, 1000, 10_000, 100_000, 500_000, 900_000])
def test_links_of_all_densities_cut_a_message_alike(size: int) -> None:
    message = random.Random(size).randbytes(size)
    whole = Encoder(message, 1273)
    for version_capacity in (1465, 2303, 2953):
        assert Encoder(message, version_capacity).transfer == whole.transfer
    assert whole.part_symbols * whole.parts_needed >= whole.transfer.symbols
    assert whole.parts_needed == -(-(size + 33) // (1273 - HEADER_SIZE))


def test_a_transfer_goes_on_in_parts_of_another_size_and_keeps_its_rank() -> None:
    message = random.Random(10).randbytes(40_000)
    decoder = Decoder()
    ranks = []
    for part_size, start, count in ((1465, 5, 6), (1024, 900, 13), (2953, 0, 9), (718, 99, 12)):
        encoder = Encoder(message, part_size)
        for part in islice(encoder.parts(start), count):
            decoder.add(part)
        ranks.append(decoder.progress.rank)
        assert decoder.progress.refused == 0
    assert sorted(set(ranks)) == ranks
    assert decoder.message == message


def test_parts_that_overlap_count_each_symbol_once() -> None:
    encoder = Encoder(random.Random(11).randbytes(5000), 1273)
    decoder = Decoder()
    assert decoder.add(encoder.part(0)).rank == encoder.part_symbols
    small = encoder.resized(3 * encoder.transfer.symbol_size + HEADER_SIZE)
    assert small.part_symbols == 3
    assert [decoder.add(small.part(number)).rank for number in (0, 2)] == [12, 12]
    larger = encoder.resized(HEADER_SIZE + 15 * encoder.transfer.symbol_size)
    progress = decoder.add(larger.part(0))
    assert (progress.rank, progress.received, progress.duplicates) == (15, 4, 2)


def test_resizing_refuses_parts_that_hold_no_symbol() -> None:
    encoder = Encoder(random.Random(12).randbytes(5000), 1273)
    room = encoder.transfer.symbol_size
    assert encoder.resized(HEADER_SIZE + room).part_symbols == 1
    with pytest.raises(TransferTooLarge):
        encoder.resized(HEADER_SIZE + room - 1)


def test_a_small_message_is_whole_in_every_part_that_can_hold_it() -> None:
    encoder = Encoder(b"a message", 1273)
    assert encoder.parts_needed == 1
    assert len(encoder.part(0)) < 70
    assert all(decoded([encoder.part(number)])[0] == b"a message" for number in range(40))


def test_compresses_only_where_that_is_smaller() -> None:
    assert Encoder(bytes(50_000), 500).parts_needed == 1
    noise = random.Random(5).randbytes(5000)
    assert Encoder(noise, 500).transfer.length == 33 + 5000
    assert decoded([Encoder(bytes(50_000), 500).part(9)])[0] == bytes(50_000)


def test_no_content_makes_a_part_monotonous() -> None:
    for message in (bytes(4 << 20), b"\xff" * 300, b"0" * 5000):
        encoder = Encoder(message, 230)
        for number in range(encoder.parts_needed):
            part = encoder.part(number)
            assert len(set(part[HEADER_SIZE:])) > min(60, len(part) // 4)


def test_parts_too_small_for_the_common_symbols_make_another_transfer() -> None:
    message = random.Random(6).randbytes(900)
    small, large = Encoder(message, 60), Encoder(message, 400)
    assert small.transfer.symbol_size < large.transfer.symbol_size
    decoder = Decoder()
    decoder.add(small.part(0))
    assert decoder.add(large.part(0)) == Progress(1, small.transfer.symbols, 1, 0, 1)


@given(st.binary(max_size=80))
def test_what_is_no_part_is_counted_and_changes_nothing(junk: bytes) -> None:
    encoder = Encoder(b"a message", 200)
    decoder = Decoder()
    progress = decoder.add(b"\xa0" + junk)
    assert (progress.refused, progress.needed) == (1, 0)
    decoder.add(encoder.part(0))
    assert decoder.message == b"a message"


@given(
    st.binary(min_size=9, max_size=9),
    st.integers(33, 200),
    st.integers(1, 20),
    st.binary(min_size=4, max_size=60),
)
def test_a_part_has_one_encoding(start: bytes, length: int, size: int, rest: bytes) -> None:
    data = b"\xa1" + start[1:] + length.to_bytes(3, "big") + size.to_bytes(2, "big") + rest
    try:
        part = Part.parse(data)
    except PartRefused:
        return
    assert part.serialize() == data


def test_no_flipped_bit_ever_yields_another_message() -> None:
    message = random.Random(7).randbytes(60)
    encoder = Encoder(message, HEADER_SIZE + 50)
    good = [encoder.part(number) for number in (0, 2)]
    assert decoded(good)[0] == message
    for victim, part in enumerate(good):
        for bit in range(8 * len(part)):
            flipped = (int.from_bytes(part, "big") ^ (1 << bit)).to_bytes(len(part), "big")
            decoder = Decoder()
            for index, sent in enumerate(good):
                try:
                    decoder.add(flipped if index == victim else sent)
                except (TransferDamaged, TransferTooLarge):
                    assert decoder.message is None
            assert decoder.message is None


def test_starts_over_after_damage_and_completes_with_parts_still_to_come() -> None:
    message = random.Random(8).randbytes(3000)
    encoder = Encoder(message, 400)
    needed = encoder.parts_needed
    decoder = Decoder()
    decoder.add(encoder.part(0)[:-1] + bytes((encoder.part(0)[-1] ^ 1,)))
    for number in range(1, needed - 1):
        decoder.add(encoder.part(number))
    with pytest.raises(TransferDamaged):
        decoder.add(encoder.part(needed - 1))
    assert (decoder.message, decoder.progress.rank) == (None, 0)
    for part in islice(encoder.parts(needed), needed + 3):
        decoder.add(part)
    assert decoder.message == message


def forged(body: bytes, encoding: int, digest: bytes = bytes(32)) -> bytes:
    block = bytes((encoding,)) + digest + body
    transfer_id = sha256(b"airlock fountain 1" + block).digest()[:8]
    noise = shake_128(b"whitening" + transfer_id).digest(len(block))
    symbol = bytes(a ^ b for a, b in zip(block, noise, strict=True))
    return Part(Transfer(transfer_id, len(block), len(block)), 0, (symbol,)).serialize()


@pytest.mark.parametrize(
    "part",
    [
        forged(b"content", 0),
        forged(b"content", 2),
        forged(b"content", 1),
        forged(zlib.compress(b"content") + b"more", 1, sha256(b"content").digest()),
        forged(zlib.compress(b"content")[:-1], 1, sha256(b"content").digest()),
    ],
    ids=["digest", "encoding", "no-stream", "trailing", "truncated"],
)
def test_refuses_a_block_that_agrees_with_its_id_but_not_with_itself(part: bytes) -> None:
    decoder = Decoder()
    with pytest.raises(TransferDamaged):
        decoder.add(part)
    assert decoder.message is None


def test_takes_the_block_that_does_agree() -> None:
    part = forged(zlib.compress(b"content"), 1, sha256(b"content").digest())
    assert decoded([part])[0] == b"content"


@pytest.mark.parametrize(
    ("size", "part_size"), [(101, 100), (100, HEADER_SIZE), (100, HEADER_SIZE + 10)]
)
def test_refuses_to_encode_more_than_the_limits_allow(size: int, part_size: int) -> None:
    message = random.Random(9).randbytes(size)
    with pytest.raises(TransferTooLarge):
        Encoder(message, part_size, Limits(message=100, symbols=13))
    fitting = Encoder(message[:100], HEADER_SIZE + 11, Limits(message=100, symbols=13))
    assert fitting.transfer.symbols == 13


def part_of(size: int, body: int, length: int = 1000, number: int = 0) -> bytes:
    sizes = length.to_bytes(3, "big") + size.to_bytes(2, "big")
    return b"\xa1" + bytes(8) + sizes + number.to_bytes(4, "big") + bytes(body)


@pytest.mark.parametrize(
    "data",
    [
        part_of(0, 20),
        part_of(21, 20),
        part_of(7, 20),
        part_of(10, 20, length=9),
        part_of(10, 20, length=32),
        part_of(1, MAX_PART_SYMBOLS + 1),
        part_of(10, 20, number=MAX_NUMBER),
        part_of(100, 4100),
        part_of(10, 0),
    ],
    ids=[
        "no-size",
        "less-than-one",
        "cut-off",
        "larger-than-block",
        "short-block",
        "too-many",
        "numbers-end",
        "too-long",
        "empty",
    ],
)
def test_refuses_a_part_that_is_not_of_whole_symbols_in_bounds(data: bytes) -> None:
    with pytest.raises(PartRefused):
        Part.parse(data)


@pytest.mark.parametrize(
    "data",
    [
        part_of(1, MAX_PART_SYMBOLS),
        part_of(10, 20, number=MAX_NUMBER - 1),
        part_of(20, 20, length=33),
        part_of(151, 4077),
    ],
    ids=["most-symbols", "last-numbers", "shortest-block", "longest"],
)
def test_takes_a_part_at_the_bounds(data: bytes) -> None:
    assert Part.parse(data).serialize() == data


@pytest.mark.parametrize(("size", "least", "runs"), [(10_000, 0.88, 40), (100_000, 0.95, 4)])
@pytest.mark.parametrize("loss", [0.0, 0.1, 0.3, 0.5])
def test_comes_close_to_the_limit_of_an_erasure_channel(
    size: int, least: float, runs: int, loss: float
) -> None:
    """Parts of version 25's capacity, joined at random; limit: the parts that the bytes fill."""
    part_size, total = 1273, 0.0
    for seed in range(runs):
        chance = random.Random(seed)
        encoder = Encoder(chance.randbytes(size), part_size)
        decoder = Decoder()
        number, arrived = chance.randrange(2 * encoder.parts_needed), 0
        while decoder.message is None:
            if chance.random() >= loss:
                decoder.add(encoder.part(number))
                arrived += 1
            number += 1
        total += size / part_size / arrived
    assert total / runs >= least
