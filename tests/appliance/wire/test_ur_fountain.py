"""Sender and receiver must draw the same fragments, to the last bit (BCR-2024-001)."""

import pytest
from hypothesis import given
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
    assert [int(next(draws) * 10) + 1 for _ in range(100)] == REFERENCE["xoshiro_wolf_int_1_10"]


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


@given(st.integers(1, (1 << 32) - 1), st.integers(0, (1 << 32) - 1), st.integers(1, 300))
def test_fragments_are_distinct_and_of_the_message(number: int, checksum: int, count: int) -> None:
    drawn = fragments_of(number, checksum, count)
    assert 1 <= len(set(drawn)) == len(drawn) <= count
    assert set(drawn) <= set(range(count))
