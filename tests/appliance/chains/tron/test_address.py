"""Addresses: one spelling, one version, known networks."""

import base58
import pytest
from coincurve import PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from appliance.chains.tron.address import (
    address_of_public_key,
    is_address,
    normalise_address,
    parse_address,
    spell_address,
)
from appliance.errors import DecodeError, MalformedTransaction, UnsupportedTransaction
from tests.appliance.chains.tron.world import PUBLIC_KEY, SOURCE, USDT
from tests.shared_vectors import need, shared


@given(st.binary(min_size=20, max_size=20))
def test_spells_addresses_as_the_independent_library_does(body: bytes) -> None:
    text = spell_address(b"\x41" + body)
    assert text == base58.b58encode_check(b"\x41" + body).decode()
    assert parse_address(text) == b"\x41" + body
    assert normalise_address(text, "mainnet") == text


@pytest.mark.parametrize("network", ["mainnet", "nile", "shasta", "private"])
def test_knows_the_networks(network: str) -> None:
    assert normalise_address(USDT, network) == USDT


@pytest.mark.parametrize("network", ["", "Mainnet", "1", "ethereum"])
def test_refuses_unknown_networks(network: str) -> None:
    with pytest.raises(UnsupportedTransaction, match="one of mainnet"):
        normalise_address(USDT, network)


NOT_ADDRESSES = {
    "changed character": USDT[:-1] + "u",
    "other version": base58.b58encode_check(b"\xa0" + bytes(20)).decode(),
    "Bitcoin's version": "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2",
    "too short": base58.b58encode_check(b"\x41" + bytes(19)).decode(),
    "too long": base58.b58encode_check(b"\x41" + bytes(21)).decode(),
    "leading one": "1" + USDT,
    "hex": "41a614f803b6fd780986a42c78ec9c7f77e6ded13c",
    "Ethereum's": "0xa614f803B6FD780986A42c78Ec9c7f77e6DeD13C",
    "spaces": f" {USDT}",
    "lower case": USDT.lower(),
    "nothing": "",
    "bomb": "T" * 100_000,
}


@pytest.mark.parametrize("name", NOT_ADDRESSES)
def test_refuses_what_is_no_address(name: str) -> None:
    with pytest.raises(MalformedTransaction):
        normalise_address(NOT_ADDRESSES[name], "mainnet")


@given(st.text(max_size=60))
def test_raises_nothing_else(text: str) -> None:
    try:
        normalise_address(text, "mainnet")
    except DecodeError:
        return
    assert is_address(base58.b58decode_check(text))


def test_knows_the_address_of_a_public_key() -> None:
    assert spell_address(address_of_public_key(PUBLIC_KEY)) == SOURCE


@pytest.mark.parametrize(
    "key", [b"", PrivateKey(b"\1" * 32).public_key.format(compressed=False), b"\5" + bytes(32)]
)
def test_refuses_what_is_no_compressed_public_key(key: bytes) -> None:
    with pytest.raises(MalformedTransaction):
        address_of_public_key(key)


def test_every_public_address_vector_is_an_address() -> None:
    for case in need(shared("tron/trezor_address.jsonl")):
        text = case["case"]["result"]["address"]
        assert normalise_address(text, "mainnet") == text
