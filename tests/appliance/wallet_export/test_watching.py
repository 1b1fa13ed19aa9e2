"""A real node watches what was exported: the same addresses, and a payment to one of them."""

from collections.abc import Iterator

import pytest

from appliance.wallet_export import bsms
from appliance.wallet_export.export import Form, exported
from appliance.wallet_export.resources import Resource
from appliance.wire.epochs import BitcoinAccount
from tests.appliance.wallet_export import reading
from tests.appliance.wallet_export.accounts import (
    FLAT,
    FLAT_MULTISIG,
    MIXED,
    SINGLE,
    SPLIT,
    descriptor,
)
from tests.real_parts.bitcoin_node import BitcoinNode

WALLETS = {"flat": FLAT, "multisig": FLAT_MULTISIG, "mixed": MIXED, "single": SINGLE, "two": SPLIT}


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BitcoinNode]:
    with BitcoinNode(tmp_path_factory.mktemp("node")) as running:
        yield running


def watched(node: BitcoinNode, name: str, descriptors: list[str]) -> None:
    """Import descriptors into a wallet of the node that has no private key."""
    node.rpc("createwallet", name, True, True)  # noqa: FBT003 - the node's own order of arguments
    asked = [{"desc": each, "timestamp": "now"} | ranged(each) for each in descriptors]
    assert [each["success"] for each in node.rpc("importdescriptors", asked, wallet=name)] == [
        True
    ] * len(asked)


def ranged(text: str) -> dict[str, list[int]]:
    return {"range": [0, 20]} if "*" in text else {}


def texts(wallet: BitcoinAccount, form: Form) -> list[str]:
    return [each.text for each in exported(wallet, form)]


@pytest.mark.parametrize("name", WALLETS)
def test_a_node_watches_the_exported_descriptors(node: BitcoinNode, name: str) -> None:
    wallet = WALLETS[name]
    watched(node, name, texts(wallet, Form.DESCRIPTOR))
    for address in texts(wallet, Form.ADDRESS):
        assert node.rpc("getaddressinfo", address, wallet=name)["ismine"]
    payee = texts(wallet, Form.ADDRESS)[0]
    txid = node.pay(payee, "0.25")
    seen = node.rpc("listunspent", 1, 10, [payee], wallet=name)
    assert (txid, True) in [(each["txid"], each["solvable"]) for each in seen]


@pytest.mark.parametrize("name", WALLETS)
def test_the_first_address_of_a_record_is_the_nodes(node: BitcoinNode, name: str) -> None:
    for record in bsms.records(WALLETS[name]):
        _, template, paths, address = record.split("\n")
        body = template.partition("#")[0].replace("/**", paths.split(",")[0])
        whole = descriptor(body)
        span = ([0, 0],) if "*" in body else ()
        assert node.rpc("deriveaddresses", whole, *span) == [address]


@pytest.mark.parametrize("name", WALLETS)
def test_a_node_derives_the_same_from_what_the_urs_say(node: BitcoinNode, name: str) -> None:
    addresses = []
    for each in exported(WALLETS[name], Form.UR, "crypto-output"):
        assert isinstance(each, Resource)
        body = reading.crypto_output(each.body)
        span = ([0, 0],) if "*" in body else ()
        addresses += node.rpc("deriveaddresses", descriptor(body), *span)
    assert addresses == texts(WALLETS[name], Form.ADDRESS)
