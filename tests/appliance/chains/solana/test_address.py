"""Addresses: 32 bytes in their one spelling, on a network that exists."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from solders.pubkey import Pubkey

from appliance.chains.solana.address import NETWORKS, normalise_address
from appliance.errors import DecodeError
from tests.appliance.chains.solana.world import CLIENT


@given(st.binary(min_size=32, max_size=32), st.sampled_from(sorted(NETWORKS)))
def test_accepts_every_address_as_it_is_spelled(data: bytes, network: str) -> None:
    assert normalise_address(str(Pubkey(data)), network) == str(Pubkey(data))


@pytest.mark.parametrize(
    ("text", "network"),
    [
        (str(CLIENT), "mainnet-beta"),
        (str(CLIENT), "1"),
        (str(CLIENT), ""),
        (str(CLIENT) + "1", "mainnet"),
        ("1" + str(CLIENT), "mainnet"),
        (str(CLIENT).replace(str(CLIENT)[3], "0"), "mainnet"),
        (f" {CLIENT}", "mainnet"),
        ("1" * 31, "mainnet"),
        ("1" * 33, "mainnet"),
        ("", "mainnet"),
        ("z" * 44, "mainnet"),
        ("z" * 100_000, "mainnet"),
        ("0x197d11Aa723Fd515eD7Df1Cd4020016b30BD8D6f", "mainnet"),
        ("TJRabPrwbZy45sbavfcjinPJC18kjpRTv8", "mainnet"),
    ],
)
def test_refuses_what_is_no_address_of_a_known_network(text: str, network: str) -> None:
    with pytest.raises(DecodeError):
        normalise_address(text, network)
