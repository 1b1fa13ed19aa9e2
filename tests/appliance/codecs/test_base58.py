"""Base58: one text per value, as other libraries write it."""

import base58 as oracle
import pytest
from hypothesis import given
from hypothesis import strategies as st
from solders.pubkey import Pubkey

from appliance.codecs import base58
from appliance.errors import MalformedTransaction

ALPHABET = oracle.BITCOIN_ALPHABET.decode()
DATA = st.one_of(
    st.binary(max_size=80),
    st.builds(lambda zeros, rest: bytes(zeros) + rest, st.integers(0, 40), st.binary(max_size=8)),
)


@given(DATA)
def test_writes_as_another_library_writes_and_reads_it_back(data: bytes) -> None:
    assert base58.encode(data) == oracle.b58encode(data).decode()
    assert base58.decode(base58.encode(data)) == data


@given(st.binary(min_size=32, max_size=32))
def test_writes_addresses_as_solana_writes_them(data: bytes) -> None:
    assert base58.encode(data) == str(Pubkey(data))


@given(st.text(ALPHABET, max_size=60))
def test_every_text_is_the_one_of_its_value(text: str) -> None:
    assert base58.encode(base58.decode(text)) == text


@pytest.mark.parametrize("text", ["0", "O", "I", "l", " 1", "1\n", "\u0661", "1#"])
def test_refuses_characters_outside_the_alphabet(text: str) -> None:
    with pytest.raises(MalformedTransaction, match="alphabet"):
        base58.decode(text)


def test_refuses_texts_that_are_too_long_before_converting_them() -> None:
    with pytest.raises(MalformedTransaction, match="longer than 200"):
        base58.decode("z" * 10_000_000)
