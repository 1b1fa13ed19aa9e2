"""Typed data: hashed as wallets hash it, and refused in every other form."""

import json
from pathlib import Path
from typing import Any

import pytest
from coincurve import PublicKey
from eth_account import Account
from eth_account._utils.encode_typed_data.encoding_and_hashing import hash_struct
from eth_utils.crypto import keccak
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.chains.ethereum.typed_data import MAX_FAULTS, TypedData, parse_typed_data
from appliance.errors import DecodeError, MalformedTransaction, UnsupportedTransaction
from tests.appliance.chains.ethereum import world
from tests.appliance.chains.ethereum.world import attempt
from tests.shared_vectors import folder, need, shared

Account.enable_unaudited_hdwallet_features()
DOMAIN = {"name": "Test", "version": "1", "chainId": 1, "verifyingContract": world.USDC}


def typed(kind: str, value: object, **types: list[dict[str, str]]) -> dict[str, Any]:
    """Typed data with one field, `data`."""
    return {
        "types": {"Message": [{"name": "data", "type": kind}], **types},
        "primaryType": "Message",
        "domain": DOMAIN,
        "message": {"data": value},
    }


def fields(**kinds: str) -> list[dict[str, str]]:
    return [{"name": name, "type": kind} for name, kind in kinds.items()]


def by_oracle(table: dict[str, Any]) -> tuple[bytes, bytes, bytes]:
    """The domain separator, message hash and digest by another implementation.

    Its own domains have their fields in the standard's order, whatever the type says; so the domain
    is hashed as any struct is.
    """
    names = [("name", "string"), ("version", "string"), ("chainId", "uint256")]
    names += [("verifyingContract", "address"), ("salt", "bytes32")]
    known = [{"name": name, "type": kind} for name, kind in names if name in table["domain"]]
    types = {"EIP712Domain": known, **table["types"]}
    separator = hash_struct("EIP712Domain", types, table["domain"])
    message = hash_struct(table["primaryType"], types, table["message"])
    return separator, message, keccak(b"\x19\x01" + separator + message)


def agrees(read: TypedData, table: dict[str, Any]) -> bool:
    return (read.domain_separator, read.message_hash, read.digest) == by_oracle(table)


# What is read


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("uint8", 255),
        ("uint256", str((1 << 256) - 1)),
        ("uint256", "0xff"),
        ("int8", -128),
        ("int256", str(-(1 << 255))),
        ("bool", True),
        ("address", world.CLIENT),
        ("address", world.CLIENT.lower()),
        ("bytes", "0x"),
        ("bytes", "0x0102"),
        ("bytes1", "0xff"),
        ("bytes32", "0x" + "ab" * 32),
        ("string", ""),
        ("string", "héllo \U0001f680"),
        ("string[]", []),
        ("string[]", ["a", "b"]),
        ("uint8[2]", [1, 2]),
        ("uint8[2][]", [[1, 2], [3, 4]]),
        ("uint8[][2]", [[1], []]),
    ],
)
def test_hashes_every_type_as_the_oracle_does(kind: str, value: object) -> None:
    table = typed(kind, value)
    assert agrees(parse_typed_data(table), table)


def test_hashes_structs_within_structs_and_arrays_of_them() -> None:
    person = fields(name="string", wallets="address[]")
    group = fields(members="Person[]", lead="Person")
    one = {"name": "Bob", "wallets": [world.CLIENT, world.USDC]}
    table = typed("Group", {"members": [one, one], "lead": one}, Person=person, Group=group)
    assert agrees(parse_typed_data(table), table)


def test_takes_the_domain_s_type_as_it_is_given() -> None:
    table = {**typed("uint8", 1), "domain": {"chainId": 1, "verifyingContract": world.USDC}}
    table["types"]["EIP712Domain"] = fields(verifyingContract="address", chainId="uint256")
    assert agrees(parse_typed_data(table), table)


