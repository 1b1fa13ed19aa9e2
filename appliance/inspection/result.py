"""The result line of `appliance inspect` (contract 1). Amounts are decimal texts of base units."""

from typing import Any

from appliance.model.money import native_asset
from appliance.model.transaction import DecodedTransaction, Transfer
from appliance.policy.judge import is_refused
from appliance.policy.standing import StandingRules
from appliance.wire.messages import Finding
from appliance.wire.terms import Chain

CONTRACT = 1


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
            {"amount": str(item.amount), "destination": item.destination, "path": item.path}
            for item in transaction.change
        ],
        "fee": {"asset": fee_asset.symbol, "maximum": str(transaction.fee.maximum)},
        "digests": _digests(transaction),
        "guard": _guard(transaction),
        "facts": [{"label": fact.label, "value": fact.value} for fact in transaction.facts],
    }


def failed_result(case_id: object, finding: Finding) -> dict[str, Any]:
    """Say that nothing was understood, and why."""
    return {
        "contract": CONTRACT,
        "id": case_id,
        "verdict": "refused",
        "format": None,
        "chain": None,
        "network": None,
        "findings": [_finding(finding)],
        "account": None,
        "source": None,
        "transfers": [],
        "change": [],
        "fee": None,
        "digests": {"txid": None, "signing": [], "calldata": None},
        "guard": {},
        "facts": [],
    }


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
    }


def _digests(transaction: DecodedTransaction) -> dict[str, Any]:
    calldata = transaction.calldata_digest
    seen = dict.fromkeys(wanted.digest.hex() for wanted in transaction.signing)
    txid = transaction.digest.hex() if transaction.chain is Chain.BITCOIN else None
    return {
        "txid": txid,
        "signing": list(seen) if txid else [transaction.digest.hex()],
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
