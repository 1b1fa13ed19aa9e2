"""`appliance inspect` (contract 1), as a process: decode and judge, sign nothing."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from appliance.inspection.case import parse_case
from appliance.inspection.containers import Unwrapped
from appliance.inspection.context import Context
from appliance.inspection.inspect import inspect_bytes
from appliance.wire.terms import Chain
from tests import hostile_coordinator as hostile
from tests.appliance.software import found
from tests.hostile_coordinator import CHAIN_ID, ETH_ATTACKER, ETH_CLIENT, TOKEN
from tests.shared_vectors import ROOT

ADDRESS = "0x197d11Aa723Fd515eD7Df1Cd4020016b30BD8D6f"
CONTEXT: dict[str, Any] = {
    "time": "2026-11-25T08:00:00Z",
    "accounts": [
        {
            "name": "eth",
            "chain": "ethereum",
            "chain_id": CHAIN_ID,
            "address": ADDRESS,
            "next_nonce": 7,
        }
    ],
    "tokens": [
        {
            "chain": "ethereum",
            "chain_id": CHAIN_ID,
            "contract": TOKEN,
            "symbol": "TUSD",
            "decimals": 6,
        }
    ],
    "whitelist": [
        {"chain": "ethereum", "chain_id": CHAIN_ID, "address": ETH_CLIENT, "label": "Client-1"}
    ],
    "policy": {
        "require_whitelist": True,
        "limits": [{"asset": "TUSD", "per_transaction": "1000000000"}],
        "fees": {"ethereum": {"max_fee_per_gas": "500000000000", "max_gas_limit": 200000}},
    },
}


def inspect(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "appliance", "inspect", *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
        timeout=60,
    )


@pytest.fixture
def context(tmp_path: Path) -> str:
    path = tmp_path / "context.json"
    path.write_text(json.dumps(CONTEXT))
    return str(path)


def answers(context: str, *cases: dict[str, Any] | str) -> list[dict[str, Any]]:
    lines = (case if isinstance(case, str) else json.dumps(case) for case in cases)
    ran = inspect("--context", context, "--jsonl", stdin="\n".join(lines))
    assert ran.returncode == 0, ran.stderr
    return [json.loads(line) for line in ran.stdout.splitlines()]


def case(payload: bytes, **more: Any) -> dict[str, Any]:
    return {"id": "a", "encoding": "hex", "payload": payload.hex(), **more}


def rules(result: dict[str, Any]) -> set[str]:
    return {finding["rule"] for finding in result["findings"] if finding["severity"] == "refuse"}


def test_says_everything_about_a_token_transfer(context: str) -> None:
    (result,) = answers(context, case(hostile.token_transfer(7)))
    assert result["contract"] == 1
    assert result["verdict"] == "cleared"
    assert (result["format"], result["chain"], result["network"]) == (
        "eip-1559",
        "ethereum",
        str(CHAIN_ID),
    )
    assert (result["account"], result["source"]) == ("eth", ADDRESS)
    assert result["transfers"] == [
        {
            "asset": "TUSD",
            "token": TOKEN,
            "amount": "25000000",
            "decimals": 6,
            "destination": ETH_CLIENT,
            "label": "Client-1",
            "whitelisted": True,
            "where": "calldata",
        }
    ]
    assert result["fee"] == {"asset": "ETH", "maximum": str(80_000 * 2 * 10**9)}
    assert result["guard"] == {"nonce": 7, "chain_id": CHAIN_ID, "expires": None}
    assert len(result["digests"]["signing"]) == 1


@pytest.mark.parametrize(
    ("payload", "more", "rule"),
    [
        (hostile.token_transfer(7, destination=ETH_ATTACKER), {}, "WHITELIST"),
        (hostile.token_transfer(7, amount=10**10), {}, "LIMIT-PER-TRANSACTION"),
        (hostile.token_transfer(9), {}, "NONCE-GAP"),
        (hostile.token_transfer(6), {}, "NONCE-REUSED"),
        (hostile.ethereum_transfer(7, chain_id=1), {}, "CHAIN-MISMATCH"),
        (hostile.token_transfer(7), {"chain": "bitcoin"}, "HINT-MISMATCH"),
        (hostile.token_transfer(7), {"claim": []}, "CLAIM-MISMATCH"),
        (hostile.token_transfer(7), {"context": {"tokens": []}}, "TOKEN-UNKNOWN"),
        (b"nonsense", {}, "MALFORMED"),
        (hostile.token_transfer(7), {"kind": "message"}, "MESSAGE-FORBIDDEN"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_refuses_by_name(context: str, payload: bytes, more: dict[str, Any], rule: str) -> None:
    (result,) = answers(context, case(payload, **more))
    assert result["verdict"] == "refused"
    assert rule in rules(result)


def test_a_claim_is_compared_in_any_spelling_and_token(context: str) -> None:
    claim = {"asset": "TUSD", "token": TOKEN.lower(), "amount": "25000000"}
    right = case(hostile.token_transfer(7), claim=[{**claim, "destination": ETH_CLIENT.lower()}])
    wrong = case(hostile.token_transfer(7), claim=[{**claim, "destination": ETH_ATTACKER}])
    assert [r["verdict"] for r in answers(context, right, wrong)] == ["cleared", "refused"]


def test_without_context_only_the_grammar_is_judged() -> None:
    ran = inspect("--jsonl", stdin=json.dumps(case(hostile.ethereum_transfer(0))))
    result = json.loads(ran.stdout)
    assert result["verdict"] == "cleared"
    assert [f["rule"] for f in result["findings"]] == ["NO-CONTEXT"]
    assert result["transfers"][0]["label"] is None


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "[]",
        '{"id": 1}',
        '{"id": 1, "id": 2, "encoding": "hex", "payload": ""}',
        '{"id": 1, "encoding": "hex", "payload": 5}',
        '{"id": 1, "encoding": "rot13", "payload": ""}',
        '{"id": 1, "encoding": "hex", "payload": "zz"}',
        '{"id": 1, "encoding": "b64", "payload": "AA="}',
        '{"id": 1, "encoding": "hex", "payload": "00", "claim": [{"amount": 1.5}]}',
        '{"id": NaN, "encoding": "hex", "payload": "00"}',
        '{"id": 1, "encoding": "hex", "payload": "00", "context": {"unheard": 1}}',
        "\x00\xff",
        "[" * 100_000,
    ],
    ids=lambda line: line[:30],
)
def test_a_malformed_case_is_answered_and_never_stops_the_others(context: str, line: str) -> None:
    good = case(hostile.token_transfer(7))
    results = answers(context, good, line, good)
    assert [r["verdict"] for r in results] == ["cleared", "refused", "cleared"]


def test_files_in_any_spelling_and_the_exit_status(context: str, tmp_path: Path) -> None:
    payload = hostile.token_transfer(7)
    (tmp_path / "raw").write_bytes(payload)
    (tmp_path / "hex").write_text(payload.hex() + "\n")
    (tmp_path / "bad").write_bytes(payload[:-1])
    good = inspect("--context", context, str(tmp_path / "raw"), str(tmp_path / "hex"))
    assert good.returncode == 0
    assert good.stdout.count("CLEARED") == 2
    assert "25 TUSD (25,000,000 base units)" in good.stdout
    assert inspect("--context", context, str(tmp_path / "bad")).returncode == 1
    assert inspect("--context", str(tmp_path / "none"), str(tmp_path / "raw")).returncode == 2
    assert inspect().returncode == 2


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"unheard": []}, "unheard"),
        ({"accounts": {}}, "not a list"),
        ({"accounts": [{"name": "x", "chain": "dogecoin"}]}, "not known"),
        ({"policy": {"limits": [{"asset": "BTC", "per_transaction": 5}]}}, "per_transaction"),
        ({"policy": {"limits": [{"asset": "BTC", "per_transaction": "1e9"}]}}, "per_transaction"),
        ({"policy": {"fees": {"bitcoin": {"max_fraction": "5%"}}}}, "max_fraction"),
        ({"whitelist": [{**CONTEXT["whitelist"][0], "address": "0x12"}]}, "hold together"),
        ({"time": 5}, "time"),
    ],
)
def test_an_unreadable_context_is_named(tmp_path: Path, change: dict[str, Any], told: str) -> None:
    path = tmp_path / "context.json"
    path.write_text(json.dumps({**CONTEXT, **change}))
    ran = inspect("--context", str(path), "--jsonl", stdin="{}")
    assert ran.returncode == 2
    assert told in ran.stderr


def test_bytes_that_two_chains_read_are_ambiguous_unless_a_hint_chooses(tmp_path: Path) -> None:
    """AMBIGUOUS: no two chains of today share bytes, so one decoder stands in for both here."""
    standing = found(tmp_path).rules
    reader = standing.decoders[Chain.ETHEREUM]
    both = replace(standing, decoders=dict.fromkeys(Chain, reader), held_keys=None)
    payload = hostile.ethereum_transfer(0)
    assert rules(inspect_bytes("a", Unwrapped(payload), Context(both, (), None), None)) == {
        "AMBIGUOUS"
    }
    hinted = parse_case(case(payload, chain="ethereum"))
    assert not rules(inspect_bytes("a", Unwrapped(payload), Context(both, (), None), hinted))


def test_a_bitcoin_wallet_of_plain_descriptor_pairs(tmp_path: Path) -> None:
    appliance = found(tmp_path)
    account = appliance.coordinator.bitcoin
    pairs = [{"receive": p.receive, "change": p.change} for p in account.pairs]
    context = {
        "accounts": [
            {"name": "btc", "chain": "bitcoin", "network": "regtest", "descriptors": pairs}
        ],
        "whitelist": [],
        "policy": {"require_whitelist": False},
    }
    path = tmp_path / "context.json"
    path.write_text(json.dumps(context))
    payload = appliance.coordinator.content().transactions[0].payload
    (result,) = answers(str(path), case(payload))
    assert result["verdict"] == "cleared", result["findings"]
    assert result["account"] == "btc"
    assert [c["amount"] for c in result["change"]] == ["39998000"]
    assert result["digests"]["txid"]
    assert len(result["guard"]["outpoints"]) == 1