ATOMS = st.one_of(
    st.tuples(st.just("uint256"), st.integers(0, (1 << 256) - 1)),
    st.tuples(st.just("int128"), st.integers(-(1 << 127), (1 << 127) - 1)),
    st.tuples(st.just("bool"), st.booleans()),
    st.tuples(st.just("string"), st.text(st.characters(exclude_categories=["Cs"]), max_size=20)),
    st.tuples(st.just("bytes"), st.binary(max_size=40).map(lambda data: "0x" + data.hex())),
    st.tuples(
        st.just("bytes4"), st.binary(min_size=4, max_size=4).map(lambda data: "0x" + data.hex())
    ),
)


@settings(max_examples=100)
@given(st.lists(ATOMS, min_size=1, max_size=6), st.integers(0, 3))
def test_agrees_with_the_oracle_on_any_struct(atoms: list[tuple[str, Any]], count: int) -> None:
    inner = {f"f{n}": kind for n, (kind, _) in enumerate(atoms)}
    values = {f"f{n}": value for n, (_, value) in enumerate(atoms)}
    table = typed("Inner[]", [values] * count, Inner=fields(**inner))
    assert agrees(parse_typed_data(table), table)


# What is refused


@pytest.mark.parametrize(
    ("kind", "value", "cause"),
    [
        ("uint8", 256, "does not fit uint8"),
        ("uint8", -1, "does not fit uint8"),
        ("int8", 128, "does not fit int8"),
        ("int8", -129, "does not fit int8"),
        ("uint256", 1 << 256, "does not fit uint256"),
        ("uint256", "1e18", "is not an integer"),
        ("uint256", " 1", "is not an integer"),
        ("uint256", "01", "is not an integer"),
        ("uint256", "\u0661", "is not an integer"),
        ("uint256", None, "is not an integer"),
        ("uint8", True, "is not an integer"),
        ("bool", 1, "is not true or false"),
        ("bool", "true", "is not true or false"),
        ("address", "0x12", "is not an address"),
        ("address", world.CLIENT[2:], "is not an address"),
        ("address", 5, "is not an address"),
        ("bytes", "0x1", "pairs of hexadecimal digits"),
        ("bytes", "ab", "pairs of hexadecimal digits"),
        ("bytes4", "0x010203", "has 3 bytes, not 4"),
        ("string", 10, "is not a text"),
        ("string", "\ud800", "half a character"),
        ("string[]", "abc", "is not a list"),
        ("string[2]", ["a"], "has 1 items, not 2"),
        ("uint", 1, "unknown type 'uint'"),
        ("int", 1, "unknown type 'int'"),
        ("uint7", 1, "unknown type"),
        ("uint264", 1, "unknown type"),
        ("bytes33", "0x", "unknown type"),
        ("bytes0", "0x", "unknown type"),
        ("uint8[0]", [], "unknown type"),
        ("uint8[-1]", [], "unknown type"),
        ("Missing", {}, "unknown type 'Missing'"),
        ("\u202e", 1, r"unknown type '\u{202e}'"),
    ],
)
def test_refuses_values_that_do_not_fit_with_the_cause(
    kind: str, value: object, cause: str
) -> None:
    with pytest.raises(MalformedTransaction) as refused:
        parse_typed_data(typed(kind, value))
    assert cause in refused.value.what


@pytest.mark.parametrize(
    ("changes", "cause"),
    [
        ({"types": None}, "list of types is not an object"),
        ({"types": {"Message": "x"}}, "is not a list of fields"),
        ({"types": {"Message": [{"name": "data"}]}}, "without name and type"),
        ({"types": {"Message": [{"name": "a b", "type": "bool"}]}}, "without name and type"),
        ({"types": {"Message": fields(data="bool") * 2}}, "two fields of one name"),
        ({"types": {"uint8": [], "Message": []}}, "'uint8' is no name for a type"),
        ({"types": {"A B": [], "Message": []}}, "is no name for a type"),
        ({"primaryType": "Other"}, "primary type is not among the types"),
        ({"primaryType": None}, "primary type is not among the types"),
        ({"domain": []}, "domain is not an object"),
        ({"message": None}, "message is not an object"),
        ({"message": {}}, "has no value for 'data'"),
        ({"domain": {**DOMAIN, "chainId": "main"}}, "domain.chainId is not an integer"),
    ],
)
def test_refuses_broken_forms_with_the_cause(changes: dict[str, Any], cause: str) -> None:
    with pytest.raises(MalformedTransaction) as refused:
        parse_typed_data({**typed("bool", value=True), **changes})
    assert cause in refused.value.what


