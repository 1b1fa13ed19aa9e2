"""Compact-u16: every number has one encoding, and longer ones are refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.codecs import shortvec
from appliance.codecs.reader import Reader
from appliance.errors import MalformedTransaction
from tests.shared_vectors import need, shared


def test_reads_back_every_number() -> None:
    for number in range(shortvec.MAX + 1):
        data = shortvec.encode(number)
        reader = Reader(data)
        assert shortvec.read(reader) == number
        reader.expect_end("the number")
        assert len(data) == (1 if number < 1 << 7 else 2 if number < 1 << 14 else 3)


def test_agrees_with_the_reference_client() -> None:
    for case in need(shared("sol/shortvec.jsonl")):
        data = bytes.fromhex(case["bytes_hex"])
        if case["value"] <= shortvec.MAX:
            assert shortvec.encode(case["value"]) == data, case["id"]
            assert shortvec.read(Reader(data)) == case["value"], case["id"]
        else:
            with pytest.raises(MalformedTransaction):
                shortvec.read(Reader(data))


@given(st.binary(max_size=4))
def test_whatever_it_reads_is_the_one_encoding(data: bytes) -> None:
    reader = Reader(data)
    try:
        number = shortvec.read(reader)
    except MalformedTransaction:
        return
    assert shortvec.encode(number) == data[: len(data) - reader.left]


@pytest.mark.parametrize("data", ["8000", "808000", "ff00", "ff8000", "818000"])
def test_refuses_longer_forms(data: str) -> None:
    with pytest.raises(MalformedTransaction, match="shortest form"):
        shortvec.read(Reader(bytes.fromhex(data)))


@pytest.mark.parametrize("data", ["808004", "ffff04", "ffffff", "80808001", "ffffff7f"])
def test_refuses_what_is_too_large_or_has_a_fourth_byte(data: str) -> None:
    with pytest.raises(MalformedTransaction, match="65,535"):
        shortvec.read(Reader(bytes.fromhex(data)))


@pytest.mark.parametrize("data", ["", "80", "8080", "02ff"])
def test_refuses_what_is_cut_off(data: str) -> None:
    with pytest.raises(MalformedTransaction, match="end where"):
        shortvec.read_bytes(Reader(bytes.fromhex(data)))


@given(st.binary(max_size=300))
def test_gives_back_a_byte_string_behind_its_length(data: bytes) -> None:
    reader = Reader(shortvec.prefixed(data) + b"more")
    assert shortvec.read_bytes(reader) == data
    assert reader.take(reader.left) == b"more"
