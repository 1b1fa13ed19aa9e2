"""Addresses as the coordinator's libraries read them: one spelling per destination."""

import re

from embit.base import EmbitError
from embit.networks import NETWORKS
from embit.script import Script, address_to_scriptpubkey

from appliance.wire.terms import Chain
from online_coordinator.errors import AddressInvalid, ChainNotServed, foreign

BITCOIN_NETWORKS = {
    "mainnet": "main",
    "testnet": "test",
    "testnet4": "test",
    "signet": "signet",
    "regtest": "regtest",
}
"""Our names of the networks, and embit's."""

_HEX_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}", re.ASCII)
_ZERO_ADDRESS = "0x" + 40 * "0"


def normalise_address(chain: Chain, network: str, text: str) -> str:
    """Return the one spelling of an address of a network. Raises AddressInvalid, ChainNotServed.

    Bitcoin: bech32 in lower case (BIP-173, BIP-350) or base58check. Ethereum: EIP-55; a spelling
    in mixed case must carry the right checksum.
    """
    match chain:
        case Chain.BITCOIN:
            return _bitcoin(network, text)
        case Chain.ETHEREUM:
            return _ethereum(text)
        case Chain.TRON | Chain.SOLANA:
            raise ChainNotServed(chain.value)


def script_of(network: str, address: str) -> Script:
    """Return the output script that a Bitcoin address stands for. Raises AddressInvalid."""
    try:
        script: Script = address_to_scriptpubkey(address)
        same: bool = script.address(_embit_network(network)) == address
    except (EmbitError, ValueError, KeyError, IndexError, TypeError):
        raise _not_an_address(Chain.BITCOIN, network, address) from None
    if not same:
        raise _not_an_address(Chain.BITCOIN, network, address)
    return script


def address_of(network: str, script: Script) -> str | None:
    """Return the address of an output script; None for a script that has none."""
    try:
        address: str = script.address(_embit_network(network))
    except (EmbitError, ValueError):
        return None
    return address


def _embit_network(network: str) -> object:
    if network not in BITCOIN_NETWORKS:
        raise AddressInvalid(f"{foreign(network)} is not a Bitcoin network known here")
    return NETWORKS[BITCOIN_NETWORKS[network]]


def _bitcoin(network: str, text: str) -> str:
    address = text.lower() if text.isupper() else text
    if not text.isascii() or not text.isalnum():
        raise _not_an_address(Chain.BITCOIN, network, text)
    script_of(network, address)
    return address


def _ethereum(text: str) -> str:
    from eth_utils.address import (  # noqa: PLC0415 - slow to load, and not every command's
        is_checksum_address,
        to_checksum_address,
    )

    if not _HEX_ADDRESS.fullmatch(text) or text == _ZERO_ADDRESS:
        raise _not_an_address(Chain.ETHEREUM, "", text)
    digits = text[2:]
    if digits not in (digits.lower(), digits.upper()) and not is_checksum_address(text):
        raise AddressInvalid(f"{foreign(text)} has a wrong checksum (EIP-55)")
    return str(to_checksum_address(text))


def _not_an_address(chain: Chain, network: str, text: str) -> AddressInvalid:
    where = f"{chain.value} {foreign(network)}".strip()
    return AddressInvalid(f"'{foreign(text)}' is not an address of {where}")
