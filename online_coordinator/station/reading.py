"""What the appliance's reader said about one transaction, as values."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from online_coordinator.errors import InspectFailed, foreign

T = TypeVar("T")

CONTRACT = 1


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule's word: severity `refuse`, `attention` or `info`."""

    rule: str
    severity: str
    message: str
    where: str


@dataclass(frozen=True, slots=True)
class Transfer:
    """What is paid, in base units; `decimals` is None for an unknown token."""

    asset: str
    token: str | None
    amount: int
    decimals: int | None
    destination: str
    label: str | None


@dataclass(frozen=True, slots=True)
class Change:
    """What comes back, in base units of the chain's coin."""

    amount: int
    destination: str
    path: str


@dataclass(frozen=True, slots=True)
class Reading:
    """One transaction as read. `nonce` is None on chains that have none."""

    id: str
    cleared: bool
    format: str
    chain: str
    network: str
    account: str
    transfers: tuple[Transfer, ...]
    change: tuple[Change, ...]
    fee_asset: str
    fee_maximum: int
    digest: str
    nonce: int | None
    findings: tuple[Finding, ...]


def parse_reading(line: Any) -> Reading:
    """Return the reading that a result object states. Raises InspectFailed."""
    try:
        return _reading(line)
    except (KeyError, TypeError, ValueError, AttributeError) as fault:
        raise InspectFailed(
            f"the inspector's answer has not its agreed shape: {foreign(repr(fault))}"
        ) from None


def _reading(line: dict[str, Any]) -> Reading:
    if line["contract"] != CONTRACT:
        raise InspectFailed(f"the inspector speaks contract {foreign(str(line['contract']))}")
    fee = line["fee"] or {"asset": "", "maximum": "0"}
    digests = line["digests"]
    nonce = (line.get("guard") or {}).get("nonce")
    return Reading(
        id=_text(line["id"]),
        cleared=line["verdict"] == "cleared",
        format=_text(line["format"] or "not understood"),
        chain=_text(line["chain"] or ""),
        network=_text(line["network"] or ""),
        account=_text(line["account"] or ""),
        transfers=_each(line["transfers"], _transfer),
        change=_each(line["change"], _change),
        fee_asset=_text(fee["asset"]),
        fee_maximum=int(fee["maximum"]),
        digest=_text(digests["txid"] or next(iter(digests["signing"]), "")),
        nonce=None if nonce is None else int(nonce),
        findings=_each(line["findings"], _finding),
    )


def _each(items: Any, read: Callable[[dict[str, Any]], T]) -> tuple[T, ...]:
    return tuple(read(item) for item in items)


def _transfer(item: dict[str, Any]) -> Transfer:
    decimals, label, token = item["decimals"], item["label"], item["token"]
    return Transfer(
        asset=_text(item["asset"]),
        token=None if token is None else _text(token),
        amount=int(item["amount"]),
        decimals=None if decimals is None else int(decimals),
        destination=_text(item["destination"]),
        label=None if label is None else _text(label),
    )


def _change(item: dict[str, Any]) -> Change:
    return Change(int(item["amount"]), _text(item["destination"]), _text(item.get("path") or ""))


def _finding(item: dict[str, Any]) -> Finding:
    return Finding(*(_text(item[key]) for key in ("rule", "severity", "message", "where")))


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("a text is not a text")
    return value
