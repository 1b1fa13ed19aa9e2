"""The nodes, one per network, from `networks.toml` in the data folder (or AIRLOCK_NETWORKS)."""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args

from appliance.wire.terms import Chain
from online_coordinator.errors import ConfigurationInvalid, NameUnknown, foreign
from online_coordinator.settings.folder import data_folder

VARIABLE = "AIRLOCK_NETWORKS"
FILE_NAME = "networks.toml"

EXAMPLE = """\
[bitcoin.regtest]
url = "http://127.0.0.1:18443"
user = "rpc"                     # or cookie_file = "/var/lib/bitcoind/regtest/.cookie"
password = "secret"
confirmations = 1                # a payment counts as made after so many blocks
confirmation_target = 6          # blocks, for the node's fee estimate
fee_rate_sat_vb = 5              # used where the node has no estimate

[ethereum.31337]                 # the chain id
url = "http://127.0.0.1:8545"
confirmations = 1
transaction_type = "eip-1559"    # or "legacy" (EIP-155)
"""

TransactionType = Literal["eip-1559", "legacy"]


@dataclass(frozen=True, slots=True)
class BitcoinNetwork:
    """A Bitcoin node (Core or a derivative), and when its word is enough."""

    name: str
    url: str
    user: str = ""
    password: str = ""
    cookie_file: str = ""
    confirmations: int = 6
    confirmation_target: int = 6
    fee_rate_sat_vb: int = 0
    timeout_seconds: int = 60


@dataclass(frozen=True, slots=True)
class EthereumNetwork:
    """An Ethereum node, and when its word is enough. `name` is the chain id in decimal."""

    name: str
    url: str
    confirmations: int = 12
    transaction_type: TransactionType = "eip-1559"
    priority_fee_wei: int = 1_000_000_000
    gas_margin_percent: int = 25
    timeout_seconds: int = 60


@dataclass(frozen=True, slots=True)
class Networks:
    """Every configured node."""

    bitcoin: Mapping[str, BitcoinNetwork]
    ethereum: Mapping[str, EthereumNetwork]


Network = TypeVar("Network", BitcoinNetwork, EthereumNetwork)


def read_networks() -> Networks:
    """Read the configuration file. Raises ConfigurationInvalid, naming the file and the fault."""
    path = Path(os.environ.get(VARIABLE) or data_folder() / FILE_NAME)
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigurationInvalid(
            f"there is no {path}; it names the node of each network"
        ) from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as fault:
        raise ConfigurationInvalid(f"{path} cannot be read: {foreign(str(fault))}") from None
    try:
        return parse_networks(document)
    except ConfigurationInvalid as fault:
        raise ConfigurationInvalid(f"{path}: {fault.what}") from None


def parse_networks(document: Mapping[str, Any]) -> Networks:
    """Return the networks that a parsed TOML document names. Raises ConfigurationInvalid."""
    unknown = set(document) - {Chain.BITCOIN.value, Chain.ETHEREUM.value}
    if unknown:
        raise ConfigurationInvalid(f"unknown table {foreign(min(unknown))}")
    bitcoin = _tables(document, Chain.BITCOIN)
    ethereum = _tables(document, Chain.ETHEREUM)
    return Networks(
        {name: _network(BitcoinNetwork, name, table) for name, table in bitcoin.items()},
        {name: _network(EthereumNetwork, name, table) for name, table in ethereum.items()},
    )


def _tables(document: Mapping[str, Any], chain: Chain) -> Mapping[str, Any]:
    tables = document.get(chain.value, {})
    if not isinstance(tables, Mapping):
        raise ConfigurationInvalid(f"{chain.value} must hold one table per network")
    return tables


def _network(kind: type[Network], name: str, table: object) -> Network:
    where = f"[{foreign(name)}]"
    if not isinstance(table, Mapping):
        raise ConfigurationInvalid(f"{where} must be a table")
    known = {field.name: field for field in fields(kind) if field.name != "name"}
    for key, value in table.items():
        if key not in known:
            raise ConfigurationInvalid(f"{where} has an unknown key {foreign(key)}")
        _check_value(f"{where} {key}", known[key].type, value)
    if "url" not in table:
        raise ConfigurationInvalid(f"{where} has no url")
    return kind(name=name, **table)


def _check_value(where: str, kind: object, value: object) -> None:
    choices = get_args(kind)
    if choices and value not in choices:
        raise ConfigurationInvalid(f"{where} must be one of {', '.join(choices)}")
    if kind is int and (not isinstance(value, int) or isinstance(value, bool) or value < 0):
        raise ConfigurationInvalid(f"{where} must be a whole number")
    if kind is str and not isinstance(value, str):
        raise ConfigurationInvalid(f"{where} must be a text")


def network_named(networks: Mapping[str, Network], chain: Chain, name: str) -> Network:
    """Return a configured network. Raises NameUnknown."""
    try:
        return networks[name]
    except KeyError:
        raise NameUnknown(f"networks.toml has no table [{chain.value}.{foreign(name)}]") from None
