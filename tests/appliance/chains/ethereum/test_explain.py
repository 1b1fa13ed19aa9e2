"""What refused calls would have done, in words."""

import json
from typing import Any

import pytest
from eth_abi import abi as eth_abi
from hypothesis import given
from hypothesis import strategies as st

from appliance.chains.ethereum.explain import FUNCTIONS, Contract, Function, explain
from appliance.codecs import abi
from tests.appliance.chains.ethereum import world
from tests.shared_vectors import folder, need, shared

CONTRACT = Contract(world.address(world.USDT), "1", None)
SELECTORS: list[dict[str, Any]] = world.own_vectors("selectors.jsonl")


@pytest.mark.parametrize("case", SELECTORS, ids=lambda case: case["signature"])
def test_knows_well_known_selectors(case: dict[str, str]) -> None:
    assert FUNCTIONS[bytes.fromhex(case["selector"])].signature == case["signature"]


ZEROS: dict[type[abi.Type], Any] = {
    abi.Bool: False,
    abi.Uint: 0,
    abi.Address: bytes(20),
    abi.Bytes: b"",
    abi.DynamicArray: (),
}


def zero(kind: abi.Type) -> Any:
    match kind:
        case abi.FixedBytes(size):
            return bytes(size)
        case abi.Tuple(items):
            return tuple(zero(item) for item in items)
        case _:
            return ZEROS[type(kind)]


def spelled(kind: abi.Type) -> str:
    match kind:
        case abi.Uint(bits):
            return f"uint{bits}"
        case abi.FixedBytes(size):
            return f"bytes{size}"
        case abi.DynamicArray(item):
            return f"{spelled(item)}[]"
        case abi.Tuple(items):
            return f"({','.join(map(spelled, items))})"
        case _:
            return type(kind).__name__.lower()


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=lambda each: each.signature)
def test_explains_every_function_it_knows(function: Function) -> None:
    selector = next(key for key, value in FUNCTIONS.items() if value is function)
    types = function.types
    arguments = eth_abi.encode([*map(spelled, types)], [zero(kind) for kind in types])
    said = explain(CONTRACT, selector + arguments)
    assert "not what it takes" not in said
    assert said.isascii()
    assert explain(CONTRACT, selector + arguments + b"\0") == f"{said}, then 1 bytes more"


@given(st.sampled_from(list(FUNCTIONS)), st.binary(max_size=300))
def test_explains_any_arguments_without_failing(selector: bytes, arguments: bytes) -> None:
    assert explain(CONTRACT, selector + arguments).isascii()


def test_quotes_no_text_or_bytes_that_anybody_could_have_chosen() -> None:
    data = eth_abi.encode(["address", "uint256", "bytes"], [world.CLIENT, 1, b"[red]" * 20])
    said = explain(CONTRACT, bytes.fromhex("cae9ca51") + data)
    assert said == f"approveAndCall({world.CLIENT}, 1, 100 bytes)"


def test_keeps_long_lists_of_arguments_short() -> None:
    data = eth_abi.encode(["bytes[]"], [[b"x" * 40] * 100])
    assert explain(CONTRACT, bytes.fromhex("ac9650d8") + data) == "multicall(1 arguments)"


def test_knows_the_selectors_of_the_public_interfaces() -> None:
    """A function of the public ABIs that the table names has the table's argument types."""
    path = folder() / "eth-abi" / "ledger_abis" / "erc20.json"
    if not path.exists():
        need([])
    names = {entry["name"] for entry in json.loads(path.read_text()) if entry["type"] == "function"}
    known = {function.name for function in FUNCTIONS.values()}
    assert {"transfer", "approve", "transferFrom"} <= names & known


def test_explains_the_public_token_calls() -> None:
    for case in need(shared("eth-tx/trezor_sign_tx_erc20.jsonl")):
        calldata = bytes.fromhex(case["case"]["parameters"]["data"])
        said = explain(CONTRACT, calldata)
        assert "not what it takes" not in said, case["id"]
        known = calldata[:4].hex() in {"a9059cbb", "095ea7b3"}
        assert said.startswith(("transfer of", "approval of", "unlimited approval")) is known
