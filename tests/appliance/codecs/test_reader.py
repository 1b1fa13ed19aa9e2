"""Reading front to back: never past the end, and nothing left over."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.codecs.reader import Reader
from appliance.errors import MalformedTransaction


@given(st.lists(st.binary(max_size=20)))
def test_gives_back_the_pieces_in_order(pieces: list[bytes]) -> None:
    reader = Reader(b"".join(pieces))
    assert [reader.take(len(piece)) for piece in pieces] == pieces
    reader.expect_end("the pieces")


@given(st.binary(max_size=20), st.integers(min_value=1, max_value=1 << 64))
def test_never_reads_past_the_end(data: bytes, more: int) -> None:
    reader = Reader(data)
    with pytest.raises(MalformedTransaction, match="end where"):
        reader.take(len(data) + more)
    assert reader.take(len(data)) == data


def test_reads_numbers_with_the_least_byte_first() -> None:
    reader = Reader(b"\x01\x02\x03\x04\x05")
    assert (reader.byte(), reader.integer(4)) == (0x01, 0x05040302)
    with pytest.raises(MalformedTransaction, match="one more"):
        reader.byte()


def test_peeks_without_moving() -> None:
    reader = Reader(b"abc")
    assert reader.peek(5) == b"abc"
    assert (reader.left, reader.take(3), reader.left) == (3, b"abc", 0)


def test_counts_what_is_left_over() -> None:
    reader = Reader(bytes(1002))
    reader.take(1)
    with pytest.raises(MalformedTransaction, match="1,001 bytes follow the thing"):
        reader.expect_end("the thing")
