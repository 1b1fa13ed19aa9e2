import json
import random
import zlib
from hashlib import sha256, shake_128
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.wire.errors import PartRefused, TransferDamaged, TransferTooLarge
from appliance.wire.fountain import (
    HEADER_SIZE,
    MAX_PART_NUMBER,
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


@settings(max_examples=150)
@given(MESSAGES, st.integers(HEADER_SIZE + 4, 200), st.data())
def test_any_parts_of_full_rank_in_any_order_with_repeats_give_the_message(
    message: bytes, part_size: int, data: st.DataObject
) -> None:
    encoder = Encoder(message, part_size)
    needed = encoder.transfer.symbols
    numbers = data.draw(
        st.lists(st.integers(0, 3 * needed + 20), min_size=needed + 6, max_size=2 * needed + 8)
    )
    fill = iter(random.Random(needed).sample(range(MAX_PART_NUMBER), needed + 8))
    decoder = Decoder()
    for number in (*numbers, *fill):
        decoder.add(encoder.part(number))
    assert decoder.message == message
    assert decoder.progress.complete
    assert decoder.progress.received == len(numbers) + needed + 8
    assert decoder.progress.duplicates == decoder.progress.received - needed


def test_symbols_alone_and_combinations_alone_both_suffice() -> None:
    message = random.Random(1).randbytes(5000)
    encoder = Encoder(message, 200)
    needed = encoder.transfer.symbols
    assert decoded(list(islice(encoder.parts(), needed)))[0] == message
    late = decoded(list(islice(encoder.parts(1_000_000), needed + 3)))
    assert late[0] == message
    assert late[1].received == needed + 3


def test_too_few_parts_give_nothing_and_a_true_rank() -> None:
    encoder = Encoder(random.Random(2).randbytes(5000), 200)
    needed = encoder.transfer.symbols
    parts = list(islice(encoder.parts(needed), needed - 1))
    message, progress = decoded(parts + parts)
    assert message is None
    assert progress == Progress(needed - 1, needed, 2 * needed - 2, needed - 1, 0)


def test_every_part_is_as_the_specification_says() -> None:
    """Raw content, so that no version of zlib matters; the sums made element by element."""
    message = random.Random(3).randbytes(100)
    block = b"\0" + sha256(message).digest() + message
    transfer_id = sha256(b"airlock fountain 1" + block).digest()[:8]
    encoder = Encoder(message, HEADER_SIZE + 45)
    noise = shake_128(b"whitening" + transfer_id).digest(135)
    white = bytes(a ^ b for a, b in zip(block + bytes(2), noise, strict=True))
    symbols = [white[:45], white[45:90], white[90:]]
    for number in (0, 1, 2, 3, 4, 77, MAX_PART_NUMBER):
        factors = shake_128(transfer_id + number.to_bytes(4, "big")).digest(3)
        if number < 3:
            factors = bytes(int(index == number) for index in range(3))
        rows = [symbol.translate(TIMES[f]) for f, symbol in zip(factors, symbols, strict=True)]
        total = bytes(a ^ b ^ c for a, b, c in zip(*rows, strict=True))
        header = b"\xa1" + transfer_id + (133).to_bytes(3, "big") + number.to_bytes(4, "big")
        assert encoder.part(number) == header + total


def test_parts_keep_within_the_size_and_are_evenly_filled() -> None:
    encoder = Encoder(random.Random(4).randbytes(1000), 500)
    sizes = {len(encoder.part(number)) for number in range(10)}
    assert len(sizes) == 1
    assert max(sizes) <= 500
    assert encoder.transfer.symbols * encoder.transfer.symbol_size - encoder.transfer.length < 3


def test_compresses_only_where_that_is_smaller() -> None:
    assert Encoder(bytes(50_000), 500).transfer.symbols == 1
    noise = random.Random(5).randbytes(5000)
    assert Encoder(noise, 500).transfer.length == 33 + 5000
    assert decoded([Encoder(bytes(50_000), 500).part(9)])[0] == bytes(50_000)


def test_no_content_makes_a_part_monotonous() -> None:
    for message in (bytes(4 << 20), b"\xff" * 300, b"0" * 5000):
        encoder = Encoder(message, 230)
        for number in range(encoder.transfer.symbols):
            part = encoder.part(number)
            assert len(set(part[HEADER_SIZE:])) > min(60, len(part) // 4)


def test_two_encodings_of_one_message_are_two_transfers() -> None:
    message = random.Random(6).randbytes(900)
    small, large = Encoder(message, 200), Encoder(message, 400)
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


@given(st.binary(min_size=HEADER_SIZE + 1, max_size=60))
def test_a_part_has_one_encoding(data: bytes) -> None:
    try:
        part = Part.parse(data)
    except PartRefused:
        return
    assert part.serialize() == data


def test_no_flipped_bit_ever_yields_another_message() -> None:
    message = random.Random(7).randbytes(60)
    encoder = Encoder(message, HEADER_SIZE + 31)
    good = [encoder.part(number) for number in (0, 2, 5)]
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
    needed = encoder.transfer.symbols
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
    return Part(Transfer(transfer_id, len(block), len(block)), 0, symbol).serialize()


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


@pytest.mark.parametrize(("size", "part_size"), [(101, 100), (100, HEADER_SIZE), (100, 26)])
def test_refuses_to_encode_more_than_the_limits_allow(size: int, part_size: int) -> None:
    message = random.Random(9).randbytes(size)
    with pytest.raises(TransferTooLarge):
        Encoder(message, part_size, Limits(message=100, symbols=13))
    assert Encoder(message[:100], 27, Limits(message=100, symbols=13)).transfer.symbols == 13


@pytest.mark.parametrize("size", [10_000, 100_000])
@pytest.mark.parametrize("loss", [0.0, 0.1, 0.3, 0.5])
def test_comes_close_to_the_limit_of_an_erasure_channel(size: int, loss: float) -> None:
    """Parts of version 27's capacity, joined at random; limit: the parts that the bytes fill."""
    part_size, runs = 1465, 60 if size == 10_000 else 6
    total = 0.0
    for seed in range(runs):
        chance = random.Random(seed)
        encoder = Encoder(chance.randbytes(size), part_size)
        decoder = Decoder()
        number, arrived = chance.randrange(2 * encoder.transfer.symbols), 0
        while decoder.message is None:
            if chance.random() >= loss:
                decoder.add(encoder.part(number))
                arrived += 1
            number += 1
        total += size / part_size / arrived
    assert total / runs >= (0.88 if size == 10_000 else 0.95)


def test_the_published_parts_are_made_and_read() -> None:
    path = Path(__file__).parents[2] / "vectors" / "wire" / "fountain.json"
    vector = json.loads(path.read_text())
    message = bytes.fromhex(vector["message"])
    encoder = Encoder(message, vector["part_size"])
    parts = [bytes.fromhex(case["part"]) for case in vector["parts"]]
    assert [encoder.part(case["number"]) for case in vector["parts"]] == parts
    assert decoded(parts[:5])[0] == decoded(parts[6:])[0] == message
