import random
from functools import reduce
from operator import xor

from hypothesis import given
from hypothesis import strategies as st

from appliance.wire.elimination import System
from appliance.wire.galois import TIMES

SIZE = 3


def sum_of(coefficients: bytes, vectors: list[bytes]) -> bytes:
    rows = [each.translate(TIMES[f]) for f, each in zip(coefficients, vectors, strict=True)]
    return bytes(reduce(xor, column) for column in zip(*rows, strict=True))


@st.composite
def equations(draw: st.DrawFn) -> tuple[list[bytes], list[bytes]]:
    count = draw(st.integers(1, 8))
    vectors = draw(
        st.lists(st.binary(min_size=SIZE, max_size=SIZE), min_size=count, max_size=count)
    )
    sparse = st.lists(st.sampled_from([0, 0, 1, 2, 255]), min_size=count, max_size=count)
    rows = draw(st.lists(sparse.map(bytes), max_size=30))
    return vectors, rows


def rank_of(rows: list[bytes]) -> int:
    """Count the independent rows in the schoolbook way."""
    left, rank = [list(row) for row in rows], 0
    for column in range(len(rows[0]) if rows else 0):
        at = next((row for row in left if row[column]), None)
        if at is None:
            continue
        left.remove(at)
        rank += 1
        inverse = next(f for f in range(256) if TIMES[f][at[column]] == 1)
        for row in left:
            factor = TIMES[inverse][row[column]]
            row[:] = [a ^ TIMES[factor][b] for a, b in zip(row, at, strict=True)]
    return rank


@given(equations())
def test_news_are_exactly_the_independent_equations(
    case: tuple[list[bytes], list[bytes]],
) -> None:
    vectors, rows = case
    system = System(len(vectors), SIZE)
    news = 0
    for index, row in enumerate(rows):
        news += system.add(row, sum_of(row, vectors))
        assert news == rank_of(rows[: index + 1])
    if news == len(vectors):
        assert system.values() == b"".join(vectors)


@given(equations(), st.randoms(use_true_random=False))
def test_single_values_and_equations_mix_in_any_order(
    case: tuple[list[bytes], list[bytes]], chance: random.Random
) -> None:
    vectors, rows = case
    system = System(len(vectors), SIZE)
    steps: list[int | bytes] = [*range(len(vectors)), *rows]
    chance.shuffle(steps)
    news = 0
    for step in steps:
        if isinstance(step, bytes):
            news += system.add(step, sum_of(step, vectors))
        else:
            news += system.settle(step, vectors[step])
    assert news == len(vectors)
    assert system.values() == b"".join(vectors)


def test_a_contradiction_is_no_news() -> None:
    system = System(2, SIZE)
    assert system.add(b"\1\1", b"abc")
    assert not system.add(b"\1\1", b"abd")
    assert system.settle(0, b"aaa")
    assert not system.settle(0, b"bbb")
    assert system.values() == b"aaa" + bytes(a ^ b for a, b in zip(b"abc", b"aaa", strict=True))
