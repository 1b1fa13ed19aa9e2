"""Transactions as the network writes them: parse strictly, serialize, name (BIP-144).

Every transaction has one encoding here: compact sizes are minimal, a witness is present only where
one is not empty, and nothing follows.
"""

from dataclasses import dataclass
from struct import Struct

from appliance.codecs import compact_size
from appliance.codecs.reader import Reader
from appliance.errors import MalformedTransaction
from appliance.hashes import sha256d

MAX_MONEY = 21_000_000 * 10**8
"""Base units that can ever exist; more in one output, or in all outputs, is no transaction."""

_OUTPOINT = Struct("<32sI")
_WITNESS_MARKER = b"\x00\x01"
_LEAST_INPUT = 41
_LEAST_OUTPUT = 9


@dataclass(frozen=True, slots=True)
class Outpoint:
    """Which output is spent: `txid` in the byte order of the wire, `index` in its transaction."""

    txid: bytes
    index: int


@dataclass(frozen=True, slots=True)
class Input:
    """An output being spent. `script_sig` and `witness` are empty until it is signed."""

    outpoint: Outpoint
    script_sig: bytes
    sequence: int
    witness: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Output:
    """Satoshi locked by a script."""

    amount: int
    script: bytes


@dataclass(frozen=True, slots=True)
class Transaction:
    """A transaction. `version` and `locktime` are unsigned numbers of 32 bits."""

    version: int
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    locktime: int


def parse_unsigned(data: bytes) -> Transaction:
    """Read an unsigned transaction: no witness form, and nothing in any script_sig (BIP-174).

    Raises MalformedTransaction.
    """
    transaction = _parse(data, allow_witness=False)
    if any(spent.script_sig for spent in transaction.inputs):
        raise MalformedTransaction("the unsigned transaction has an input script")
    return transaction


def parse(data: bytes) -> Transaction:
    """Read a transaction with or without witnesses (BIP-144). Raises MalformedTransaction."""
    return _parse(data, allow_witness=True)


def serialize(transaction: Transaction) -> bytes:
    """Return the one encoding of a transaction, with its witnesses where it has any."""
    if not any(spent.witness for spent in transaction.inputs):
        return serialize_stripped(transaction)
    return b"".join(
        (
            transaction.version.to_bytes(4, "little"),
            _WITNESS_MARKER,
            _body(transaction),
            *(_serialize_witness(spent.witness) for spent in transaction.inputs),
            transaction.locktime.to_bytes(4, "little"),
        )
    )


def serialize_stripped(transaction: Transaction) -> bytes:
    """Return the encoding without witnesses, which is what the txid names."""
    return (
        transaction.version.to_bytes(4, "little")
        + _body(transaction)
        + transaction.locktime.to_bytes(4, "little")
    )


def txid(transaction: Transaction) -> bytes:
    """Return what names a transaction, in the byte order of the wire."""
    return sha256d(serialize_stripped(transaction))


def display(wire_txid: bytes) -> bytes:
    """Return a txid in the byte order people write it in, which is the reverse of the wire's."""
    return wire_txid[::-1]


def serialize_outpoint(outpoint: Outpoint) -> bytes:
    """Return the 36 bytes of an outpoint."""
    return _OUTPOINT.pack(outpoint.txid, outpoint.index)


def serialize_output(output: Output) -> bytes:
    """Return the bytes of an output: the amount, and its script behind its length."""
    return output.amount.to_bytes(8, "little") + compact_size.prefixed(output.script)


def parse_output(data: bytes) -> Output:
    """Read exactly one output. Raises MalformedTransaction."""
    reader = Reader(data)
    output = _read_output(reader)
    reader.expect_end("the output")
    return output


def _parse(data: bytes, *, allow_witness: bool) -> Transaction:
    reader = Reader(data)
    version = reader.integer(4)
    has_witness = allow_witness and reader.peek(2) == _WITNESS_MARKER
    if has_witness:
        reader.take(2)
    inputs = tuple(_read_input(reader) for _ in range(_count(reader, _LEAST_INPUT)))
    outputs = tuple(_read_output(reader) for _ in range(_count(reader, _LEAST_OUTPUT)))
    if has_witness:
        inputs = _read_witnesses(reader, inputs)
    locktime = reader.integer(4)
    reader.expect_end("the transaction")
    if sum(output.amount for output in outputs) > MAX_MONEY:
        raise MalformedTransaction("the outputs are worth more than all coins there can be")
    return Transaction(version, inputs, outputs, locktime)


def _count(reader: Reader, least_size: int) -> int:
    """Read how many items follow, of at least this many bytes each."""
    count = compact_size.read(reader)
    if count * least_size > reader.left:
        raise MalformedTransaction("the transaction announces more than there is")
    return count


def _read_input(reader: Reader) -> Input:
    wire_txid, index = _OUTPOINT.unpack(reader.take(_OUTPOINT.size))
    script_sig = compact_size.read_bytes(reader)
    return Input(Outpoint(wire_txid, index), script_sig, reader.integer(4))


def _read_output(reader: Reader) -> Output:
    amount = reader.integer(8)
    if amount > MAX_MONEY:
        raise MalformedTransaction("an output is worth more than all coins there can be")
    return Output(amount, compact_size.read_bytes(reader))


def _read_witnesses(reader: Reader, inputs: tuple[Input, ...]) -> tuple[Input, ...]:
    signed = tuple(
        Input(spent.outpoint, spent.script_sig, spent.sequence, _read_witness(reader))
        for spent in inputs
    )
    if not any(spent.witness for spent in signed):
        raise MalformedTransaction("the transaction is written with a witness that is empty")
    return signed


def _read_witness(reader: Reader) -> tuple[bytes, ...]:
    return tuple(compact_size.read_bytes(reader) for _ in range(_count(reader, 1)))


def _body(transaction: Transaction) -> bytes:
    return b"".join(
        (
            compact_size.encode(len(transaction.inputs)),
            *map(_serialize_input, transaction.inputs),
            compact_size.encode(len(transaction.outputs)),
            *map(serialize_output, transaction.outputs),
        )
    )


def _serialize_input(spent: Input) -> bytes:
    return (
        serialize_outpoint(spent.outpoint)
        + compact_size.prefixed(spent.script_sig)
        + spent.sequence.to_bytes(4, "little")
    )


def _serialize_witness(witness: tuple[bytes, ...]) -> bytes:
    return compact_size.encode(len(witness)) + b"".join(map(compact_size.prefixed, witness))
