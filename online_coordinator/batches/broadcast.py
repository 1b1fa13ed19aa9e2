"""broadcast → confirm: raw transactions to their chains, and what the chains made of them."""

from dataclasses import dataclass

from django.db import transaction

from appliance.wire.epochs import BitcoinAccount, EthereumAccount
from appliance.wire.terms import Chain
from online_coordinator.batches.content import transactions_of, verified_content, withdrawals_of
from online_coordinator.batches.final import verify_payments
from online_coordinator.batches.flow import advance, out_of_order
from online_coordinator.batches.models import Batch, Transaction, TransactionState
from online_coordinator.errors import ChainNotServed, NodeAnswer
from online_coordinator.finalise.outcome import Final
from online_coordinator.nodes.ethereum_rpc import Receipt
from online_coordinator.requests.models import Withdrawal
from online_coordinator.settings.networks import Networks, network_named
from online_coordinator.wallets.services import account_of, bitcoin_node, ethereum_node
from online_coordinator.workflow import BatchState, RequestState, Step

TRANSFER_EVENT = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"
"""keccak-256 of `Transfer(address,address,uint256)` (ERC-20)."""

SENT = (TransactionState.BROADCAST.value, TransactionState.CONFIRMED.value)
SETTLED = (TransactionState.CONFIRMED.value, TransactionState.FAILED.value)


@dataclass(frozen=True, slots=True)
class Settlement:
    """What a chain says of a transaction: blocks on it, and whether it paid (None: not settled)."""

    confirmations: int
    paid: bool | None


def broadcast(batch: Batch, networks: Networks, now: int) -> None:
    """Send every transaction of a finalised batch, in order; sending again does no harm.

    Each is read again and compared with the requests first. When a node refuses one, those before
    it stay sent and the command can be given again. Raises FinalMismatch, NodeError, OutOfOrder.
    """
    if batch.state not in (BatchState.FINALISED.value, BatchState.BROADCAST.value):
        raise out_of_order(batch, Step.BROADCAST.value)
    content = verified_content(batch)
    pending = [each for each in transactions_of(batch) if each.state not in SETTLED]
    for stored in pending:
        verify_payments(stored, content, _final(stored))
    for stored in pending:
        _send(stored, networks)
    if batch.state == BatchState.FINALISED.value:
        advance(batch, Step.BROADCAST, now)


def _final(stored: Transaction) -> Final:
    return Final(bytes(stored.raw or b""), stored.txid)


def _send(stored: Transaction, networks: Networks) -> None:
    final = _final(stored)
    match Chain(stored.wallet.chain):
        case Chain.BITCOIN:
            bitcoin_node(stored.wallet, networks).broadcast(final.raw, final.txid)
        case Chain.ETHEREUM:
            ethereum_node(stored.wallet, networks).broadcast(final.raw, final.txid)
        case Chain.TRON | Chain.SOLANA:
            raise ChainNotServed(stored.wallet.chain)
    if stored.state == TransactionState.FINAL.value:
        stored.state = TransactionState.BROADCAST.value
        stored.save(update_fields=["state"])


def reconcile(batch: Batch, networks: Networks, now: int) -> None:
    """Compare a broadcast batch with its chains, and settle what is deep enough.

    Raises NodeError, OutOfOrder.
    """
    if batch.state not in (
        BatchState.BROADCAST.value,
        BatchState.CONFIRMED.value,
        BatchState.FAILED.value,
    ):
        raise out_of_order(batch, Step.CONFIRM.value)
    for stored in transactions_of(batch):
        _settle(stored, _settlement(stored, networks))
    if batch.state == BatchState.BROADCAST.value:
        states = set(transactions_of(batch).values_list("state", flat=True))
        if states == {TransactionState.CONFIRMED.value}:
            advance(batch, Step.CONFIRM, now)
        elif states <= set(SETTLED):
            advance(batch, Step.FAIL, now)


@transaction.atomic
def _settle(stored: Transaction, settlement: Settlement) -> None:
    stored.confirmations = settlement.confirmations
    if settlement.paid is not None and stored.state == TransactionState.BROADCAST.value:
        paid = settlement.paid
        stored.state = (TransactionState.CONFIRMED if paid else TransactionState.FAILED).value
        became = RequestState.PAID if paid else RequestState.FAILED
        Withdrawal.objects.filter(
            cover__transaction=stored, state=RequestState.BATCHED.value
        ).update(state=became.value)
    stored.save(update_fields=["confirmations", "state"])


def _settlement(stored: Transaction, networks: Networks) -> Settlement:
    match account_of(stored.wallet):
        case BitcoinAccount(network=name):
            network = network_named(networks.bitcoin, Chain.BITCOIN, name)
            depth = bitcoin_node(stored.wallet, networks).confirmations(stored.txid) or 0
            return Settlement(depth, True if depth >= max(network.confirmations, 1) else None)
        case EthereumAccount(network=name, address=address):
            least = network_named(networks.ethereum, Chain.ETHEREUM, name).confirmations
            receipt = ethereum_node(stored.wallet, networks).receipt(stored.txid)
            if receipt is None:
                return Settlement(0, None)
            deep = receipt.confirmations >= max(least, 1)
            paid = _paid(stored, receipt, address) if deep else None
            return Settlement(receipt.confirmations, paid)


def _paid(stored: Transaction, receipt: Receipt, source: str) -> bool:
    """Whether a mined transaction did pay: a token transfer must also have said so."""
    (withdrawal,) = withdrawals_of(stored)
    if not receipt.succeeded or not withdrawal.token:
        return receipt.succeeded
    topics = (TRANSFER_EVENT, _topic(source), _topic(withdrawal.destination))
    amounts = [
        int(log.data, 16)
        for log in receipt.logs
        if log.address == withdrawal.token.lower() and log.topics == topics
    ]
    if len(amounts) > 1:
        raise NodeAnswer(f"{stored.txid} emitted several transfers")
    return amounts == [withdrawal.amount]


def _topic(address: str) -> str:
    return "0x" + address[2:].lower().rjust(64, "0")
