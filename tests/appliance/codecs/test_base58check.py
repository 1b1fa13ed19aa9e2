"""Base58Check: one text per value, and a changed character is noticed."""

import pytest
from embit import base58 as oracle
from hypothesis import given
from hypothesis import strategies as st

from appliance.codecs import base58check
from appliance.errors import MalformedTransaction
from tests.shared_vectors import need, shared

ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
PAYLOADS = st.binary(min_size=1, max_size=80)


@given(st.binary(max_size=80))
def test_reads_what_it_writes(data: bytes) -> None:
    assert base58check.decode(base58check.encode(data)) == data
    assert base58check.decode_check(base58check.encode_check(data)) == data


@given(PAYLOADS)
def test_writes_as_another_library_writes(payload: bytes) -> None:
    assert base58check.encode_check(payload) == oracle.encode_check(payload)


@given(st.text(ALPHABET, max_size=60))
def test_every_text_is_the_one_of_its_value(text: str) -> None:
    assert base58check.encode(base58check.decode(text)) == text


@given(PAYLOADS, st.data())
def test_notices_a_changed_character(payload: bytes, data: st.DataObject) -> None:
    text = base58check.encode_check(payload)
    at = data.draw(st.integers(min_value=0, max_value=len(text) - 1))
    other = data.draw(st.sampled_from(ALPHABET.replace(text[at], "")))
    with pytest.raises(MalformedTransaction, match="checksum"):
        base58check.decode_check(text[:at] + other + text[at + 1 :])


@pytest.mark.parametrize("text", ["0", "O", "I", "l", " 1", "1\n", "\u0661", "1#"])
def test_refuses_characters_outside_the_alphabet(text: str) -> None:
    with pytest.raises(MalformedTransaction, match="alphabet"):
        base58check.decode_check(text)


def test_refuses_texts_that_are_too_long_before_converting_them() -> None:
    with pytest.raises(MalformedTransaction, match="longer than 200"):
        base58check.decode("z" * 10_000_000)


@pytest.mark.parametrize("text", ["", "1", "111"])
def test_refuses_what_is_too_short_for_a_checksum(text: str) -> None:
    with pytest.raises(MalformedTransaction, match="checksum"):
        base58check.decode_check(text)


def test_agrees_with_the_public_cases() -> None:
    for case in need(shared("btc-address/core_base58_encode_decode.jsonl")):
        data, text = bytes.fromhex(case["case"][0]), case["case"][1]
        if len(text) <= base58check.MAX_LENGTH:
            assert base58check.encode(data) == text, case["id"]
            assert base58check.decode(text) == data, case["id"]


def test_agrees_with_the_public_checked_cases() -> None:
    for case in need(shared("btc-address/scure_base58check.jsonl")):
        text, payload = case["case"]["string"], case["case"].get("payload")
        if payload is None:
            with pytest.raises(MalformedTransaction):
                base58check.decode_check(text)
        else:
            assert base58check.decode_check(text).hex() == payload, case["id"]
