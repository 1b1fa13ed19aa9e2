"""Addresses: one spelling each, of the right network, of something that can be spent."""

import pytest
from embit.networks import NETWORKS as ORACLE_NETWORKS
from embit.script import Script
from hypothesis import given
from hypothesis import strategies as st

from appliance.chains.bitcoin.address import address_of, normalise_address, parse_address
from appliance.chains.bitcoin.network import NETWORKS, network_named
from appliance.chains.bitcoin.script import Kind, Template, script_of
from appliance.errors import DecodeError, MalformedTransaction, UnsupportedTransaction
from tests.appliance.chains.bitcoin.oracle_wally import wallycore
from tests.appliance.chains.bitcoin.world import public_key
from tests.shared_vectors import need, shared

ORACLES = {"mainnet": "main", "testnet": "test", "signet": "signet", "regtest": "regtest"}
CORE_CHAINS = {"main": "mainnet", "test": "testnet", "testnet4": "testnet", "signet": "signet"}
SIZES = {Kind.P2PKH: 20, Kind.P2SH: 20, Kind.P2WPKH: 20, Kind.P2WSH: 32}
TEMPLATES = st.one_of(
    st.builds(
        lambda kind, payload: Template(kind, payload[: SIZES[kind]]),
        st.sampled_from(list(SIZES)),
        st.binary(min_size=32, max_size=32),
    ),
    st.integers(min_value=1, max_value=50).map(lambda n: Template(Kind.P2TR, public_key(n)[1:])),
)
P2WPKH = "bc1qcr8te4kr609gcawutmrza0j4xv80jy8z306fyu"
P2PKH = "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2"


@given(TEMPLATES, st.sampled_from(list(NETWORKS)))
def test_spells_and_reads_as_another_library_does(template: Template, name: str) -> None:
    network, script = network_named(name), script_of(template)
    address = address_of(script, network)
    assert address == Script(script).address(ORACLE_NETWORKS[ORACLES[name]])
    assert address is not None
    assert parse_address(address, network) == template
    assert normalise_address(address, name) == address


@given(TEMPLATES)
def test_pays_to_the_script_that_libwally_pays_to(template: Template) -> None:
    script = script_of(template)
    address = address_of(script, network_named("mainnet"))
    if template.kind in (Kind.P2PKH, Kind.P2SH):
        found = wallycore.address_to_scriptpubkey(address, wallycore.WALLY_NETWORK_BITCOIN_MAINNET)
    else:
        found = wallycore.addr_segwit_to_bytes(address, "bc", 0)
    assert found == script


def test_writes_bech32_in_lower_case() -> None:
    assert normalise_address(P2WPKH.upper(), "mainnet") == P2WPKH
    with pytest.raises(MalformedTransaction, match="mixes"):
        normalise_address(P2WPKH[:-1] + P2WPKH[-1].upper(), "mainnet")


def test_base58_has_one_spelling() -> None:
    assert normalise_address(P2PKH, "mainnet") == P2PKH
    with pytest.raises(DecodeError):
        normalise_address(P2PKH.lower(), "mainnet")


@pytest.mark.parametrize("network", ["testnet", "signet", "regtest"])
@pytest.mark.parametrize("address", [P2WPKH, P2PKH])
def test_refuses_an_address_of_another_network(address: str, network: str) -> None:
    with pytest.raises(UnsupportedTransaction, match=f"not of {network}"):
        normalise_address(address, network)


@pytest.mark.parametrize("network", ["", "main", "Mainnet", "liquid", "1"])
def test_refuses_an_unknown_network(network: str) -> None:
    with pytest.raises(UnsupportedTransaction, match="one of mainnet"):
        normalise_address(P2WPKH, network)


@pytest.mark.parametrize(
    "address",
    ["", " " + P2WPKH, P2WPKH + " ", P2WPKH + "\n", "bitcoin:" + P2WPKH, "\u202e" + P2PKH, "0x00"],
)
def test_refuses_what_surrounds_an_address(address: str) -> None:
    with pytest.raises(MalformedTransaction):
        normalise_address(address, "mainnet")


@given(st.text(max_size=100), st.sampled_from(list(NETWORKS)))
def test_refuses_any_other_text_by_a_decode_error(text: str, network: str) -> None:
    try:
        address = normalise_address(text, network)
    except DecodeError:
        return
    assert normalise_address(address, network) == address


@pytest.mark.parametrize("position", range(3, len(P2WPKH)))
def test_notices_every_changed_character(position: int) -> None:
    other = "q" if P2WPKH[position] != "q" else "p"
    with pytest.raises(MalformedTransaction):
        normalise_address(P2WPKH[:position] + other + P2WPKH[position + 1 :], "mainnet")


def test_agrees_with_the_public_segwit_cases() -> None:
    for case in need(shared("btc-address/bip173.jsonl") + shared("btc-address/bip350.jsonl")):
        text = case["string"]
        network = "testnet" if text.lower().startswith("tb1") else "mainnet"
        if case["group"] == "invalid_segwit_address" or _is_superseded(case):
            with pytest.raises(DecodeError):
                normalise_address(text, network)
        elif case["group"] == "valid_segwit_address":
            _expect(text, network, case["scriptPubKey_hex"])


def _is_superseded(case: dict[str, str]) -> bool:
    """BIP-350 took Bech32 away from every witness version but the first."""
    script = case.get("scriptPubKey_hex", "00")
    return case["id"].startswith("bip173") and not script.startswith("00")


def _expect(text: str, network: str, script: str) -> None:
    """The script it stands for; or refused where nobody can be known to spend that."""
    known = network_named(network)
    if address_of(bytes.fromhex(script), known) is None:
        with pytest.raises(UnsupportedTransaction, match="nobody can be known to spend"):
            normalise_address(text, network)
    else:
        assert script_of(parse_address(text, known)).hex() == script


def test_agrees_with_the_public_cases_of_the_reference_node() -> None:
    for case in need(shared("btc-address/core_key_io_valid.jsonl")):
        text, data, about = case["case"]
        network = CORE_CHAINS.get(about["chain"], about["chain"])
        if about["isPrivkey"]:
            with pytest.raises(MalformedTransaction):
                normalise_address(text, network)
        else:
            _expect(text, network, data)


def test_refuses_what_the_reference_node_refuses() -> None:
    for case in need(shared("btc-address/core_key_io_invalid.jsonl")):
        for network in NETWORKS:
            with pytest.raises(DecodeError):
                normalise_address(case["case"][0], network)


BITCOINJS = {"bitcoin": "mainnet", "testnet": "testnet", "regtest": "regtest"}
"""Litecoin's addresses are of another chain."""


def test_agrees_with_the_public_cases_of_a_javascript_library() -> None:
    for case in need(shared("btc-address/bitcoinjs_address.jsonl")):
        about, group = case["case"], case["group"]
        if group == "standard" and about["network"] in BITCOINJS:
            text = about.get("base58check") or about["bech32"]
            network = BITCOINJS[about["network"]]
            if about["version"] == 2:
                with pytest.raises(UnsupportedTransaction):
                    normalise_address(text, network)
            else:
                template = parse_address(text, network_named(network))
                assert template.payload.hex() == about.get("hash", about.get("data"))
        elif group.startswith("invalid") and "address" in about:
            for network in NETWORKS:
                with pytest.raises(DecodeError):
                    normalise_address(about["address"], network)
