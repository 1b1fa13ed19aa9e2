"""The contract ABI, read strictly: one value, one layout."""

import re
from typing import Any

import pytest
from eth_abi import abi as eth_abi
from hypothesis import given
from hypothesis import strategies as st

from appliance.codecs import abi
from appliance.errors import MalformedTransaction
from tests.shared_vectors import need, shared

ADDRESS = bytes(range(1, 21))
SIGNATURES = (
    "address,uint256",
    "uint256[]",
    "bytes,bool,string",
    "(address,uint160,uint48)[],address,bytes",
    "uint8[3],int24,bytes4",
    "(bytes,(uint256[],string))[2],uint256",
    "bytes[][]",
)


def word(value: int) -> bytes:
    return value.to_bytes(32, "big")


PLAIN: dict[type[abi.Type], st.SearchStrategy[Any]] = {
    abi.Address: st.binary(min_size=20, max_size=20),
    abi.Bool: st.booleans(),
    abi.Bytes: st.binary(max_size=70),
    abi.String: st.text(max_size=40),
}


def values_of(kind: abi.Type) -> st.SearchStrategy[Any]:
    match kind:
        case abi.Uint(bits):
            return st.integers(0, (1 << bits) - 1)
        case abi.Int(bits):
            return st.integers(-(1 << bits - 1), (1 << bits - 1) - 1)
        case abi.FixedBytes(size):
            return st.binary(min_size=size, max_size=size)
        case abi.Tuple(items):
            return st.tuples(*map(values_of, items))
        case _:
            return arrays_of(kind)


def arrays_of(kind: abi.Type) -> st.SearchStrategy[Any]:
    match kind:
        case abi.FixedArray(item, length):
            return st.lists(values_of(item), min_size=length, max_size=length).map(tuple)
        case abi.DynamicArray(item):
            return st.lists(values_of(item), max_size=4).map(tuple)
        case _:
            return PLAIN[type(kind)]


def split(signature: str) -> list[str]:
    depth, parts = 0, [""]
    for letter in signature:
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if letter == "," and not depth:
            parts.append("")
        else:
            parts[-1] += letter
    return parts


def oracle_encode(signature: str, values: tuple[Any, ...]) -> bytes:
    return eth_abi.encode(split(signature), values)


CALLS = st.sampled_from(SIGNATURES).flatmap(
    lambda signature: st.tuples(
        st.just(signature), st.tuples(*map(values_of, abi.parse_types(signature)))
    )
)


@given(CALLS)
def test_reads_what_the_oracle_writes(call: tuple[str, tuple[Any, ...]]) -> None:
    signature, values = call
    assert abi.decode(abi.parse_types(signature), oracle_encode(signature, values)) == values


@given(CALLS, st.data())
def test_a_changed_byte_is_refused_or_is_the_one_layout_of_another_value(
    call: tuple[str, tuple[Any, ...]], data: st.DataObject
) -> None:
    signature, values = call
    encoded = bytearray(oracle_encode(signature, values))
    at = data.draw(st.integers(0, len(encoded) - 1))
    encoded[at] ^= data.draw(st.integers(1, 255))
    try:
        changed = abi.decode(abi.parse_types(signature), bytes(encoded))
    except MalformedTransaction:
        return
    assert changed != values
    assert oracle_encode(signature, changed) == encoded


@given(st.sampled_from(SIGNATURES), st.binary(max_size=400))
def test_raises_nothing_but_malformed_on_any_bytes(signature: str, data: bytes) -> None:
    try:
        abi.decode(abi.parse_types(signature), data)
    except MalformedTransaction:
        return


REFUSED = {
    "nothing": ("uint256", b"", "32 bytes of arguments are missing"),
    "trailing byte": ("uint256", word(1) + b"\0", "1 bytes follow"),
    "dirty address": ("address", b"\1" + bytes(11) + ADDRESS, "padding is not clean"),
    "number too large": ("uint48", word(1 << 48), "does not fit"),
    "number below its type": ("int8", b"\xff" * 31 + b"\x7f", "does not fit"),
    "bool of 2": ("bool", word(2), "does not fit"),
    "dirty fixed bytes": ("bytes4", b"abcd" + b"\1" + bytes(27), "padding"),
    "dirty end of bytes": ("bytes", word(32) + word(1) + b"a" + b"\1" + bytes(30), "padding"),
    "text that is no UTF-8": ("string", word(32) + word(1) + b"\xff" + bytes(31), "UTF-8"),
    "offset backwards": ("bytes", word(0), "offset"),
    "offset with a gap": ("bytes", word(64) + word(0) + word(0), "offset"),
    "offset of 2^256 - 1": ("bytes", b"\xff" * 32, "offset"),
    "shared tails": ("bytes,bytes", word(64) + word(64) + word(0), "offset"),
    "bytes of 2^256 - 1": ("bytes", word(32) + b"\xff" * 32, "more bytes than there are"),
    "array of 2^255": ("uint256[]", word(32) + word(1 << 255), "more items"),
    "array that is short": ("uint256[]", word(32) + word(2) + word(1), "are missing"),
    "length cut off": ("bytes", word(32) + b"\0", "end within a value"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refuses_every_other_layout_by_its_name(name: str) -> None:
    signature, data, says = REFUSED[name]
    with pytest.raises(MalformedTransaction, match=says):
        abi.decode(abi.parse_types(signature), data)


@pytest.mark.parametrize("text", ["uint", "uint0", "uint512", "bytes33", "float", "()", "uint8[0]"])
def test_refuses_what_is_no_type(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        abi.parse_types(text)


def test_reads_the_public_vectors() -> None:
    for case in need(shared("eth-abi/ethers_abi.jsonl.gz")):
        signature = re.sub(r"\b(u?int)(?!\d)", r"\g<1>256", case["case"]["type"])
        data = bytes.fromhex(case["case"]["encoded"].removeprefix("0x"))
        (value,) = abi.decode(abi.parse_types(signature), data)
        assert value == read_verbose(case["case"]["verbose"]), case["id"]


def read_verbose(node: dict[str, Any]) -> object:
    value = node["value"]
    match node["type"]:
        case "array" | "object":
            return tuple(read_verbose(each) for each in value)
        case "number":
            return int(value)
        case "address" | "hexstring":
            return bytes.fromhex(value.removeprefix("0x"))
        case _:
            return value
