"""What is paid for being mined: the fee, and the size that it is paid for."""

from collections.abc import Iterator

from appliance.chains.bitcoin.inputs import ReadInput
from appliance.chains.bitcoin.transaction import MAX_MONEY, Transaction
from appliance.errors import UnsupportedTransaction
from appliance.model.money import format_decimal
from appliance.model.rule import Rule, attention, refusal
from appliance.model.transaction import BitcoinFee, Fact
from appliance.wire.messages import Finding

MAX_STANDARD_WEIGHT = 400_000
"""Weight units over which no node relays a transaction (Bitcoin Core, policy/policy.h)."""

_UNKNOWN_WITNESS_SIZE = 66
"""Witness bytes of an input that is not ours: those of a taproot key, the fewest there can be, so
that a fee rate is never made to look smaller than it is."""
_EMPTY_WITNESS_SIZE = 1
_MARKER_SIZE = 2
_SHARE_DIGITS = 4

Inputs = tuple[ReadInput, ...]


def fee_of(transaction: Transaction, inputs: Inputs, stripped_size: int) -> BitcoinFee:
    """Return the fee, 0 where it is unknown or negative: then something has been refused."""
    witnesses = [
        read.owned.spendable.witness_size if read.owned else _UNKNOWN_WITNESS_SIZE
        for read in inputs
    ]
    witness = 0
    if any(witnesses):
        witness = _MARKER_SIZE + sum(size or _EMPTY_WITNESS_SIZE for size in witnesses)
    scripts = sum(read.owned.spendable.script_sig_size for read in inputs if read.owned)
    weight = 4 * (stripped_size + scripts) + witness
    return BitcoinFee(max(0, _left_over(transaction, inputs) or 0), (weight + 3) // 4)


def fee_objections(transaction: Transaction, inputs: Inputs) -> Iterator[Finding]:
    """Object to amounts that no chain of transactions can have."""
    left_over = _left_over(transaction, inputs)
    if left_over is not None and left_over < 0:
        message = f"the outputs are worth {-left_over:,} sat more than the inputs"
        yield refusal(Rule.FEE_NEGATIVE, message, "fee")
    paid = sum(output.amount for output in transaction.outputs)
    if paid > MAX_MONEY:
        message = f"{paid:,} sat are paid, more than all coins there can be"
        yield refusal(Rule.AMOUNT_INVALID, message, "outputs")
    total = sum(read.output.amount for read in inputs if read.output)
    if total > MAX_MONEY:
        message = f"the inputs are worth {total:,} sat, more than all coins there can be"
        yield refusal(Rule.PREVIOUS_TRANSACTION, message, "fee")


def verify_size(stripped_size: int) -> None:
    """Raise UnsupportedTransaction for a transaction that is too large before it is signed."""
    if 4 * stripped_size > MAX_STANDARD_WEIGHT:
        raise UnsupportedTransaction("the transaction is larger than any node relays")


def size_objections(fee: BitcoinFee) -> Iterator[Finding]:
    """Object to a transaction that may become too large when it is signed."""
    if 4 * fee.virtual_size > MAX_STANDARD_WEIGHT:
        message = "once signed the transaction may be larger than any node relays"
        yield attention(Rule.UNSUPPORTED, message)


def fee_fact(fee: BitcoinFee, paid: int) -> Fact:
    """Hold the fee against the size and against what is paid out."""
    rate = format_decimal(fee.total * 100 // fee.virtual_size, 2)
    size = f"{rate} sat/vB over about {fee.virtual_size:,} vB"
    if not paid:
        return Fact("Fee in proportion", f"{size}; nothing is paid out")
    share = format_decimal(fee.total * 10 ** (2 + _SHARE_DIGITS) // paid, _SHARE_DIGITS)
    return Fact("Fee in proportion", f"{size}, {share} % of what is paid out")


def _left_over(transaction: Transaction, inputs: Inputs) -> int | None:
    """Return what the inputs have over the outputs; None where an input's amount is unknown."""
    amounts = [read.output.amount for read in inputs if read.output]
    if len(amounts) != len(inputs):
        return None
    return sum(amounts) - sum(output.amount for output in transaction.outputs)
