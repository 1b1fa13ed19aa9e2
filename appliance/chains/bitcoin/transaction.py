"""Transactions as the network writes them: parse strictly, serialize, name (BIP-144).

Every transaction has one encoding here: compact sizes are minimal, a witness is present only where
one is not empty, and nothing follows.
"""

from dataclasses import dataclass
from struct import Struct

from appliance.chains.bitcoin.walk import (
    bytes_at,
    count_at,
    expect_end,
    size_at,
    whole,
)
from appliance.codecs import compact_size
from appliance.errors import MalformedTransaction
from appliance.hashes import sha256d

MAX_MONEY = 21_000_000 * 10**8
"""Base units that can ever exist; more in one output, or in all outputs, is no transaction."""

_OUTPOINT = Struct("<32sI")
_UNSIGNED_INPUT = Struct("<32sIxI")
_U32 = Struct("<I")
_AMOUNT = Struct("<Q")
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
    """An output to be spent, not yet signed."""

    outpoint: Outpoint
    sequence: int


@dataclass(frozen=True, slots=True)
class Output:
    """Satoshi locked by a script."""

    amount: int
    script: bytes


@dataclass(frozen=True, slots=True)
class Transaction:
    """An unsigned transaction. `version` and `locktime` are unsigned numbers of 32 bits."""

    version: int
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    locktime: int


@dataclass(frozen=True, slots=True)
class Previous:
    """A transaction that the network has: its name, computed from its bytes, and its outputs.

    `data` was walked to its end by the strict rules above, so it is the one encoding of what it
    says.
    """

    data: bytes
    txid: bytes
    outputs: tuple[Output, ...]


def parse_unsigned(data: bytes) -> Transaction:
    """Read an unsigned transaction: no witness form, and nothing in any input's script (BIP-174).

    Raises MalformedTransaction.
    """
    return whole(_unsigned, data)


def parse_previous(data: bytes) -> Previous:
    """Read a transaction with or without witnesses (BIP-144). Raises MalformedTransaction."""
    return whole(_previous, data)


def parse_output(data: bytes) -> Output:
    """Read exactly one output. Raises MalformedTransaction."""
    return whole(_output, data)


def serialize_stripped(transaction: Transaction) -> bytes:
    """Return the encoding without witnesses, which is what the txid names."""
    return b"".join(
        (
            _U32.pack(transaction.version),
            compact_size.encode(len(transaction.inputs)),
            *(
                _UNSIGNED_INPUT.pack(spent.outpoint.txid, spent.outpoint.index, spent.sequence)
                for spent in transaction.inputs
            ),
            compact_size.encode(len(transaction.outputs)),
            *map(serialize_output, transaction.outputs),
            _U32.pack(transaction.locktime),
        )
    )


def display(wire_txid: bytes) -> bytes:
    """Return a txid in the byte order people write it in, which is the reverse of the wire's."""
    return wire_txid[::-1]


def serialize_outpoint(outpoint: Outpoint) -> bytes:
    """Return the 36 bytes of an outpoint."""
    return _OUTPOINT.pack(outpoint.txid, outpoint.index)


def serialize_output(output: Output) -> bytes:
    """Return the bytes of an output: the amount, and its script behind its length."""
    return _AMOUNT.pack(output.amount) + compact_size.prefixed(output.script)


def _unsigned(data: bytes) -> Transaction:
    (version,) = _U32.unpack_from(data)
    count, at = count_at(data, 4, _LEAST_INPUT)
    inputs = []
    for _ in range(count):
        if data[at + 36]:
            raise MalformedTransaction("the unsigned transaction has an input script")
        wire_txid, index, sequence = _UNSIGNED_INPUT.unpack_from(data, at)
        inputs.append(Input(Outpoint(wire_txid, index), sequence))
        at += _LEAST_INPUT
    outputs, at = _outputs_at(data, at)
    (locktime,) = _U32.unpack_from(data, at)
    expect_end(data, at + 4, "the transaction")
    return Transaction(version, tuple(inputs), outputs, locktime)


def _previous(data: bytes) -> Previous:
    has_witness = data[4:6] == _WITNESS_MARKER
    body = 6 if has_witness else 4
    count, at = count_at(data, body, _LEAST_INPUT)
    for _ in range(count):
        size, at = size_at(data, at + 36)
        at += size + 4
    outputs, at = _outputs_at(data, at)
    body_end = at
    if has_witness:
        at = _behind_witnesses(data, at, count)
    expect_end(data, at + 4, "the transaction")
    stripped = data[:4] + data[body:body_end] + data[at:] if has_witness else data
    return Previous(data, sha256d(stripped), outputs)


def _outputs_at(data: bytes, at: int) -> tuple[tuple[Output, ...], int]:
    count, at = count_at(data, at, _LEAST_OUTPUT)
    outputs = []
    for _ in range(count):
        output, at = _output_at(data, at)
        outputs.append(output)
    return tuple(outputs), at


def _output(data: bytes) -> Output:
    output, at = _output_at(data, 0)
    expect_end(data, at, "the output")
    return output


def _output_at(data: bytes, at: int) -> tuple[Output, int]:
    (amount,) = _AMOUNT.unpack_from(data, at)
    script, at = bytes_at(data, at + 8)
    return Output(amount, script), at


def _behind_witnesses(data: bytes, at: int, inputs: int) -> int:
    """Walk over one witness for each input; at least one of them must have an item."""
    items = 0
    for _ in range(inputs):
        count, at = count_at(data, at, 1)
        for _ in range(count):
            size, at = size_at(data, at)
            at += size
        items += count
    if not items:
        raise MalformedTransaction("the transaction is written with a witness that is empty")
    return at
