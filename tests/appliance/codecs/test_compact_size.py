"""Compact sizes: every number has one encoding, and longer ones are refused."""

import pytest
from embit import compact as oracle
from hypothesis import given
from hypothesis import strategies as st

from appliance.codecs import compact_size
from appliance.codecs.reader import Reader
from appliance.errors import MalformedTransaction

NUMBERS = st.one_of(
    st.integers(min_value=0, max_value=300),
    st.integers(min_value=0, max_value=(1 << 64) - 1),
    st.sampled_from([0xFC, 0xFD, 0xFFFF, 0x10000, 0xFFFFFFFF, 0x100000000]),
)


@given(NUMBERS)
def test_reads_what_it_writes_as_another_library_writes_it(number: int) -> None:
    data = compact_size.encode(number)
    reader = Reader(data)
    assert data == oracle.to_bytes(number)
    assert compact_size.read(reader) == number
    reader.expect_end("the number")


@given(st.binary(max_size=9))
def test_whatever_it_reads_is_the_one_encoding(data: bytes) -> None:
    reader = Reader(data)
    try:
        number = compact_size.read(reader)
    except MalformedTransaction:
        return
    assert compact_size.encode(number) == data[: len(data) - reader.left]


@pytest.mark.parametrize(
    "data", ["fdfc00", "fd0000", "feffff0000", "ffffffffff00000000", "ff0000000000000000"]
)
def test_refuses_longer_forms(data: str) -> None:
    with pytest.raises(MalformedTransaction, match="shortest form"):
        compact_size.read(Reader(bytes.fromhex(data)))


@given(st.binary(max_size=300))
def test_gives_back_a_byte_string_behind_its_length(data: bytes) -> None:
    reader = Reader(compact_size.prefixed(data) + b"more")
    assert compact_size.read_bytes(reader) == data
    assert reader.take(reader.left) == b"more"


@pytest.mark.parametrize("data", ["", "fd", "fdff", "fe010000", "02ff", "ffffffffffffffffff"])
def test_refuses_what_is_cut_off(data: str) -> None:
    with pytest.raises(MalformedTransaction, match="end where"):
        compact_size.read_bytes(Reader(bytes.fromhex(data)))
