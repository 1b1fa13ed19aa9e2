"""Cases that are no transactions are refused, and the refusal says what they would do."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.inspection.messages import MAX_BYTES, ExplainedMessage, explain_message
from appliance.wire.epochs import Token
from appliance.wire.terms import Chain, Severity
from tests.shared_vectors import need, shared

USDC = "0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48"
STRANGER = "0xb2B3ac3D90eC4e3d893Ec2293325B1e6E5cA6315"
TOKENS = (Token(Chain.ETHEREUM, "1", USDC, "USDC", 6),)
KINDS = ["typed-data", "message", "authorization"]


def explain(kind: str, payload: object, chain: Chain | None = None) -> ExplainedMessage:
    data = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return explain_message(kind, data, chain, TOKENS)


def says(explained: ExplainedMessage, rule: str) -> str:
    return "; ".join(each.message for each in explained.findings if each.rule == rule)


def typed(message: dict[str, Any]) -> dict[str, Any]:
    names = ("owner", "spender", "value", "nonce", "deadline")
    kinds = ("address", "address", "uint256", "uint256", "uint256")
    fields = [{"name": name, "type": kind} for name, kind in zip(names, kinds, strict=True)]
    return {
        "types": {"Permit": fields},
        "primaryType": "Permit",
        "domain": {"name": "USD Coin", "chainId": 1, "verifyingContract": USDC},
        "message": {"owner": STRANGER, "spender": STRANGER, "nonce": 0, "deadline": 5, **message},
    }


def test_explains_typed_data() -> None:
    explained = explain("typed-data", typed({"value": 1_000_000}))
    assert (explained.chain, explained.network, explained.format) == (
        Chain.ETHEREUM,
        "1",
        "eip-712",
    )
    assert "approval of 1 USDC (1,000,000 base units)" in says(explained, "MESSAGE-FORBIDDEN")
    assert explained.digest is not None
    assert f"0x{explained.digest.hex()}" in {fact.value for fact in explained.facts}


def test_explains_authorizations_in_json_and_in_bytes() -> None:
    table = {"chainId": 0, "address": STRANGER, "nonce": 7}
    preimage = bytes.fromhex("05d78094" + STRANGER[2:] + "07")
    by_json, by_bytes = explain("authorization", table), explain("authorization", preimage)
    assert by_json == by_bytes == explain("authorization", f"0x{preimage.hex()}".encode())
    assert f"sets code of your account to {STRANGER}" in says(by_json, "MESSAGE-FORBIDDEN")
    assert by_json.network is None


def test_explains_the_hashes_of_typed_data() -> None:
    preimage = b"\x19\x01" + bytes(64)
    by_bytes = explain("typed-data", preimage)
    assert by_bytes == explain("typed-data", f"0x{preimage.hex()}".encode())
    assert "nobody can see" in says(by_bytes, "MESSAGE-FORBIDDEN")


def test_explains_messages() -> None:
    explained = explain("message", b"hello")
    assert (explained.chain, explained.format) == (Chain.ETHEREUM, "eip-191")
    assert "'hello'" in says(explained, "MESSAGE-FORBIDDEN")


@pytest.mark.parametrize(
    ("chain", "prefix"),
    [
        (Chain.BITCOIN, b"\x18Bitcoin Signed Message:\n"),
        (Chain.TRON, b"\x19TRON Signed Message:\n"),
        (Chain.SOLANA, b"\xffsolana offchain"),
    ],
)
def test_explains_messages_of_other_chains(chain: Chain, prefix: bytes) -> None:
    plain, prefixed = explain("message", b"hi", chain), explain("message", prefix + b"hi", chain)
    assert f"for signing on {chain.value}" in says(plain, "MESSAGE-FORBIDDEN")
    assert "already has its prefix" in says(prefixed, "MESSAGE-FORBIDDEN")
    assert "may be the hash" in says(explain("message", bytes(32), chain), "MESSAGE-FORBIDDEN")


@pytest.mark.parametrize(
    ("kind", "payload", "cause"),
    [
        ("typed-data", b"\xff", "no text"),
        ("typed-data", b"[]", "is not an object"),
        ("typed-data", b'{"a": 1, "a": 2}', "a key stands twice"),
        ("typed-data", b'{"a": 4.2}', "is not an integer"),
        ("typed-data", b'{"a": ' * 80_000, "nested deeper than 64"),
        ("typed-data", b"[" * 100_000, "nested deeper than 64"),
        ("typed-data", b'["' + b"[" * 100 + b'"]', "is not an object"),
        ("typed-data", b"{", "not one JSON object"),
        ("typed-data", json.dumps(typed({"value": -1})).encode(), "message.value does not fit"),
        ("typed-data", json.dumps(typed({})).encode(), "has no value for 'value'"),
        ("authorization", b'{"chainId": 1}', "exactly one nonce"),
        ("authorization", b"\x05\xc1", "more bytes than there are"),
        ("message", b"x" * (MAX_BYTES + 1), "are more than"),
    ],
)
def test_says_what_is_broken(kind: str, payload: bytes, cause: str) -> None:
    assert cause in says(explain(kind, payload), "MALFORMED")


def test_reads_no_utf16() -> None:
    data = json.dumps(typed({"value": 1})).encode("utf-16")
    assert "no text" in says(explain("typed-data", data), "MALFORMED")


@given(st.sampled_from(KINDS), st.binary(max_size=200), st.sampled_from([None, *Chain]))
def test_refuses_any_bytes(kind: str, data: bytes, chain: Chain | None) -> None:
    explained = explain_message(kind, data, chain, TOKENS)
    assert any(finding.severity is Severity.REFUSE for finding in explained.findings)
    assert {finding.rule for finding in explained.findings} <= {"MESSAGE-FORBIDDEN", "MALFORMED"}
    assert all(finding.message.isascii() for finding in explained.findings)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["types", "domain", "message", "primaryType", "name", "type", "Permit"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=10,
)


@given(
    st.sampled_from(KINDS), st.dictionaries(st.sampled_from(["types", "domain", "chainId"]), JSON)
)
def test_refuses_any_json(kind: str, table: dict[str, Any]) -> None:
    assert explain(kind, table).findings


def test_states_the_digest_of_the_adversarial_typed_data() -> None:
    cases = [
        case
        for case in need(shared("adversarial/format_sample.jsonl"))
        if case["kind"] == "eth-eip712"
    ]
    assert cases
    for case in cases:
        explained = explain("typed-data", case["payload"])
        assert explained.digest is not None
        assert f"0x{explained.digest.hex()}" == case["expected_fields"]["digest"]
        assert "unlimited approval of USDC" in says(explained, "MESSAGE-FORBIDDEN")
        assert "never expires" in says(explained, "MESSAGE-FORBIDDEN")
