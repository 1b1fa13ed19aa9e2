"""What a batch holds, and whether the database still agrees with itself about it."""

from django.db.models import QuerySet

from appliance.wire import record
from appliance.wire.errors import NotCanonical
from appliance.wire.messages import Audience, BatchContent, WithdrawalRequest
from online_coordinator.appliances.models import Appliance
from online_coordinator.appliances.services import genesis_of
from online_coordinator.batches.models import Batch, Cover, Transaction
from online_coordinator.errors import BatchAltered
from online_coordinator.requests.models import Withdrawal


def audience_of(appliance: Appliance) -> Audience:
    """Return whom messages to an appliance name."""
    return Audience.of(genesis_of(appliance))


def request_record(withdrawal: Withdrawal) -> WithdrawalRequest:
    """Return a withdrawal request as it crosses the gap."""
    return WithdrawalRequest(
        id=withdrawal.identifier,
        wallet=withdrawal.wallet.name,
        asset=withdrawal.asset,
        token=withdrawal.token or None,
        amount=withdrawal.amount,
        destination=withdrawal.destination,
        reference=withdrawal.reference,
    )


def transactions_of(batch: Batch) -> QuerySet[Transaction]:
    """Return a batch's transactions, in their order."""
    return Transaction.objects.filter(batch=batch).select_related("wallet")


def withdrawals_of(transaction: Transaction) -> QuerySet[Withdrawal]:
    """Return the requests that a transaction pays, in their order."""
    found = Withdrawal.objects.filter(cover__transaction=transaction)
    return found.select_related("wallet").order_by("cover__pk")


def verified_content(batch: Batch) -> BatchContent:
    """Return what maker and checker approve.

    Raises BatchAltered unless the stored bytes, their digest, the requests and the transactions in
    the database all say the same.
    """
    try:
        content = record.decode(BatchContent, bytes(batch.content))
    except NotCanonical as fault:
        raise BatchAltered(f"the content of batch {batch.name} is damaged: {fault.what}") from None
    if content.digest.hex() != batch.digest or content.batch != batch.name:
        raise BatchAltered(f"the content of batch {batch.name} is not the one of its digest")
    if content.audience != audience_of(batch.appliance):
        raise BatchAltered(f"batch {batch.name} was made for another appliance")
    covers = Cover.objects.filter(transaction__batch=batch)
    stored = {
        cover.withdrawal.identifier: request_record(cover.withdrawal)
        for cover in covers.select_related("withdrawal__wallet")
    }
    if stored != {request.id: request for request in content.withdrawals}:
        raise BatchAltered(f"a withdrawal request of batch {batch.name} was changed after it")
    payloads = {each.identifier: bytes(each.payload) for each in transactions_of(batch)}
    if payloads != {each.id: each.payload for each in content.transactions}:
        raise BatchAltered(f"a transaction of batch {batch.name} was changed after it")
    return content
