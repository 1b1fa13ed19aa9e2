"""What a batch looks like to people and programs: one table of plain values."""

from typing import Any

from appliance.wire.terms import Chain
from appliance.wire.words import words_of
from online_coordinator.amounts import decimal_text
from online_coordinator.batches.content import transactions_of, withdrawals_of
from online_coordinator.batches.models import Approval, Batch, Event, Export, Response, Transaction
from online_coordinator.clock import iso_time
from online_coordinator.people.models import Operator
from online_coordinator.requests.models import Withdrawal
from online_coordinator.wallets.services import NATIVE
from online_coordinator.workflow import BatchState, steps_from


def batch_report(batch: Batch) -> dict[str, Any]:
    """Return everything about a batch. Amounts are decimal texts of base units."""
    return {
        **batch_summary(batch),
        "next": [step.value for step in steps_from(BatchState(batch.state))],
        "approvals": [_approval(each) for each in Approval.objects.filter(batch=batch)],
        "exports": [_export(each) for each in Export.objects.filter(batch=batch)],
        "responses": [_response(each) for each in Response.objects.filter(export__batch=batch)],
        "transactions": [_transaction(each) for each in transactions_of(batch)],
        "events": [
            {"step": each.step, "at": iso_time(each.at), "detail": each.detail}
            for each in Event.objects.filter(batch=batch)
        ],
    }


def batch_summary(batch: Batch) -> dict[str, Any]:
    """Return what tells one batch from another."""
    return {
        "batch": batch.name,
        "state": batch.state,
        "appliance": batch.appliance.identity,
        "realm": batch.appliance.realm,
        "digest": batch.digest,
        "words": list(words_of(bytes.fromhex(batch.digest))),
        "created": iso_time(batch.created),
    }


def _approval(approval: Approval) -> dict[str, str]:
    person = Operator.objects.filter(key=approval.key).first()
    return {
        "role": approval.role,
        "name": person.name if person else "",
        "key": approval.key,
        "given": iso_time(approval.given),
    }


def _export(export: Export) -> dict[str, Any]:
    return {
        "sequence": export.sequence,
        "request_digest": export.digest,
        "created": iso_time(export.created),
        "expires": iso_time(export.expires),
    }


def _response(response: Response) -> dict[str, Any]:
    return {
        "outcome": response.outcome,
        "response_digest": response.digest,
        "detail": response.detail,
        "journal": {"index": response.journal_index, "head": response.journal_head},
        "imported": iso_time(response.imported),
    }


def _transaction(transaction: Transaction) -> dict[str, Any]:
    symbol, decimals = NATIVE[Chain(transaction.wallet.chain)]
    return {
        "id": transaction.identifier,
        "chain": transaction.wallet.chain,
        "network": transaction.wallet.network,
        "wallet": transaction.wallet.name,
        "state": transaction.state,
        "digest": transaction.digest,
        "txid": transaction.txid or None,
        "confirmations": transaction.confirmations,
        "transfers": [_transfer(each) for each in withdrawals_of(transaction)],
        "fee": {
            "asset": symbol,
            "maximum": str(transaction.maximum_fee),
            "decimals": decimals,
            "text": decimal_text(transaction.maximum_fee, decimals),
        },
        "facts": transaction.reading,
    }


def _transfer(withdrawal: Withdrawal) -> dict[str, Any]:
    return {
        "request": withdrawal.identifier,
        "asset": withdrawal.asset,
        "token": withdrawal.token or None,
        "amount": str(withdrawal.amount),
        "decimals": withdrawal.decimals,
        "text": decimal_text(withdrawal.amount, withdrawal.decimals),
        "destination": withdrawal.destination,
        "reference": withdrawal.reference,
        "state": withdrawal.state,
    }
