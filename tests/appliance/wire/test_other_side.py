"""Product and vectors against the other side, which was written from the page alone."""

import json
import random
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.wire.fountain import Decoder, Encoder, Part
from appliance.wire.receiver import gathered
from tests.appliance.wire import other_side

VECTORS = json.loads(
    (Path(__file__).parents[2] / "vectors" / "wire" / "fountain.json").read_text()
)["transfers"]
IDS = [each["name"] for each in VECTORS]


def parts_of(vector: dict[str, Any]) -> list[bytes]:
    return [bytes.fromhex(case["part"]) for case in vector["parts"]]


@pytest.mark.parametrize("vector", VECTORS, ids=IDS)
def test_the_published_parts_are_read_by_both_sides(vector: dict[str, Any]) -> None:
    message, parts = bytes.fromhex(vector["message"]), parts_of(vector)
    assert gathered(parts) == gathered(reversed(parts)) == message
    assert other_side.message(parts) == message


@pytest.mark.parametrize("vector", VECTORS, ids=IDS)
def test_the_published_parts_are_made_by_the_other_side(vector: dict[str, Any]) -> None:
    block, size = bytes.fromhex(vector["block"]), vector["symbol_size"]
    for case in vector["parts"]:
        part = other_side.part(block, size, case["first"], case["symbols"])
        assert part.hex() == case["part"]


@pytest.mark.parametrize("vector", VECTORS, ids=IDS)
def test_the_published_parts_are_made_by_the_product(vector: dict[str, Any]) -> None:
    """But for what a compressor may write differently."""
    encoder = Encoder(bytes.fromhex(vector["message"]), vector["part_size"])
    if vector["block"].startswith("01"):
        assert encoder.transfer.length < len(vector["message"]) // 2
        return
    assert encoder.transfer.symbol_size == vector["symbol_size"]
    for case in vector["parts"]:
        sized = encoder.resized(case["part_size"])
        assert case["first"] % sized.part_symbols == 0
        assert sized.part(case["first"] // sized.part_symbols).hex() == case["part"]


@settings(max_examples=25, deadline=None)
@given(
    st.binary(max_size=400),
    st.integers(19, 400),
    st.integers(0, 1 << 24),
    st.randoms(note_method_calls=False),
)
def test_each_side_reads_what_the_other_sends(
    message: bytes, part_size: int, start: int, chance: random.Random
) -> None:
    encoder = Encoder(message, part_size)
    first = Part.parse(encoder.part(0))
    assert first.transfer.symbol_size == other_side.symbol_size(first.transfer.length, part_size)
    if encoder.transfer.symbols > 60:
        return
    late = list(islice(encoder.parts(start), encoder.parts_needed + 2))
    assert other_side.message(late) == message
    block = b"\0" + sha256(message).digest() + message
    size = other_side.symbol_size(len(block), part_size)
    decoder = Decoder()
    numbers = list(range(-(-len(block) // size) + 3))
    chance.shuffle(numbers)
    for number in numbers:
        decoder.add(other_side.part(block, size, number, 1))
    assert decoder.message == message


@given(st.integers(33, (4 << 20) + 33), st.integers(60, 4096))
def test_both_sides_cut_alike(length: int, part_size: int) -> None:
    size = other_side.symbol_size(length, part_size)
    room = part_size - 18
    assert 0 < size <= room
    assert room // size * size >= min(room, length) / 2
