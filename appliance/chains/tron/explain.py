"""What a contract that is refused would have done, by its type."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass

from appliance.chains.tron.operations import OPERATIONS, Operation
from appliance.chains.tron.permissions import PERMISSION_UPDATE, permission_clauses
from appliance.chains.tron.words import account, number, resource, trx, words
from appliance.codecs import protobuf
from appliance.codecs.protobuf import Field, Message, Scalar, Values
from appliance.errors import MalformedTransaction

MAX_VOTES = 8
"""Candidates that are named; a vote may have thirty."""

_OWNER = Field(1, "owner", Scalar.BYTES)
_VOTE = Message("Vote", (Field(1, "address", Scalar.BYTES), Field(2, "count", Scalar.INT64)))
_VOTES = Message("VoteWitnessContract", (_OWNER, Field(2, "votes", _VOTE, repeated=True)))
_ASSET_VOTES = Message(
    "VoteAssetContract",
    (_OWNER, Field(2, "votes", Scalar.BYTES, repeated=True), Field(5, "count", Scalar.INT32)),
)
_NEW = Message(
    "SmartContract",
    (
        Field(4, "bytecode", Scalar.BYTES),
        Field(5, "call_value", Scalar.INT64),
        Field(7, "name", Scalar.STRING),
    ),
)
_CREATE = Message(
    "CreateSmartContract",
    (_OWNER, Field(2, "new", _NEW), Field(3, "tokens", Scalar.INT64), Field(4, "id", Scalar.INT64)),
)
_DELEGATE = Message(
    "DelegateResourceContract",
    (
        _OWNER,
        Field(2, "resource", Scalar.INT32),
        Field(3, "balance", Scalar.INT64),
        Field(4, "receiver", Scalar.BYTES),
        Field(5, "lock", Scalar.BOOL),
        Field(6, "lock_period", Scalar.INT64),
    ),
)
_CALL = Message(
    "TriggerSmartContract",
    (
        _OWNER,
        Field(2, "contract", Scalar.BYTES),
        Field(3, "call_value", Scalar.INT64),
        Field(4, "data", Scalar.BYTES),
    ),
)
_UNREAD = {20: "CustomContract", 32: "GetContract"}
"""Types that the network names but gives no meaning."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a contract is called, the address that would do it, and what it would do.

    `owner` has no bytes where it cannot be read.
    """

    name: str
    owner: bytes
    clauses: tuple[str, ...]


def name_of(kind: int) -> str:
    """Return the network's name of a type of contract, or words that say that there is none."""
    if kind in OPERATIONS:
        return OPERATIONS[kind].name
    if kind in _SPECIAL:
        return _SPECIAL[kind][0].name
    return _UNREAD.get(kind, f"unknown contract type {kind}")


def number_of(name: str) -> int | None:
    """Return the number of the type of contract with this name, None where there is none."""
    return _NUMBERS.get(name)


def explain(kind: int, value: bytes) -> Explanation:
    """Return what a contract of this type with this parameter would do, as far as it is known."""
    name, read = name_of(kind), _reader(kind)
    if read is None:
        return Explanation(name, b"", (f"a parameter of {len(value):,} bytes",))
    message, say = read
    try:
        values = protobuf.interpret(message, value)
        return Explanation(name, _owner(message, values), tuple(say(values)))
    except MalformedTransaction as broken:
        return Explanation(name, b"", (f"its parameter cannot be read: {broken.what}",))


Say = Callable[[Values], Iterator[str]]


def _reader(kind: int) -> tuple[Message, Say] | None:
    operation = OPERATIONS.get(kind)
    if operation is None:
        return _SPECIAL.get(kind)
    return operation.message, lambda values: _sentence(operation, values)


def _owner(message: Message, values: Values) -> bytes:
    with suppress(StopIteration):
        index = next(at for at, each in enumerate(message.fields) if each.name == "owner")
        return bytes(values[index])
    return b""


def _sentence(operation: Operation, values: Values) -> Iterator[str]:
    written = {
        each.name: operation.shown[each.name](value)
        for each, value in zip(operation.message.fields, values, strict=True)
    }
    yield operation.sentence.format_map(written)


def _votes(values: Values) -> Iterator[str]:
    votes = values[1]
    listed = [f"{account(address)} ({count:,} votes)" for address, count in votes[:MAX_VOTES]]
    more = [f"{len(votes) - MAX_VOTES:,} more"] if len(votes) > MAX_VOTES else []
    yield f"votes for {', '.join((*listed, *more)) or 'nobody, which withdraws all votes'}"


def _asset_votes(values: Values) -> Iterator[str]:
    _, votes, count = values
    listed = [account(address) for address in votes[:MAX_VOTES]]
    more = [f"{len(votes) - MAX_VOTES:,} more"] if len(votes) > MAX_VOTES else []
    yield f"votes {count:,} times for the assets of {', '.join((*listed, *more)) or 'nobody'}"


def _creation(values: Values) -> Iterator[str]:
    _, new, tokens, identifier = values
    bytecode, call_value, name = new or (b"", 0, "")
    yield (
        f"creates the contract {words(name.encode())} from {len(bytecode):,} bytes of code"
        f" with {trx(call_value)}"
    )
    if tokens or identifier:
        yield f"gives it {number(tokens)} base units of TRC-10 token {identifier}"


def _delegation(values: Values) -> Iterator[str]:
    _, which, balance, receiver, lock, period = values
    held = f", locked for {period:,} blocks" if period else ", locked for three days"
    yield (
        f"delegates the {resource(which)} of {trx(balance)} to {account(receiver)}"
        f"{held if lock else ', not locked'}"
    )


def _call(values: Values) -> Iterator[str]:
    _, contract, call_value, data = values
    yield f"calls {account(contract)} with {trx(call_value)} and {len(data):,} bytes of calldata"


_SPECIAL: dict[int, tuple[Message, Say]] = {
    3: (_ASSET_VOTES, _asset_votes),
    4: (_VOTES, _votes),
    30: (_CREATE, _creation),
    31: (_CALL, _call),
    46: (PERMISSION_UPDATE, permission_clauses),
    57: (_DELEGATE, _delegation),
}
"""The types that one sentence with fields does not fit."""
_NUMBERS = {name_of(kind): kind for kind in (*OPERATIONS, *_SPECIAL, *_UNREAD)}
