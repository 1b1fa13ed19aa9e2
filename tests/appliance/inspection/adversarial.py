"""The shared adversarial corpus, put to `appliance inspect`: names and units change, no decision.

Works on any world and any file of cases in the shared format (`adversarial/README.md`).
"""

import base64
import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

Table = dict[str, Any]

KINDS = {
    "psbt": "psbt",
    "eth-unsigned-tx": "unsigned-tx",
    "tron-raw-data": "unsigned-tx",
    "sol-message": "unsigned-tx",
    "eth-eip712": "typed-data",
    "eth-personal-sign": "message",
    "eth-7702-authorization": "authorization",
    "label": "label",
    "ur-stream": None,
    "bbqr-stream": None,
    "qr-text": None,
}
ENCODINGS = {"hex": "hex", "b64": "b64", "json": "utf8", "text": "utf8"}
SATOSHI, LAMPORTS = 8, 9
NATIVE = {"ETH": 18, "TRX": 6, "SOL": 9, "BTC": 8}


def context_of(world: Table) -> Table:
    """The reference policy of a world as a context of `appliance inspect`."""
    bitcoin, ethereum = world["bitcoin"], world["ethereum"]
    tron, solana = world["tron"], world["solana"]
    accounts = [
        {
            "name": name,
            "chain": "bitcoin",
            "network": "mainnet",
            "descriptor": descriptor,
            "range": [0, 1000],
        }
        for name, descriptor in bitcoin["wallet_descriptors"].items()
    ]
    accounts += [
        {
            "name": "eth",
            "chain": "ethereum",
            "chain_id": ethereum["chain_id"],
            "address": ethereum["address"],
            "next_nonce": ethereum["account_nonce_at_case_time"],
        },
        {"name": "trx", **_on("tron"), "address": tron["address"], "permission_id": 0},
        {
            "name": "sol",
            **_on("solana"),
            "address": solana["address"],
            "nonce_accounts": [solana["registered_nonce_account"]],
        },
    ]
    places = {
        "bitcoin": _on("bitcoin"),
        "ethereum": {"chain": "ethereum", "chain_id": ethereum["chain_id"]},
        "tron": _on("tron"),
        "solana": _on("solana"),
    }
    clock = datetime.fromtimestamp(tron["policy"]["clock_ms_at_case_time"] / 1000, UTC)
    return {
        "time": clock.isoformat(),
        "accounts": accounts,
        "tokens": [
            {
                **place,
                "contract": token.get("contract") or token["mint"],
                "symbol": token["symbol"],
                "decimals": token["decimals"],
            }
            for chain, place in places.items()
            for token in world[chain].get("tokens", [])
        ],
        "whitelist": [
            {**place, "address": entry["address"], "label": entry["label"]}
            for chain, place in places.items()
            for entry in world[chain]["whitelist"]
        ],
        "policy": _policy(world, places),
    }


def _on(chain: str) -> Table:
    return {"chain": chain, "network": "mainnet"}


def _policy(world: Table, places: Table) -> Table:
    limits = [{"asset": "BTC", "per_transaction": _units(world["bitcoin"]["policy"], "BTC")}]
    for chain in ("ethereum", "tron", "solana"):
        decimals = {t["symbol"]: t["decimals"] for t in world[chain]["tokens"]} | NATIVE
        limits += [
            {
                "asset": asset,
                "chain": chain,
                "per_transaction": base_units(amount, decimals[asset]),
            }
            for asset, amount in world[chain]["policy"]["per_tx_limit"].items()
        ]
    bitcoin, gwei = world["bitcoin"]["policy"], 9
    return {
        "require_whitelist": True,
        "limits": limits,
        "fees": {
            "bitcoin": {
                "max_rate_sat_vb": bitcoin["max_feerate_sat_vb"],
                "max_fraction": str(bitcoin["max_fee_fraction"]),
            },
            "ethereum": {
                "max_fee_per_gas": base_units(
                    world["ethereum"]["policy"]["max_fee_per_gas_gwei"], gwei
                )
            },
            "tron": {"max_fee_limit": base_units(world["tron"]["policy"]["max_fee_limit_trx"], 6)},
        },
    }


