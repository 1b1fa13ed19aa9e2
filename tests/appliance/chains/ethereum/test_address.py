"""Addresses have one spelling (EIP-55), and come from public keys."""

import pytest
from coincurve import PrivateKey
from eth_utils.address import to_checksum_address
from hypothesis import given
from hypothesis import strategies as st

from appliance.chains.ethereum.address import (
    address_of_public_key,
    normalise_address,
    spell_address,
)
from appliance.errors import DecodeError, MalformedTransaction, UnsupportedTransaction
from tests.appliance.chains.ethereum.world import CLIENT, PUBLIC_KEY, SOURCE
from tests.shared_vectors import need, shared


def test_spells_lower_case_with_its_checksum() -> None:
    assert normalise_address(CLIENT.lower(), "1") == CLIENT


def test_keeps_the_right_checksum() -> None:
    assert normalise_address(CLIENT, "1") == CLIENT


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0x",
        CLIENT[2:],
        CLIENT + "0",
        CLIENT[:-1],
        "0X" + CLIENT[2:],
        " " + CLIENT,
        CLIENT + "\n",
        CLIENT[:-1] + "g",
        CLIENT[:-1] + "\uff21",
        "0x" + CLIENT[2:].upper(),
        CLIENT[:-1] + CLIENT[-1].swapcase(),
        CLIENT.swapcase(),
    ],
)
def test_refuses_every_other_spelling(text: str) -> None:
    with pytest.raises(MalformedTransaction):
        normalise_address(text, "1")


def test_names_a_wrong_checksum() -> None:
    with pytest.raises(MalformedTransaction, match="EIP-55"):
        normalise_address(CLIENT[:-2] + "7c", "1")


@pytest.mark.parametrize("network", ["", "0", "mainnet", "01", "-1", "1 ", "1" * 21])
def test_refuses_a_network_that_is_no_chain_id(network: str) -> None:
    with pytest.raises(UnsupportedTransaction, match="chain id"):
        normalise_address(CLIENT, network)


@given(st.binary(min_size=20, max_size=20))
def test_spells_as_the_oracle_does(address: bytes) -> None:
    spelled = spell_address(address)
    assert spelled == to_checksum_address(address)
    assert normalise_address(spelled, "1") == spelled


@given(st.text(max_size=50) | st.from_regex(r"0x[0-9a-fA-F]{40}", fullmatch=True))
def test_raises_nothing_but_decode_errors(text: str) -> None:
    try:
        assert normalise_address(text, "1").lower() == text.lower()
    except DecodeError:
        return


def test_derives_the_address_of_a_compressed_public_key() -> None:
    assert address_of_public_key(PUBLIC_KEY) == SOURCE


@pytest.mark.parametrize(
    "key",
    [
        b"",
        PUBLIC_KEY[1:],
        PrivateKey(b"\x46" * 32).public_key.format(compressed=False),
        b"\x04" + PUBLIC_KEY[1:],
        b"\x02" + b"\xff" * 32,
        b"\x02" + (5).to_bytes(32, "big"),
    ],
)
def test_refuses_what_is_no_compressed_point(key: bytes) -> None:
    with pytest.raises(MalformedTransaction, match="public key"):
        address_of_public_key(key)


def test_agrees_with_the_public_checksums() -> None:
    for case in need(shared("eth-address/erc55.jsonl")):
        assert normalise_address(case["address"], "1") == case["address"]


def test_agrees_with_the_public_keys() -> None:
    for case in need(shared("eth-address/ethers_accounts.jsonl")):
        key = PrivateKey.from_hex(case["case"]["privateKey"].removeprefix("0x").zfill(64))
        assert address_of_public_key(key.public_key.format()) == case["case"]["address"]
