"""The result line of `appliance inspect` (contract 1). Amounts are decimal texts of base units."""

from datetime import UTC, datetime
from typing import Any

from appliance.inspection.messages import ExplainedMessage
from appliance.model.money import native_asset
from appliance.model.text import literal
from appliance.model.transaction import DecodedTransaction, Fact, Transfer
from appliance.policy.judge import is_refused
from appliance.policy.standing import StandingRules
from appliance.wire.messages import Finding
from appliance.wire.terms import Chain

CONTRACT = 1
LABEL = "label"


def result_of(
    case_id: object,
    transaction: DecodedTransaction,
    standing: StandingRules,
    findings: tuple[Finding, ...],
) -> dict[str, Any]:
    """Say everything that was understood, and every finding."""
    fee_asset = native_asset(transaction.chain, transaction.network)
    return {
        "contract": CONTRACT,
        "id": case_id,
        "verdict": "refused" if is_refused(findings) else "cleared",
        "format": transaction.format,
        "chain": transaction.chain.value,
        "network": transaction.network,
        "findings": [_finding(finding) for finding in findings],
        "account": transaction.account,
        "source": transaction.source,
        "transfers": [_transfer(item, transaction, standing) for item in transaction.transfers],
        "change": [
            {
                "amount": str(item.amount),
                "destination": item.destination,
                "path": item.path,
                "where": item.where,
            }
            for item in transaction.change
        ],
        "fee": {"asset": fee_asset.symbol, "maximum": str(transaction.fee.maximum)},
        "digests": _digests(transaction),
        "guard": _guard(transaction),
        "facts": [_fact(fact) for fact in transaction.facts],
    }


def label_result(case_id: object, text: bytes, findings: tuple[Finding, ...]) -> dict[str, Any]:
    """Say whether a text may be shown to people, and how it is shown (the public text rule)."""
    shown = text.decode("utf-8", "backslashreplace")
    refused = is_refused(findings)
    return {
        **_empty_result(case_id, findings),
        "verdict": "refused" if refused else "cleared",
        "format": LABEL,
        "text": literal(shown) if refused else shown,
    }


def message_result(case_id: object, explained: ExplainedMessage) -> dict[str, Any]:
    """Say what a message, typed data or an authorisation would do; it is refused whatever it is."""
    digest = explained.digest
    return {
        **_empty_result(case_id, explained.findings),
        "format": explained.format,
        "chain": explained.chain.value if explained.chain else None,
        "network": explained.network,
        "digests": {"txid": None, "signing": [digest.hex()] if digest else [], "calldata": None},
        "facts": [_fact(fact) for fact in explained.facts],
    }


def failed_result(case_id: object, finding: Finding) -> dict[str, Any]:
    """Say that nothing was understood, and why."""
    return _empty_result(case_id, (finding,))


def _empty_result(case_id: object, findings: tuple[Finding, ...]) -> dict[str, Any]:
    return {
        "contract": CONTRACT,
        "id": case_id,
        "verdict": "refused",
        "format": None,
        "chain": None,
        "network": None,
        "findings": [_finding(finding) for finding in findings],
        "account": None,
        "source": None,
        "transfers": [],
        "change": [],
        "fee": None,
        "digests": {"txid": None, "signing": [], "calldata": None},
        "guard": {},
        "facts": [],
    }


def _fact(fact: Fact) -> dict[str, str]:
    return {"label": fact.label, "value": fact.value}


def _finding(finding: Finding) -> dict[str, str]:
    return {
        "rule": finding.rule,
        "severity": finding.severity.value,
        "message": finding.message,
        "where": finding.where,
    }


def _transfer(
    transfer: Transfer, transaction: DecodedTransaction, standing: StandingRules
) -> dict[str, Any]:
    label = standing.label((transaction.chain, transaction.network, transfer.destination))
    return {
        "asset": transfer.asset.symbol,
        "token": transfer.asset.token,
        "amount": str(transfer.amount),
        "decimals": transfer.asset.decimals,
        "destination": transfer.destination,
        "label": label,
        "whitelisted": label is not None,
        "where": transfer.where,
        **({"token_account": transfer.token_account} if transfer.token_account else {}),
    }


def _digests(transaction: DecodedTransaction) -> dict[str, Any]:
    calldata = transaction.calldata_digest
    seen = dict.fromkeys(wanted.digest.hex() for wanted in transaction.signing)
    own = transaction.digest.hex()
    return {
        "txid": own if transaction.chain in (Chain.BITCOIN, Chain.TRON) else None,
        "signing": list(seen) if transaction.chain is Chain.BITCOIN else [own],
        "calldata": calldata.hex() if calldata else None,
    }


def _guard(transaction: DecodedTransaction) -> dict[str, Any]:
    match transaction.chain:
        case Chain.BITCOIN:
            outpoints = [f"{held.subject}:{held.position}" for held in transaction.reserves]
            return {"outpoints": outpoints}
        case Chain.ETHEREUM:
            nonces = [held.position for held in transaction.reserves]
            return {
                "nonce": nonces[0] if nonces else None,
                "chain_id": int(transaction.network),
                "expires": None,
            }
        case Chain.TRON:
            return {"expires": _iso_time(transaction.expires)}
        case Chain.SOLANA:
            own = transaction.digest.hex()
            held = next((each.subject for each in transaction.reserves if each.subject != own), "")
            account, _, nonce = held.partition(":")
            return {"nonce_account": account or None, "nonce": nonce or None, "expires": None}


def _iso_time(milliseconds: int | None) -> str | None:
    if milliseconds is None:
        return None
    try:
        time = datetime.fromtimestamp(milliseconds // 1000, UTC)
    except (OverflowError, ValueError, OSError):
        return None
    return time.isoformat().replace("+00:00", "Z")
