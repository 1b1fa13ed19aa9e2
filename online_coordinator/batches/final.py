"""finalise: raw transactions, read again and compared with what was requested."""

from collections import Counter

from django.db import transaction

from appliance.wire.epochs import BitcoinAccount, EthereumAccount
from appliance.wire.messages import BatchContent
from online_coordinator.batches.content import transactions_of, verified_content
from online_coordinator.batches.flow import advance, note, verify_step
from online_coordinator.batches.models import Batch, Transaction, TransactionState
from online_coordinator.errors import FinalMismatch, NameUnknown, foreign
from online_coordinator.finalise.outcome import Final, Paid, PartlySigned
from online_coordinator.wallets.services import account_of
from online_coordinator.workflow import Step

UNFINISHED = (TransactionState.UNSIGNED.value, TransactionState.PARTLY_SIGNED.value)


def verify_payments(stored: Transaction, content: BatchContent, final: Final) -> None:
    """Read a final transaction again. Raises FinalMismatch unless it pays just what was asked."""
    unsigned = next(each for each in content.transactions if each.id == stored.identifier)
    asked = Counter(
        Paid(request.token, request.amount, request.destination)
        for request in content.withdrawals
        if request.id in unsigned.covers
    )
    paid = _paid(account_of(stored.wallet), unsigned.payload, final)
    if Counter(paid) != asked:
        raise FinalMismatch(f"{stored.identifier} does not pay exactly what was requested")


def _paid(
    account: BitcoinAccount | EthereumAccount, payload: bytes, final: Final
) -> tuple[Paid, ...]:
    from online_coordinator.finalise import bitcoin, ethereum  # noqa: PLC0415 - heavy, and few commands need it

    match account:
        case BitcoinAccount():
            return bitcoin.verify_final(payload, account, final)[0]
        case EthereumAccount(address=address):
            return (ethereum.verify_final(payload, address, final),)


def complete(batch: Batch, now: int) -> None:
    """Take the finalise step once no transaction waits for a signature."""
    if not transactions_of(batch).filter(state__in=UNFINISHED).exists():
        advance(batch, Step.FINALISE, now)


@transaction.atomic
def add_cosigner(batch: Batch, identifier: str, psbt: bytes, now: int) -> Transaction:
    """Add a cosigner's signatures to a multisig transaction, and finalise what is then complete.

    Raises ResponseSignature unless each verifies, OutOfOrder, NameUnknown.
    """
    from online_coordinator.finalise import bitcoin  # noqa: PLC0415 - heavy, and few commands need it

    verify_step(batch, Step.FINALISE)
    content = verified_content(batch)
    stored = transactions_of(batch).filter(identifier=identifier).first()
    if stored is None or stored.partial is None:
        raise NameUnknown(f"{foreign(identifier)} is no multisig transaction of {batch.name}")
    if stored.state != TransactionState.PARTLY_SIGNED.value:
        return stored
    match bitcoin.add_cosigner(bytes(stored.partial), psbt):
        case Final() as final:
            verify_payments(stored, content, final)
            stored.raw, stored.txid = final.raw, final.txid
            stored.state = TransactionState.FINAL.value
        case PartlySigned(psbt=partial):
            stored.partial = partial
    stored.save(update_fields=["raw", "txid", "partial", "state"])
    note(batch, "cosign", now, identifier)
    complete(batch, now)
    return stored
