"""What else a Bitcoin transaction says: its inputs, when it may be mined, whether it is final."""

from collections.abc import Iterator
from datetime import UTC, datetime

from appliance.chains.bitcoin.field_shapes import LOCKTIME_IS_TIME
from appliance.chains.bitcoin.inputs import ReadInput, place
from appliance.chains.bitcoin.network import Network
from appliance.chains.bitcoin.psbt_fields import GlobalField
from appliance.chains.bitcoin.psbt_maps import Psbt
from appliance.chains.bitcoin.transaction import Transaction
from appliance.chains.bitcoin.wallet import Book
from appliance.model.money import format_amount, native_asset
from appliance.model.transaction import Fact
from appliance.wire.terms import Chain

_FINAL = 0xFFFFFFFF
_REPLACEABLE_BELOW = 0xFFFFFFFE
"""A sequence number below it signals that the transaction may be replaced (BIP-125)."""
_NO_RELATIVE_LOCK = 1 << 31
_RELATIVE_IS_TIME = 1 << 22
_RELATIVE_MASK = 0xFFFF
_RELATIVE_UNIT = 512
"""Seconds in one unit of a relative lock by time (BIP-68)."""


def facts(
    psbt: Psbt, inputs: tuple[ReadInput, ...], book: Book, network: Network
) -> Iterator[Fact]:
    """Say what people should read besides payments and fee."""
    transaction = psbt.transaction
    if book.is_empty:
        value = f"not told by the bytes; addresses are spelled for {network.name}"
        yield Fact("Network", value)
    yield Fact("Inputs", _inputs(inputs, network))
    yield from _locktime(transaction)
    yield from _relative_lock(transaction)
    yield from _sequences(transaction)
    yield Fact("Transaction version", str(transaction.version))
    signatures = sum(len(scope.partial_signatures) for scope in psbt.inputs)
    if signatures:
        yield Fact("Cosigners' signatures", f"{signatures:,}")
    yield from _proprietary(psbt)


def _proprietary(psbt: Psbt) -> Iterator[Fact]:
    carried = sum(field.type == GlobalField.PROPRIETARY for fields in psbt.maps for field in fields)
    if carried:
        yield Fact("Proprietary fields", f"{carried:,}, which change nothing that is signed")


def _inputs(inputs: tuple[ReadInput, ...], network: Network) -> str:
    known = tuple(read.output.amount for read in inputs if read.output)
    amount = format_amount(sum(known), native_asset(Chain.BITCOIN, network.name))
    unknown = len(inputs) - len(known)
    rest = f", and {unknown:,} of unknown amount" if unknown else ""
    return f"{len(inputs):,}, {amount} in total{rest}"


def _locktime(transaction: Transaction) -> Iterator[Fact]:
    locktime = transaction.locktime
    if locktime == 0:
        return
    if locktime < LOCKTIME_IS_TIME:
        when = f"not before block {locktime + 1:,}"
    else:
        moment = datetime.fromtimestamp(locktime, UTC)
        when = f"not before {moment:%Y-%m-%d %H:%M:%S} UTC"
    if all(spent.sequence == _FINAL for spent in transaction.inputs):
        when = f"{locktime:,}, without effect, since every input is final"
    yield Fact("Locktime", when)


def _sequences(transaction: Transaction) -> Iterator[Fact]:
    """Say whether it may be replaced, and every sequence number, since each is signed."""
    sequences = tuple(spent.sequence for spent in transaction.inputs)
    if not sequences:
        return
    replaceable = any(sequence < _REPLACEABLE_BELOW for sequence in sequences)
    yield Fact("Replaceable", "yes (BIP-125)" if replaceable else "no (BIP-125)")
    usual = sequences[0]
    differing = [(at, each) for at, each in enumerate(sequences) if each != usual]
    scope = "every other input" if differing else "every input"
    yield Fact("Sequence number", f"0x{usual:08x} on {scope}")
    for at, sequence in differing:
        yield Fact("Sequence number", f"0x{sequence:08x} on {place(at)}")


def _relative_lock(transaction: Transaction) -> Iterator[Fact]:
    """Report the longest wait of each kind after the spent outputs were mined (BIP-68)."""
    if transaction.version < 2:
        return
    locks = [spent.sequence for spent in transaction.inputs if spent.sequence < _NO_RELATIVE_LOCK]
    blocks = [lock & _RELATIVE_MASK for lock in locks if not lock & _RELATIVE_IS_TIME]
    units = [lock & _RELATIVE_MASK for lock in locks if lock & _RELATIVE_IS_TIME]
    if max(blocks, default=0):
        yield Fact("Relative lock", f"not before {max(blocks):,} blocks after an input was mined")
    if max(units, default=0):
        seconds = max(units) * _RELATIVE_UNIT
        yield Fact("Relative lock", f"not before {seconds:,} seconds after an input was mined")
