"""The fast arithmetic against the schoolbook's: carry-less multiplication, then long division."""

from functools import reduce

from hypothesis import given
from hypothesis import strategies as st

from appliance.wire.galois import INVERSE, TIMES, combined, scaled


def schoolbook_product(a: int, b: int) -> int:
    product = reduce(lambda sum_, bit: sum_ ^ (a << bit if b >> bit & 1 else 0), range(8), 0)
    for degree in range(14, 7, -1):
        if product >> degree & 1:
            product ^= 0x11D << (degree - 8)
    return product


def schoolbook_sum(factors: bytes, rows: list[bytes]) -> bytes:
    total = bytearray(len(rows[0]))
    for factor, row in zip(factors, rows, strict=True):
        for index, element in enumerate(row):
            total[index] ^= schoolbook_product(factor, element)
    return bytes(total)


def test_every_product_is_the_schoolbooks() -> None:
    for a in range(256):
        assert TIMES[a] == bytes(schoolbook_product(a, b) for b in range(256))


def test_every_element_but_zero_times_its_inverse_is_one() -> None:
    assert all(TIMES[a][INVERSE[a]] == 1 for a in range(1, 256))


@given(st.binary(min_size=1, max_size=12), st.integers(0, 255))
def test_scales_every_element(row: bytes, factor: int) -> None:
    expected = schoolbook_sum(bytes((factor,)), [row])
    assert (
        scaled(int.from_bytes(row, "big"), len(row), factor).to_bytes(len(row), "big") == expected
    )


@given(
    st.integers(1, 9).flatmap(
        lambda size: st.lists(
            st.tuples(st.integers(0, 255), st.binary(min_size=size, max_size=size)),
            min_size=1,
            max_size=12,
        )
    )
)
def test_combines_as_the_schoolbook_does(terms: list[tuple[int, bytes]]) -> None:
    factors, rows = bytes(factor for factor, _ in terms), [row for _, row in terms]
    vectors = [int.from_bytes(row, "big") for row in rows]
    size = len(rows[0])
    assert combined(factors, vectors, size).to_bytes(size, "big") == schoolbook_sum(factors, rows)
