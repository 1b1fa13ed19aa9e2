"""Bitcoin: many requests of one wallet → PSBTs (BIP-174), coins and fee chosen by the node.

Every input carries its previous transaction whole, so that the appliance can check each amount
(CVE-2020-14199).
"""

import base64
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal

from embit.psbt import PSBT
from embit.transaction import Transaction, TransactionOutput

from appliance.wire.epochs import BitcoinAccount
from online_coordinator.addresses import address_of, script_of
from online_coordinator.amounts import amount_text
from online_coordinator.builders.payment import BuiltTransaction, Consumed, Payment
from online_coordinator.errors import (
    BuildRefused,
    CoordinatorError,
    FeeCeiling,
    FeeUnknown,
    FundsShort,
    NodeAnswer,
    NodeRefused,
    foreign,
)
from online_coordinator.nodes.bitcoin_core import (
    SATOSHI_DECIMALS,
    BitcoinCore,
    Funding,
    Outpoint,
)

MAX_OUTPUTS = 100
"""Payments in one transaction: what people can still review."""


@dataclass(frozen=True, slots=True)
class Spending:
    """What may be spent, and how.

    `held` are coins of batches in flight; `change_index` picks the change descriptor, in turn;
    `max_rate_sat_vb` is the appliance's fee ceiling, None where it has none.
    """

    account: BitcoinAccount
    held: frozenset[Outpoint]
    change_index: int
    max_rate_sat_vb: int | None


def build(
    payments: tuple[Payment, ...], spending: Spending, node: BitcoinCore
) -> tuple[BuiltTransaction, ...]:
    """Return the transactions that pay `payments`, their coins locked at the node.

    Raises BuildRefused or NodeError, and then has locked nothing more than `spending.held`.
    """
    rate = _fee_rate(node, spending.max_rate_sat_vb)
    taken = set(spending.held)
    built = []
    try:
        for start in range(0, len(payments), MAX_OUTPUTS):
            group = payments[start : start + MAX_OUTPUTS]
            node.hold_exactly(taken)
            transaction = _build_one(group, spending, rate, node)
            taken |= {Outpoint(used.subject, used.position) for used in transaction.consumes}
            built.append(transaction)
        node.hold_exactly(taken)
    except CoordinatorError:
        node.hold_exactly(spending.held)
        raise
    return tuple(built)


def _fee_rate(node: BitcoinCore, ceiling: int | None) -> Decimal:
    rate = node.fee_rate()
    if rate is None:
        raise FeeUnknown(f"{node.endpoint.name} has no fee estimate and none is configured")
    if ceiling is not None and rate > ceiling:
        raise FeeCeiling(f"the node asks {rate} sat/vB, the appliance allows {ceiling}")
    return rate


def _build_one(
    group: tuple[Payment, ...], spending: Spending, rate: Decimal, node: BitcoinCore
) -> BuiltTransaction:
    pairs, network = spending.account.pairs, spending.account.network
    change_address = node.address_of(pairs[spending.change_index % len(pairs)].change)
    text, fee = _fund(group, Funding(_outputs(group, network), change_address, rate), node)
    psbt = _parse(text)
    added = [_add_previous(psbt, index, node) for index in range(len(psbt.inputs))]
    change = _verify_outputs(psbt, group, network, change_address)
    consumes = tuple(Consumed(each.txid.hex(), each.vout) for each in psbt.tx.vin)
    return BuiltTransaction(
        payload=psbt.serialize() if any(added) else base64.b64decode(text),
        covers=tuple(payment.request for payment in group),
        consumes=consumes,
        digest=psbt.tx.txid().hex(),
        maximum_fee=fee,
        facts={
            "fee rate": f"{rate.normalize():f} sat/vB",
            "inputs": str(len(consumes)),
            "change": amount_text(change, SATOSHI_DECIMALS, "BTC") if change else "none",
            "change address": change_address if change else "none",
        },
    )


def _outputs(group: tuple[Payment, ...], network: str) -> bytes:
    paid = [
        TransactionOutput(payment.amount, script_of(network, payment.destination))
        for payment in group
    ]
    return bytes(Transaction(vin=[], vout=paid).serialize())


def _fund(group: tuple[Payment, ...], funding: Funding, node: BitcoinCore) -> tuple[str, int]:
    try:
        return node.fund(funding)
    except NodeRefused as refusal:
        wanted = sum(payment.amount for payment in group)
        available = sum(node.unspent(1).values())
        if available <= wanted:
            raise FundsShort(
                f"wallet {node.wallet} has {amount_text(available, SATOSHI_DECIMALS, 'BTC')} "
                f"free and confirmed; {amount_text(wanted, SATOSHI_DECIMALS, 'BTC')} and the fee "
                "are wanted"
            ) from None
        raise BuildRefused(f"the node cannot fund the transaction: {refusal.what}") from None


def _parse(text: str) -> PSBT:
    try:
        return PSBT.from_string(text)
    except ValueError as fault:
        raise NodeAnswer(f"the node's PSBT does not parse: {foreign(str(fault))}") from None


def _add_previous(psbt: PSBT, index: int, node: BitcoinCore) -> bool:
    """Make sure that an input carries its previous transaction. Returns whether it was added."""
    spent, scope = psbt.tx.vin[index], psbt.inputs[index]
    added = scope.non_witness_utxo is None
    if added:
        scope.non_witness_utxo = Transaction.parse(node.previous_transaction(spent.txid.hex()))
    if scope.non_witness_utxo.txid() != spent.txid:
        raise NodeAnswer(f"the node gives another transaction for {spent.txid.hex()}")
    return added


def _verify_outputs(
    psbt: PSBT, group: tuple[Payment, ...], network: str, change_address: str
) -> int:
    """Return the change. Raises NodeAnswer unless all else is exactly what was asked for."""
    paid = Counter((address_of(network, out.script_pubkey), out.value) for out in psbt.tx.vout)
    asked: Counter[tuple[str | None, int]] = Counter(
        (payment.destination, payment.amount) for payment in group
    )
    rest = tuple((paid - asked).elements())
    match rest:
        case ():
            change = 0
        case ((address, amount),) if address == change_address:
            change = amount
        case _:
            raise NodeAnswer("the node's PSBT pays something that was not asked for")
    if asked - paid:
        raise NodeAnswer("the node's PSBT leaves out something that was asked for")
    return change