def test_refuses_types_that_refer_to_themselves() -> None:
    for types in (
        {"A": fields(a="A")},
        {"A": fields(a="A[]")},
        {"A": fields(b="B"), "B": fields(a="A[2][]")},
    ):
        with pytest.raises(UnsupportedTransaction, match="refers to itself"):
            parse_typed_data(typed("A", {}, **types))


@pytest.mark.parametrize(
    "types",
    [
        {f"T{n}": [] for n in range(65)},
        {"Big": fields(**{f"f{n}": "bool" for n in range(257)})},
        {"Deep": fields(a="uint8" + "[]" * 9)},
    ],
    ids=["types", "fields", "dimensions"],
)
def test_refuses_more_than_anybody_uses(types: dict[str, list[dict[str, str]]]) -> None:
    with pytest.raises(UnsupportedTransaction):
        parse_typed_data(typed("bool", value=True, **types))


def test_refuses_structs_nested_deeper_than_anybody_nests() -> None:
    types = {f"T{n}": fields(a=f"T{n + 1}") for n in range(30)} | {"T30": []}
    value: dict[str, Any] = {}
    for _ in range(30):
        value = {"a": value}
    with pytest.raises(UnsupportedTransaction, match="nested deeper"):
        parse_typed_data(typed("T0", value, **types))


def test_refuses_messages_of_more_values_than_anybody_reads() -> None:
    with pytest.raises(UnsupportedTransaction, match="more than 8,192 values"):
        parse_typed_data(typed("bool[]", [True] * 8192))


def test_says_what_would_be_shown_but_not_signed() -> None:
    table = typed("Inner[]", [{"a": 1, "amount": 5}], Inner=fields(a="uint8"))
    read = parse_typed_data({**table, "message": {**table["message"], "note": "safe"}})
    assert (
        read.digest
        == parse_typed_data(typed("Inner[]", [{"a": 1}], Inner=fields(a="uint8"))).digest
    )
    assert any("'message.data.amount'" in fault for fault in read.faults)
    assert any("'message.note'" in fault for fault in read.faults)


def test_says_which_address_was_changed() -> None:
    (fault,) = parse_typed_data(typed("address", world.CLIENT.swapcase().replace("X", "x"))).faults
    assert fault.startswith("message.data: the address's checksum is wrong")


def test_says_only_the_first_faults() -> None:
    table = typed("bool", value=True)
    table["message"] |= {f"extra{n}": 1 for n in range(100)}
    assert len(parse_typed_data(table).faults) == MAX_FAULTS


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(st.fixed_dictionaries({"types": JSON, "primaryType": JSON, "domain": JSON, "message": JSON}))
def test_raises_nothing_but_decode_errors(table: dict[str, Any]) -> None:
    with pytest.raises(DecodeError):
        parse_typed_data(table)


@given(JSON)
def test_raises_nothing_but_decode_errors_for_any_value(value: object) -> None:
    for kind in ("uint8", "Inner[2]", "bytes4", "string[][]"):
        outcome = attempt(parse_typed_data, typed(kind, value, Inner=fields(a="address")))
        assert not isinstance(outcome, DecodeError) or outcome.what.isascii()


# Public vectors


def test_hashes_the_example_of_the_standard() -> None:
    (case,) = need(shared("eth-eip712/eip712_mail.jsonl"))
    read = parse_typed_data(case)
    assert read.domain_separator.hex() == case["domain_separator"][2:]
    assert read.message_hash.hex() == case["struct_hash"][2:]
    assert read.digest.hex() == case["digest"][2:]


def test_hashes_the_public_random_structs() -> None:
    for each in need(shared("eth-eip712/ethers_typed_data.jsonl.gz")):
        case = each["case"]
        table = {name: case[name] for name in ("types", "primaryType", "domain")}
        read = parse_typed_data({**table, "message": case["data"]})
        assert read.message_hash == keccak(hexstr=case["encoded"]), each["id"]
        assert read.digest.hex() == case["digest"][2:], each["id"]