def _units(policy: Table, asset: str) -> str:
    return base_units(policy["per_tx_limit_btc"], NATIVE[asset])


def base_units(amount: object, decimals: int) -> str:
    """A decimal amount in main units as text of base units."""
    return str(int(Decimal(str(amount)).scaleb(decimals)))


def line_of(case: Table) -> Table:
    """A case of the corpus as a case line of contract 1."""
    line: Table = {"id": case["id"], "kind": KINDS[case["kind"]]}
    if case["chain"] != "any":
        line["chain"] = case["chain"]
    match case["encoding"]:
        case "json-frames":
            line["encoding"] = "ur" if case["kind"] == "ur-stream" else "bbqr"
            line["payload"] = case["payload"]
        case "json":
            line["encoding"], line["payload"] = "utf8", json.dumps(case["payload"])
        case encoding:
            line["encoding"], line["payload"] = ENCODINGS[encoding], case["payload"]
    return {name: value for name, value in line.items() if value is not None}


def verdict_of(result: Table) -> str:
    """accept, warn or reject."""
    if result["verdict"] == "refused":
        return "reject"
    asked = [f for f in result["findings"] if f["severity"] == "attention"]
    return "warn" if any(f["rule"] != "NO-CONTEXT" for f in asked) else "accept"


def fields_of(result: Table, case: Table) -> Table:
    """What the corpus calls the fields of a result, as far as the case asks for them."""
    told = {
        "bitcoin": _bitcoin_fields,
        "ethereum": _ethereum_fields,
        "tron": _tron_fields,
        "solana": _solana_fields,
        "any": _text_fields,
    }[case["chain"]](result, case)
    return {name: told.get(name) for name in case["expected_fields"]}


def _bitcoin_fields(result: Table, _: Table) -> Table:
    told = [(paid, name == "change") for name in ("transfers", "change") for paid in result[name]]
    told.sort(key=lambda each: int(each[0]["where"].removeprefix("output ")))
    outputs = [
        {"address": paid["destination"], "amount_sat": int(paid["amount"]), "is_change": is_change}
        for paid, is_change in told
    ]
    fee = int(result["fee"]["maximum"])
    return {
        "inputs_total_sat": fee + sum(each["amount_sat"] for each in outputs),
        "fee_sat": fee,
        "txid": result["digests"]["txid"],
        "outputs": [{"index": index, **each} for index, each in enumerate(outputs)],
    }


def _payment(result: Table) -> Table:
    (paid,) = result["transfers"]
    amount = Decimal(paid["amount"]).scaleb(-paid["decimals"]).normalize()
    return {
        "to": paid["destination"],
        "asset": paid["asset"],
        "amount": f"{amount:f}",
        "decimals": paid["decimals"],
        "token_contract": paid["token"],
    }


def _ethereum_fields(result: Table, _: Table) -> Table:
    types = {"eip-155": 0, "eip-2930": 1, "eip-1559": 2}
    fee = Decimal(result["fee"]["maximum"]).scaleb(-18).normalize()
    return {
        **_payment(result),
        "tx_type": types[result["format"]],
        "chain_id": result["guard"]["chain_id"],
        "nonce": result["guard"]["nonce"],
        "max_fee_eth": f"{fee:f}",
    }


def _tron_fields(result: Table, _: Table) -> Table:
    fee = Decimal(result["fee"]["maximum"]).scaleb(-6).normalize()
    return {**_payment(result), "owner": result["source"], "fee_limit_trx": f"{fee:f}"}


def _solana_fields(result: Table, _: Table) -> Table:
    paid = _payment(result)
    token_account = result["transfers"][0].get("token_account")
    return {
        **paid,
        "from_": result["source"],
        "to": token_account or paid["to"],
        "owner_of_destination": paid["to"],
    }


def _text_fields(result: Table, case: Table) -> Table:
    text = base64.b64decode(case["payload"]).decode()
    return {"display_equals_input": result.get("text") == text}
