"""What refused calls would have done, in words."""

import json
from typing import Any

import pytest
from eth_abi import abi as eth_abi
from eth_utils.crypto import keccak
from hypothesis import given
from hypothesis import strategies as st

from appliance.chains.ethereum.contract import Contract, pinned
from appliance.chains.ethereum.explain import FUNCTIONS, MAX_CALLS, Function
from appliance.chains.ethereum.explain import explain as explain_call
from appliance.codecs import abi
from tests.appliance.chains.ethereum import world
from tests.shared_vectors import folder, need, shared

CONTRACT = Contract(world.address(world.USDT), "1", {})


def explain(contract: Contract, calldata: bytes) -> str:
    return explain_call(contract, calldata)[0].says


SELECTORS: list[dict[str, Any]] = world.own_vectors("selectors.jsonl")


@pytest.mark.parametrize("case", SELECTORS, ids=lambda case: case["signature"])
def test_knows_well_known_selectors(case: dict[str, str]) -> None:
    assert FUNCTIONS[bytes.fromhex(case["selector"])].signature == case["signature"]


ZEROS: dict[type[abi.Type], Any] = {
    abi.Bool: False,
    abi.Uint: 0,
    abi.Int: 0,
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
        case abi.Int(bits):
            return f"int{bits}"
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
    assert said == f"approveAndCall({world.CLIENT}, 1, 100 bytes), approves a spender and calls it"


def test_keeps_long_lists_of_arguments_short() -> None:
    data = eth_abi.encode(["address[]", "uint256[]"], [[world.CLIENT] * 100, [1] * 100])
    said = explain(CONTRACT, keccak(text="batchTransfer(address[],uint256[])")[:4] + data)
    assert said == "batchTransfer(2 arguments), transfers to several recipients"


# Calls within calls


def packed(operation: int, to: str, value: int, data: bytes) -> bytes:
    head = bytes([operation]) + world.address(to)
    return head + value.to_bytes(32, "big") + len(data).to_bytes(32, "big") + data


def multi_send(*calls: bytes) -> bytes:
    return bytes.fromhex("8d80ff0a") + eth_abi.encode(["bytes"], [b"".join(calls)])


def execute_safe(to: str, data: bytes, operation: int, price: int = 0) -> bytes:
    types = [
        "address",
        "uint256",
        "bytes",
        "uint8",
        *["uint256"] * 3,
        "address",
        "address",
        "bytes",
    ]
    zero = "0x" + "00" * 20
    values = [to, 0, data, operation, 0, 0, price, zero, world.STRANGER, b"x" * 65]
    return bytes.fromhex("6a761202") + eth_abi.encode(types, values)


PINNED = Contract(world.address(world.CLIENT), "1", pinned(world.TOKENS))


def clauses(calldata: bytes) -> dict[str, str]:
    return {clause.number: clause.says for clause in explain_call(PINNED, calldata)}


def test_explains_each_call_of_a_multisend() -> None:
    said = clauses(
        multi_send(
            packed(0, world.USDT, 0, world.transfer(world.STRANGER, 5_000_000)),
            packed(0, world.STRANGER, 10**18, b""),
            packed(1, world.STRANGER, 0, bytes.fromhex("8456cb59")),
        )
    )
    assert said[""] == "multiSend: multisend of 3 calls"
    assert said["1"] == (
        f"a call of USDT at {world.USDT}: transfer of 5 USDT (5,000,000 base units)"
        f" to {world.STRANGER}"
    )
    assert said["2"].startswith("it sends 1 ETH")
    assert said["3"] == f"DELEGATECALL to {world.STRANGER}: pause(), stops the contract"


def test_follows_calls_within_calls() -> None:
    inner = packed(0, world.USDC, 0, world.transfer(world.STRANGER, 1_000_000))
    said = clauses(execute_safe(world.STRANGER, multi_send(inner, inner), 1, price=7))
    assert "operation 1: DELEGATECALL to" in said[""]
    assert f"pays 7 base units of coins per gas to {world.STRANGER}" in said[""]
    assert "multisend of 2 calls" in said["1"]
    assert "transfer of 1 USDC" in said["1.2"]


def test_lists_and_follows_only_so_many_calls() -> None:
    many = clauses(multi_send(*[packed(0, world.STRANGER, 1, b"")] * 1000))
    assert "1000 calls" in many[""]
    assert len(many) == MAX_CALLS + 2
    assert "are not listed" in many[str(MAX_CALLS + 1)]
    data = b""
    for _ in range(20):
        data = execute_safe(world.STRANGER, data, 0)
    assert any("nested deeper" in said for said in clauses(data).values())


@pytest.mark.parametrize(
    ("signature", "types", "values"),
    [
        ("multicall(bytes[])", ["bytes[]"], [[world.transfer(world.STRANGER, 1)]]),
        (
            "multicall(uint256,bytes[])",
            ["uint256", "bytes[]"],
            [5, [world.transfer(world.STRANGER, 1)]],
        ),
        (
            "execute(address,uint256,bytes)",
            ["address", "uint256", "bytes"],
            [world.USDT, 0, world.transfer(world.STRANGER, 1)],
        ),
        (
            "aggregate3((address,bool,bytes)[])",
            ["(address,bool,bytes)[]"],
            [[(world.USDT, True, world.transfer(world.STRANGER, 1))]],
        ),
        (
            "executeBatch((address,uint256,bytes)[])",
            ["(address,uint256,bytes)[]"],
            [[(world.USDT, 3, world.transfer(world.STRANGER, 1))]],
        ),
        (
            "executeBatch(address[],uint256[],bytes[])",
            ["address[]", "uint256[]", "bytes[]"],
            [[world.USDT], [3], [world.transfer(world.STRANGER, 1)]],
        ),
        (
            "executeBatch(address[],bytes[])",
            ["address[]", "bytes[]"],
            [[world.USDT], [world.transfer(world.STRANGER, 1)]],
        ),
    ],
)
def test_explains_calls_passed_on_in_every_form(
    signature: str, types: list[str], values: list[Any]
) -> None:
    said = clauses(keccak(text=signature)[:4] + eth_abi.encode(types, values))
    assert f"to {world.STRANGER}" in said["1"]
    assert "transfer of" in said["1"]


def test_says_where_packed_calls_and_parallel_lists_are_broken() -> None:
    assert "end within a call" in clauses(multi_send(b"\0" * 84))[""]
    data = eth_abi.encode(["address[]", "bytes[]"], [[world.USDT, world.USDT], [b""]])
    assert "not of one length" in clauses(bytes.fromhex("18dfb3c7") + data)[""]


def test_names_the_commands_of_the_universal_router() -> None:
    data = eth_abi.encode(["bytes", "bytes[]", "uint256"], [b"\x0b\x08\x3f", [b"", b"", b""], 5])
    said = clauses(bytes.fromhex("3593564c") + data)[""]
    assert said == ("Universal Router, execute of 3 commands: WRAP_ETH, V2_SWAP_EXACT_IN, 0x3f")


@pytest.mark.parametrize(
    ("signature", "values", "said"),
    [
        (
            "addOwnerWithThreshold(address,uint256)",
            [world.STRANGER, 1],
            "becomes an owner of the Safe, and 1 owners suffice",
        ),
        (
            "enableModule(address)",
            [world.STRANGER],
            f"enableModule: {world.STRANGER} may spend from the Safe",
        ),
        ("setGuard(address)", ["0x" + "00" * 20], "guard is taken away"),
        ("setFallbackHandler(address)", [world.STRANGER], f"go to {world.STRANGER}"),
        (
            "approveHash(bytes32)",
            [b"\xab" * 32],
            "approveHash: consent to the Safe transaction 0xabab",
        ),
        (
            "grantRole(bytes32,address)",
            [bytes(32), world.STRANGER],
            "grantRole: the admin role for",
        ),
        (
            "renounceOwnership()",
            [],
            "renounceOwnership(), gives up the ownership of the contract for ever",
        ),
        (
            "upgradeTo(address)",
            [world.STRANGER],
            "upgradeTo: upgrade of the contract to the code of",
        ),
        ("burn(uint256)", [5], "burn of 5 base units"),
        ("mint(address,uint256)", [world.STRANGER, 5], "mint of 5 base units"),
        ("send(address,uint256,bytes)", [world.STRANGER, 5, b""], "ERC-777 send of"),
        (
            "safeTransferFrom(address,address,uint256,uint256,bytes)",
            [world.SOURCE, world.STRANGER, 7, 2, b""],
            "2 of token number 7",
        ),
        (
            "safeTransferFrom(address,address,uint256)",
            [world.SOURCE, world.STRANGER, 7],
            "token number 7",
        ),
        (
            "transferFrom(address,address,uint160,address)",
            [world.SOURCE, world.STRANGER, 5_000_000, world.USDT],
            "Permit2 transferFrom: 5 USDT",
        ),
        (
            "redeem(uint256,address,address)",
            [5, world.STRANGER, world.SOURCE],
            "takes out of a vault",
        ),
        (
            "disperseEther(address[],uint256[])",
            [[world.STRANGER] * 2, [10**18] * 2],
            "disperse of 2 ETH",
        ),
        (
            "deploy(uint256,bytes32,bytes)",
            [0, bytes(32), b"x" * 40],
            "creation of a contract from 40 bytes",
        ),
        ("depositETH(uint32,bytes)", [1, b""], "over a bridge to another chain"),
    ],
)
def test_says_what_well_known_calls_do(signature: str, values: list[Any], said: str) -> None:
    inside = signature.partition("(")[2][:-1]
    arguments = eth_abi.encode(inside.split(",") if inside else [], values)
    assert said in clauses(keccak(text=signature)[:4] + arguments)[""]


def test_knows_the_deployment_proxy_by_its_address() -> None:
    proxy = PINNED.at(bytes.fromhex("4e59b44847b379578588920ca78fbf26c0b4956c"))
    assert "creation of a contract from 8 bytes" in explain(proxy, bytes(40))


# Public interfaces and calls


def canonical(entry: dict[str, Any]) -> str:
    """The type of an ABI's input as a signature writes it."""
    if not entry["type"].startswith("tuple"):
        return str(entry["type"])
    return f"({','.join(map(canonical, entry['components']))}){entry['type'][5:]}"


def test_knows_the_public_interfaces_by_their_selectors() -> None:
    """Of every public ABI, what moves tokens or changes owners is known."""
    paths = sorted((folder() / "eth-abi" / "ledger_abis").glob("*.json"))
    if not paths:
        need([])
    known = {function.signature for function in FUNCTIONS.values()}
    there = set()
    for path in paths:
        for entry in json.loads(path.read_text()):
            if entry.get("type") == "function":
                inputs = ",".join(map(canonical, entry["inputs"]))
                there.add(f"{entry['name']}({inputs})")
    moving = {"transfer", "transferFrom", "approve", "setApprovalForAll", "safeTransferFrom"}
    owning = {"execTransaction", "addOwnerWithThreshold", "swapOwner", "removeOwner", "setGuard"}
    owning |= {"enableModule", "disableModule", "setFallbackHandler", "approveHash", "setup"}
    unknown = {name for name in there - known if name.partition("(")[0] in moving | owning}
    assert not unknown
    assert len(there & known) > 25


def test_explains_the_public_decisions_about_safes() -> None:
    for case in need(shared("eth-safe/safenet_policy.jsonl")):
        data = bytes.fromhex(case["data"][2:])
        said = clauses(execute_safe(case["to"], data, case["operation"]))
        assert f"operation {case['operation']}" in said[""], case["id"]
        assert not any("not what it takes" in each for each in said.values()), case["id"]
        if data.startswith(bytes.fromhex("8d80ff0a")):
            assert "multisend of" in said["1"], case["id"]
        if case["id"].endswith("multisend-with-delegatecall"):
            assert said["1.1"].startswith("DELEGATECALL to")


def test_knows_the_public_deployments_calls() -> None:
    """The official multisend and signing contracts are called by functions that are known."""
    paths = sorted((folder() / "eth-safe" / "safe_deployments").glob("*.json"))
    if not paths:
        need([])
    contracts = {json.loads(path.read_text())["contractName"] for path in paths}
    names = {function.name for function in FUNCTIONS.values()}
    doors = {
        "MultiSend": "multiSend",
        "SignMessageLib": "signMessage",
        "CreateCall": "performCreate",
    }
    assert all(doors[name] in names for name in contracts & set(doors))
    assert contracts & set(doors)


def test_explains_the_public_token_calls() -> None:
    for case in need(shared("eth-tx/trezor_sign_tx_erc20.jsonl")):
        calldata = bytes.fromhex(case["case"]["parameters"]["data"])
        said = explain(CONTRACT, calldata)
        assert "not what it takes" not in said, case["id"]
        known = calldata[:4].hex() in {"a9059cbb", "095ea7b3"}
        assert said.startswith(("transfer of", "approval of", "unlimited approval")) is known


EXTERNAL = ("trezor_sign_tx_external_definitions.jsonl.gz", "trezor_sign_tx_clear_signing.jsonl")
REFUSED_BY_DEVICES = ("trezor_sign_tx_error.jsonl", "trezor_sign_tx_staking_data_error.jsonl")


@pytest.mark.parametrize("name", [*EXTERNAL, *REFUSED_BY_DEVICES])
def test_explains_the_public_real_calls(name: str) -> None:
    for case in need(shared(f"eth-tx/{name}")):
        data = bytes.fromhex(case["case"]["parameters"]["data"].removeprefix("0x"))
        said = explain_call(PINNED, data)
        assert all(clause.says.isascii() for clause in said), case["id"]
        assert len(said) <= MAX_CALLS + 2


def test_names_the_router_in_the_public_signed_requests() -> None:
    cases = need(shared("eth-tx/keystone_eth.jsonl"))
    calls = [text for case in cases for text in case["hex"] if text.startswith("3593564c")]
    assert calls
    for text in calls:
        assert explain(CONTRACT, bytes.fromhex(text)).startswith("Universal Router, execute of")