def test_hashes_the_public_multiline_text() -> None:
    (each,) = need(shared("eth-eip712/bitbox_typed_msg_streaming_tests.jsonl.gz"))
    case = each["case"]
    table = {"types": case["types"], "primaryType": case["primary_type"], "domain": case["domain"]}
    read = parse_typed_data({**table, "message": {"data": case["message_data"]}})
    assert read.digest.hex() == case["expected_sighash"]


def test_public_hardware_signatures_are_over_our_hashes() -> None:
    for each in need(shared("eth-eip712/trezor_sign_typed_data.jsonl")):
        request, result = each["case"]["parameters"], each["case"]["result"]
        read = parse_typed_data(request["data"])
        assert read.domain_separator.hex() == request["domain_separator_hash"][2:], each["id"]
        if request.get("message_hash"):
            assert read.message_hash.hex() == request["message_hash"][2:], each["id"]
        signature = bytes.fromhex(result["sig"][2:])
        recoverable = signature[:64] + bytes([signature[64] - 27])
        key = PublicKey.from_signature_and_message(recoverable, read.digest, hasher=None)
        address = "0x" + keccak(key.format(compressed=False)[1:])[-20:].hex()
        assert address == result["address"].lower(), each["id"]


def test_says_what_a_public_hardware_case_does_not_sign() -> None:
    cases = need(shared("eth-eip712/trezor_sign_typed_data.jsonl"))
    (case,) = (each for each in cases if each["id"].endswith("structs_arrays_v4"))
    (fault,) = parse_typed_data(case["case"]["parameters"]["data"]).faults
    assert "attachedMoneyInEth" in fault


def files(name: str) -> list[Path]:
    return sorted((folder() / "eth-eip712" / name).glob("*.json"))


REFUSED = {
    "eip712_case_3.json": "message.wallet is not an address",
    "eip712_unequal_array_lengths.json": "message.to has 1 items, not 2",
}


@pytest.mark.parametrize("name", ["ledger_eip712", "walletcore_eip712"])
def test_agrees_with_the_oracle_on_the_public_messages(name: str) -> None:
    paths = files(name)
    if not paths:
        need([])
    for path in paths:
        table = json.loads(path.read_text())
        if path.name in REFUSED:
            with pytest.raises(MalformedTransaction, match=REFUSED[path.name]):
                parse_typed_data(table)
        else:
            assert parse_typed_data(table).digest == without_extras(table)[2], path.name


def without_extras(table: dict[str, Any]) -> tuple[bytes, bytes, bytes]:
    """By the oracle, which refuses a domain with more keys than its type has."""
    covered = {field["name"] for field in table["types"].get("EIP712Domain", [])}
    domain = {key: value for key, value in table["domain"].items() if key in covered or not covered}
    return by_oracle({**table, "domain": domain})


def read_coerced(case: dict[str, Any]) -> object:
    """The value of a case as JSON writes it."""
    match case["js_type"]:
        case "number":
            return int(case["value"])
        case "boolean":
            return case["value"] == "true"
        case _:
            return case["value"]


def test_public_coercions_are_hashed_alike_or_refused() -> None:
    """What wallets coerce is refused here; what needs no coercion is hashed alike."""
    seen = 0
    for case in need(shared("eth-eip712/metamask_encodeData.jsonl")):
        if case["js_type"] not in {"string", "number", "boolean"}:
            continue  # Buffers and the samples of whole arrays are not JSON.
        table = {**typed(case["type"], read_coerced(case)), "domain": {}}
        try:
            read = parse_typed_data(table)
        except MalformedTransaction:
            continue
        seen += 1
        assert read.message_hash == keccak(hexstr=case["encodeData"]), case["id"]
    assert seen >= 30


def test_hashes_the_public_safe_transactions() -> None:
    for case in need(shared("eth-safe/bybit_benign_history.jsonl")):
        read = parse_typed_data(case["eip712"])
        assert read.domain_separator.hex() == case["domain_separator"][2:]
        assert read.message_hash.hex() == case["struct_hash"][2:]
        assert read.digest.hex() == case["tx"]["safeTxHash"][2:]
