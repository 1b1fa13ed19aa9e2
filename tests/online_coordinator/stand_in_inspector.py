"""A stand-in of `appliance inspect --jsonl` for Ethereum, run as a program.

Its first argument says how it behaves; `honest` reads the bytes and judges claims and whitelist.
"""

import base64
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import rlp
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

DEAR = {"rule": "FEE-CEILING", "severity": "refuse", "message": "dear", "where": ""}


def transfer(fields: list[Any], context: dict[str, Any]) -> dict[str, Any]:
    target, value, data = fields[5:8]
    destination, amount, token = to_checksum_address(target), int.from_bytes(value, "big"), None
    symbol, decimals = "ETH", 18
    if data:
        token, amount = destination, int.from_bytes(data[36:], "big")
        destination = to_checksum_address(data[16:36])
        known = next(each for each in context["tokens"] if each["contract"] == token)
        symbol, decimals = known["symbol"], known["decimals"]
    labels = {each["address"]: each["label"] for each in context["whitelist"]}
    return {
        "asset": symbol,
        "token": token,
        "amount": str(amount),
        "decimals": decimals,
        "destination": destination,
        "label": labels.get(destination),
        "whitelisted": destination in labels,
    }


def read(case: dict[str, Any], context: dict[str, Any]) -> dict[str, Any]:
    payload = base64.b64decode(case["payload"])
    fields = rlp.decode(payload[1:])
    paid = transfer(fields, context)
    chain_id = int.from_bytes(fields[0], "big")
    account = next(a for a in context["accounts"] if a.get("chain_id") == chain_id)
    findings = []
    (claim,) = case["claim"]
    if {key: paid[key] for key in claim} != claim:
        findings.append(("CLAIM-MISMATCH", "asked for, not paid"))
    if not paid["whitelisted"]:
        findings.append(("WHITELIST", "not whitelisted"))
    most = int.from_bytes(fields[3], "big") * int.from_bytes(fields[4], "big")
    return {
        "contract": 1,
        "id": case["id"],
        "verdict": "refused" if findings else "cleared",
        "format": "eip-1559",
        "chain": "ethereum",
        "network": str(chain_id),
        "findings": [
            {"rule": rule, "severity": "refuse", "message": message, "where": ""}
            for rule, message in findings
        ],
        "account": account["name"],
        "source": account["address"],
        "transfers": [paid],
        "change": [],
        "fee": {"asset": "ETH", "maximum": str(most)},
        "digests": {"txid": None, "signing": [keccak(payload).hex()], "calldata": None},
        "guard": {"nonce": int.from_bytes(fields[1], "big"), "chain_id": chain_id},
    }


def _set(result: dict[str, Any], key: str, value: Any) -> None:
    result[key] = value


MISBEHAVIOURS: dict[str, Callable[[list[dict[str, Any]]], object]] = {
    "honest": lambda results: results,
    "refuse": lambda results: _set(results[-1], "verdict", "refused"),
    "find": lambda results: _set(results[-1], "findings", [DEAR]),
    "other-account": lambda results: _set(results[-1], "account", "somebody"),
    "other-chain": lambda results: _set(results[-1], "chain", "bitcoin"),
    "gap": lambda results: _set(results[-1]["guard"], "nonce", 9),
    "reorder": lambda results: results.reverse(),
    "fewer": lambda results: results.pop(),
    "other-contract": lambda results: _set(results[-1], "contract", 2),
    "floats": lambda results: _set(results[-1]["transfers"][0], "destination", 1.5),
    "garbage": lambda results: _set(results[-1], "id", 7),
}


def main(mode: str, context_file: Path) -> int:
    if mode == "crash":
        print("out of paper", file=sys.stderr)
        return 2
    if mode == "tell-environment":
        print(json.dumps(sorted(os.environ)), file=sys.stderr)
        return 1
    context = json.loads(context_file.read_text(encoding="utf-8"))
    cases = [json.loads(line) for line in sys.stdin]
    results = [read(case, {**context, **case.get("context", {})}) for case in cases]
    MISBEHAVIOURS[mode](results)
    for result in results:
        print(json.dumps(result))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[sys.argv.index("--context") + 1])))
