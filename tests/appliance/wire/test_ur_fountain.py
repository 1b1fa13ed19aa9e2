"""Sender and receiver must draw the same fragments, to the last bit (BCR-2024-001)."""

from collections.abc import Iterator
from hashlib import sha256
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.wire.ur_fountain import alias_table, draw_index, draws_from, fragments_of, weights
from tests.appliance.wire.uniform_resources import published

REFERENCE = published()
needs_reference = pytest.mark.skipif(
    not REFERENCE, reason="the shared vectors are not here (AIRLOCK_VECTORS)"
)


@needs_reference
def test_the_generator_draws_as_published() -> None:
    draws = draws_from(b"Wolf")
    assert [int(next(draws) / 2**64 * 10) + 1 for _ in range(100)] == REFERENCE[
        "xoshiro_wolf_int_1_10"
    ]


def step_by_step(seed: bytes) -> Iterator[int]:
    """The generator as its authors write it."""
    digest = sha256(seed).digest()
    a, b, c, d = (int.from_bytes(digest[at : at + 8], "big") for at in (0, 8, 16, 24))
    while True:
        yield turned(b * 5 % 2**64, 7) * 9 % 2**64
        shifted = b * 2**17 % 2**64
        c, d = c ^ a, d ^ b
        b, a = b ^ c, a ^ d
        c, d = c ^ shifted, turned(d, 45)


def turned(word: int, by: int) -> int:
    return (word << by | word >> 64 - by) % 2**64


@settings(deadline=None)
@given(st.binary(max_size=40))
def test_many_draws_at_once_are_those_made_step_by_step(seed: bytes) -> None:
    assert list(islice(draws_from(seed), 700)) == list(islice(step_by_step(seed), 700))


@needs_reference
def test_degrees_are_drawn_as_published() -> None:
    drawn = [
        draw_index(draws_from(f"Wolf-{nonce}".encode()), weights(11)) + 1 for nonce in range(1, 201)
    ]
    assert drawn == REFERENCE["choose_degree_200"]


def test_indexes_are_drawn_by_their_weights() -> None:
    table, draws = alias_table([1, 2, 4, 8]), draws_from(b"Wolf")
    drawn = [draw_index(draws, table) for _ in range(3000)]
    for index, share in enumerate((1, 2, 4, 8)):
        assert abs(drawn.count(index) - 200 * share) < 120


def test_the_first_parts_carry_one_fragment_each() -> None:
    assert [tuple(fragments_of(number, 7, 5)) for number in range(1, 6)] == [
        (0,),
        (1,),
        (2,),
        (3,),
        (4,),
    ]


@settings(deadline=None)
@given(st.integers(1, (1 << 32) - 1), st.integers(0, (1 << 32) - 1), st.integers(1, 300))
def test_fragments_are_distinct_and_of_the_message(number: int, checksum: int, count: int) -> None:
    drawn = fragments_of(number, checksum, count)
    assert 1 <= len(set(drawn)) == len(drawn) <= count
    assert set(drawn) <= set(range(count))
