"""Nodes: exact numbers, named failures, and fees by the node's word or the configuration's."""

import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import rlp

from appliance.wire.epochs import BitcoinAccount, EthereumAccount
from online_coordinator.builders import bitcoin, ethereum
from online_coordinator.builders.ethereum import free_lane
from online_coordinator.builders.payment import Payment
from online_coordinator.errors import (
    ConfigurationInvalid,
    FeeCeiling,
    FeeUnknown,
    NodeAnswer,
    NodeRefused,
    NodeUnreachable,
    WalletNotWatched,
)
from online_coordinator.nodes.bitcoin_core import BitcoinCore, satoshi
from online_coordinator.nodes.ethereum_rpc import EthereumNode
from online_coordinator.settings.networks import (
    EXAMPLE,
    BitcoinNetwork,
    EthereumNetwork,
    parse_networks,
    read_networks,
)
from tests.online_coordinator.desk import CLIENTS
from tests.online_coordinator.ethereum_simulator import EthereumSimulator
from tests.online_coordinator.json_rpc_server import NodeFault, serving
from tests.online_coordinator.stand_in import ethereum_wallet

NO_COINS = bitcoin.Spending(BitcoinAccount("w", "regtest", (), 0), frozenset(), 0, 300)


@contextmanager
def node_that(answer: Callable[[str, Any], Any], rate: int = 0) -> Iterator[BitcoinCore]:
    with serving(answer) as url:
        yield BitcoinCore.of(BitcoinNetwork("regtest", url, fee_rate_sat_vb=rate))


def test_numbers_of_a_node_are_exact() -> None:
    with node_that(lambda *_: b'{"result": 20999999.97690000, "error": null}') as node:
        assert node.call("getbalance") == Decimal("20999999.97690000")
        assert satoshi(node.call("getbalance")) == 2_099_999_997_690_000


def test_a_fraction_of_a_satoshi_is_no_amount() -> None:
    with pytest.raises(NodeAnswer):
        satoshi(Decimal("0.000000001"))


@pytest.mark.parametrize(
    "body",
    [b"", b"nonsense", b"[]", b"7", b'{"id": 1}', b"[" * 5_000, b'{"result": \xff}'],
    ids=["empty", "nonsense", "list", "number", "no result", "deep", "not UTF-8"],
)
def test_an_answer_of_another_shape_is_named(body: bytes) -> None:
    with node_that(lambda *_: body) as node, pytest.raises(NodeAnswer, match="regtest"):
        node.call("getblockcount")


def test_the_nodes_own_refusal_is_shown_without_control_characters() -> None:
    def refuse(*_: Any) -> Any:
        raise NodeFault(-8, "no\x1b[2J " + "x" * 500)

    with node_that(refuse) as node, pytest.raises(NodeRefused) as refusal:
        node.call("getblockcount")
    assert refusal.value.code == -8
    assert "\x1b" not in refusal.value.what
    assert len(refusal.value.what) < 150


def test_a_wallet_that_is_not_loaded_has_its_own_name() -> None:
    def refuse(*_: Any) -> Any:
        raise NodeFault(-18, "Requested wallet does not exist or is not loaded")

    with node_that(refuse) as node:
        with pytest.raises(WalletNotWatched):
            node.for_wallet("cold").call("listunspent")
        with pytest.raises(NodeRefused):
            node.call("listunspent")


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "http://[::1", "nowhere", "ftp://x"])
def test_a_node_that_cannot_be_reached_is_named(url: str) -> None:
    with pytest.raises(NodeUnreachable, match="chain 1"):
        EthereumNode.of(EthereumNetwork("1", url)).balance("0x")


def test_a_missing_cookie_file_is_a_fault_of_the_configuration(folder: Path) -> None:
    with pytest.raises(ConfigurationInvalid, match="cookie_file"):
        BitcoinCore.of(BitcoinNetwork("regtest", "", cookie_file=str(folder / "absent")))
    (folder / "cookie").write_text("__cookie__:secret\n", encoding="ascii")
    node = BitcoinCore.of(BitcoinNetwork("regtest", "", cookie_file=str(folder / "cookie")))
    assert (node.endpoint.user, node.endpoint.password) == ("__cookie__", "secret")


def estimating(feerate: str | None) -> Callable[[str, Any], Any]:
    estimate = f'{{"feerate": {feerate}}}' if feerate else '{"errors": ["Insufficient data"]}'

    def answer(method: str, _: Any) -> Any:
        if method == "estimatesmartfee":
            return f'{{"result": {estimate}}}'.encode()
        return []

    return answer


