"""Parts made to exhaust, to mislead or to break a receiver of Uniform Resources."""

import tracemalloc
from dataclasses import replace
from itertools import islice
from zlib import crc32

import pytest

from appliance.wire import bytewords, canonical
from appliance.wire.errors import PartRefused, TransferDamaged, TransferTooLarge
from appliance.wire.ur import Encoder, Part
from appliance.wire.ur_decoder import Decoder
from tests.appliance.wire.uniform_resources import part_text

MESSAGE = bytes(range(256)) * 4
MIB = 1 << 20


@pytest.mark.parametrize(
    ("count", "length", "size"),
    [
        ((1 << 32) - 1, (1 << 32) - 1, 1),
        ((1 << 30), 1 << 40, 1024),
        (8193, 8193, 1),
        (59, 5 << 20, 90_000),
    ],
)
def test_an_announced_size_is_refused_before_anything_is_allocated(
    count: int, length: int, size: int
) -> None:
    text = part_text(1, count, length, 7, bytes(size))
    tracemalloc.start()
    try:
        with pytest.raises(TransferTooLarge):
            Decoder().add_part(Part.parse(text))
        assert tracemalloc.get_traced_memory()[1] < 12 * size + MIB
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "array",
    [
        (1, 2, 10, 7),
        (1, 2, 10, 7, bytes(5), 0),
        (0, 2, 10, 7, bytes(5)),
        (1, 0, 10, 7, bytes(5)),
        (1, 2, 0, 7, bytes(5)),
        (1, 2, 11, 7, bytes(5)),
        (1, 2, 5, 7, bytes(5)),
        (1, 2, 10, 7, b""),
        (1, 2, 10, 1 << 32, bytes(5)),
        (1, 2, 10, -1, bytes(5)),
        (1, 2, 10, 7, "abcde"),
        (1 << 32, 2, 10, 7, bytes(5)),
        (1, 2, 10, None, bytes(5)),
        (2, 2, 10, 7, bytes(5)),
        (1, 3, 10, 7, bytes(5)),
        (True, 2, 10, 7, bytes(5)),
        (1, 2, 10, True, bytes(5)),
        (1, True, 5, 7, bytes(5)),
        7,
    ],
    ids=str,
)
def test_a_part_whose_numbers_do_not_hold_together_is_refused(array: canonical.Value) -> None:
    letters = bytewords.encode(canonical.encode(array))
    with pytest.raises(PartRefused):
        Part.parse(f"ur:bytes/1-2/{letters}")


def test_a_part_in_longer_cbor_than_needed_is_refused() -> None:
    letters = bytewords.encode(bytes.fromhex("851801020a0745") + bytes(5))
    with pytest.raises(PartRefused):
        Part.parse(f"ur:bytes/1-2/{letters}")


def test_a_wrong_message_checksum_is_damage_and_the_decoder_starts_over() -> None:
    decoder, right = Decoder(), Encoder("bytes", MESSAGE, 100)
    parts = list(islice(right.parts(), right.transfer.fragments))
    forged = replace(Part.parse(parts[0]), fragment=bytes(right.transfer.fragment_size))
    for part in parts[1:]:
        decoder.add(part)
    with pytest.raises(TransferDamaged):
        decoder.add(forged.serialize())
    assert decoder.progress.rank == 0
    for part in parts:
        decoder.add(part)
    assert decoder.message == MESSAGE


def test_padding_that_is_not_zero_is_damage() -> None:
    decoder, checksum = Decoder(), crc32(b"abcde")
    decoder.add(part_text(1, 2, 5, checksum, b"abc"))
    with pytest.raises(TransferDamaged):
        decoder.add(part_text(2, 2, 5, checksum, b"de!"))


def test_parts_of_another_message_or_type_are_counted_and_dropped() -> None:
    decoder, ours = Decoder(), Encoder("psbt", MESSAGE, 100)
    decoder.add(ours.part(1))
    for other in (Encoder("bytes", MESSAGE, 100), Encoder("psbt", MESSAGE + b"x", 100)):
        assert decoder.add(other.part(2)).rank == 1
    assert decoder.progress.refused == 2
    for part in islice(ours.parts(), ours.transfer.fragments):
        decoder.add(part)
    assert decoder.message == MESSAGE


def test_repeats_and_useless_parts_take_no_memory() -> None:
    encoder, decoder = Encoder("bytes", MESSAGE, 16), Decoder()
    for number in range(2, encoder.transfer.fragments + 1):
        decoder.add(encoder.part(number))
    parts = [Part.parse(encoder.part(number)) for number in range(1000, 1200)]
    useless = [part for part in parts if not Decoder().add_part(part).complete][:50]
    first = Part.parse(encoder.part(2))
    decoder.add_part(first)
    tracemalloc.start()
    try:
        for _ in range(20_000):
            decoder.add_part(first)
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(200):
            for part in useless[:10]:
                decoder.add_part(part)
        assert tracemalloc.get_traced_memory()[0] - before < MIB // 4
        assert tracemalloc.get_traced_memory()[1] < MIB
    finally:
        tracemalloc.stop()


def test_the_smallest_fragments_of_the_largest_run_stay_within_bounds() -> None:
    """Mixed parts of 8192 fragments, the most that is accepted: a kilobyte or two for each."""
    tracemalloc.start()
    try:
        decoder = Decoder()
        for number in range(9000, 9030):
            decoder.add_part(Part.parse(part_text(number, 8192, 8192, 7, b"x")))
        assert decoder.progress.rank <= 30
        assert tracemalloc.get_traced_memory()[1] < 2 * MIB
    finally:
        tracemalloc.stop()
