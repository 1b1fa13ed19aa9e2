"""A result for people: the same facts as the JSON, in lines, exceptions first."""

from collections.abc import Iterator
from typing import Any

from appliance.inspection.result import LABEL
from appliance.model.money import format_decimal
from appliance.model.text import grouped, literal


def told_result(result: dict[str, Any]) -> str:
    """Return a result as lines."""
    return "\n".join(_lines(result))


def _lines(result: dict[str, Any]) -> Iterator[str]:
    yield f"{result['verdict'].upper()}  {literal(str(result['id']))}"
    yield from map(_finding, result["findings"])
    if result["format"] == LABEL:
        yield f"  text shown as: {literal(result['text'])}"
    elif result["chain"]:
        network = f"{result['chain']} {literal(result['network'] or '')}".rstrip()
        yield f"  {result['format']} on {network}, from {literal(result['account'] or 'unknown')}"
    for transfer in result["transfers"]:
        yield from _transfer(transfer)
    for change in result["change"]:
        yield f"  change {int(change['amount']):,} base units, {literal(change['path'])}"
        yield f"    {grouped(change['destination'])}"
    if result["fee"]:
        fee = result["fee"]
        yield f"  fee at most {int(fee['maximum']):,} base units of {fee['asset']}"
    for name, digests in _digests(result["digests"]):
        yield f"  {name}: {', '.join(digests)}"
    for fact in result["facts"]:
        yield f"  {literal(fact['label'])}: {literal(fact['value'])}"


def _finding(finding: dict[str, str]) -> str:
    where = f" ({literal(finding['where'])})" if finding["where"] else ""
    return f"  {finding['severity']} {finding['rule']}: {literal(finding['message'])}{where}"


def _transfer(transfer: dict[str, Any]) -> Iterator[str]:
    yield f"  pays {_amount(transfer)}"
    yield f"    to {literal(transfer['label'] or 'NOT ON THE WHITELIST')}"
    yield f"    {grouped(literal(transfer['destination']))}"
    if "token_account" in transfer:
        yield f"    token account {grouped(transfer['token_account'])}"


def _digests(digests: dict[str, Any]) -> Iterator[tuple[str, list[str]]]:
    if digests["txid"]:
        yield "txid", [digests["txid"]]
    elif digests["signing"]:
        yield "digest to sign", digests["signing"]


def _amount(transfer: dict[str, Any]) -> str:
    units, decimals = int(transfer["amount"]), transfer["decimals"]
    symbol = literal(transfer["asset"])
    if decimals is None:
        return f"{units:,} base units of {symbol}"
    return f"{format_decimal(units, decimals)} {symbol} ({units:,} base units)"