def test_the_fee_rate_is_the_nodes_estimate_else_the_configured_one() -> None:
    with node_that(estimating("0.00012345"), rate=7) as node:
        assert node.fee_rate() == Decimal("12.345")
    with node_that(estimating(None), rate=7) as node:
        assert node.fee_rate() == 7


def test_an_unknown_or_excessive_fee_builds_nothing() -> None:
    with node_that(estimating(None)) as node, pytest.raises(FeeUnknown):
        bitcoin.build((), NO_COINS, node)
    with node_that(estimating("0.00301")) as node, pytest.raises(FeeCeiling):
        bitcoin.build((), NO_COINS, node)
    with node_that(estimating("0.003")) as node:
        assert bitcoin.build((), NO_COINS, node) == ()


def test_a_quantity_that_is_none_is_named(simulator: EthereumSimulator) -> None:
    node = EthereumNode.of(EthereumNetwork("31337", simulator.url))
    assert node.balance("0x") == simulator.balance
    with serving(lambda *_: {"not": "a quantity"}) as url, pytest.raises(NodeAnswer):
        replace(node, endpoint=replace(node.endpoint, url=url)).balance("0x")


def test_legacy_transactions_where_the_network_asks_for_them(simulator: EthereumSimulator) -> None:
    account, _ = ethereum_wallet("legacy", "31337")
    assert isinstance(account, EthereumAccount)
    network = EthereumNetwork("31337", simulator.url, transaction_type="legacy")
    spending = ethereum.Spending(account, free_lane(4, ()), {}, None)
    payment = Payment("W-1", None, 10**18, CLIENTS[0])
    (built,) = ethereum.build((payment,), spending, EthereumNode.of(network))
    fields = rlp.decode(built.payload)
    assert [int.from_bytes(each, "big") for each in fields[-3:]] == [31337, 0, 0]
    assert int.from_bytes(fields[0], "big") == 4


@pytest.mark.parametrize(
    ("held", "first", "room"),
    [
        ((), 5, None),
        ((5, 6), 7, None),
        ((3, 4), 5, None),
        ((7, 8), 5, 2),
        ((5, 8), 6, 2),
        ((6,), 5, 1),
    ],
)
def test_a_lane_is_the_first_free_run_of_nonces(
    held: tuple[int, ...], first: int, room: int | None
) -> None:
    assert free_lane(5, held) == ethereum.Lane(first, room)


NETWORKS: dict[str, Any] = {
    "bitcoin": {"regtest": {"url": "http://127.0.0.1", "confirmations": 1}},
    "ethereum": {"1": {"url": "http://127.0.0.1", "transaction_type": "legacy"}},
}


def test_the_example_in_the_help_is_a_configuration() -> None:
    networks = parse_networks(tomllib.loads(EXAMPLE))
    assert set(networks.bitcoin) == {"regtest"}
    assert set(networks.ethereum) == {"31337"}


def test_networks_are_read_strictly() -> None:
    networks = parse_networks(NETWORKS)
    assert networks.bitcoin["regtest"].confirmations == 1
    assert networks.bitcoin["regtest"].confirmation_target == 6
    assert networks.ethereum["1"].transaction_type == "legacy"


@pytest.mark.parametrize(
    ("document", "says"),
    [
        ({"tron": {}}, "unknown table tron"),
        ({"bitcoin": 1}, "one table per network"),
        ({"bitcoin": {"regtest": 1}}, "must be a table"),
        ({"bitcoin": {"regtest": {}}}, "no url"),
        ({"bitcoin": {"regtest": {"url": "x", "pasword": "y"}}}, "unknown key pasword"),
        ({"bitcoin": {"regtest": {"url": "x", "name": "y"}}}, "unknown key name"),
        ({"bitcoin": {"regtest": {"url": 1}}}, "must be a text"),
        ({"bitcoin": {"regtest": {"url": "x", "confirmations": "6"}}}, "whole number"),
        ({"bitcoin": {"regtest": {"url": "x", "confirmations": True}}}, "whole number"),
        ({"ethereum": {"1": {"url": "x", "transaction_type": "blob"}}}, "one of eip-1559, legacy"),
    ],
)
def test_a_network_file_with_a_fault_is_refused(document: dict[str, Any], says: str) -> None:
    with pytest.raises(ConfigurationInvalid, match=says):
        parse_networks(document)


def test_says_where_the_network_file_should_be(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRLOCK_NETWORKS", str(folder / "networks.toml"))
    with pytest.raises(ConfigurationInvalid, match=r"networks\.toml"):
        read_networks()
    for text in ("[bitcoin", "[bitcoin.regtest]\nport = 1"):
        (folder / "networks.toml").write_text(text, encoding="utf-8")
        with pytest.raises(ConfigurationInvalid, match=r"networks\.toml"):
            read_networks()
