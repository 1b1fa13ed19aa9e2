"""The raw data of a transaction: what its bytes look like, and back.

Source: java-tron, protocol buffers of `core/Tron.proto` and `core/contract`. Parameters of types
that are never signed stay bytes here; `explain` reads what they would do.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeAlias

from appliance.codecs import protobuf
from appliance.codecs.protobuf import Field, Message, Scalar, Values
from appliance.errors import DecodeError, MalformedTransaction, UnsupportedTransaction

MAX_BYTES = 500 << 10
"""The largest transaction that nodes take (java-tron, TRANSACTION_MAX_BYTE_SIZE)."""
URL = "type.googleapis.com/protocol."
"""What stands before a parameter's type in its type_url."""
TRANSFER, TRIGGER = 1, 31
"""The numbers of the two types among which transfers are signed."""
_PACKAGE = "/protocol."
REF_BLOCK_BYTES, REF_BLOCK_HASH = 2, 8

_TRANSFER = Message(
    "TransferContract",
    (
        Field(1, "owner_address", Scalar.BYTES),
        Field(2, "to_address", Scalar.BYTES),
        Field(3, "amount", Scalar.INT64),
    ),
)
_TRIGGER = Message(
    "TriggerSmartContract",
    (
        Field(1, "owner_address", Scalar.BYTES),
        Field(2, "contract_address", Scalar.BYTES),
        Field(3, "call_value", Scalar.INT64),
        Field(4, "data", Scalar.BYTES),
        Field(5, "call_token_value", Scalar.INT64),
        Field(6, "token_id", Scalar.INT64),
    ),
)
_ANY = Message("Any", (Field(1, "type_url", Scalar.STRING), Field(2, "value", Scalar.BYTES)))
_CONTRACT = Message(
    "Contract",
    (
        Field(1, "type", Scalar.INT32),
        Field(2, "parameter", _ANY),
        Field(3, "provider", Scalar.BYTES),
        Field(4, "ContractName", Scalar.BYTES),
        Field(5, "Permission_id", Scalar.INT32),
    ),
)
_RAW = Message(
    "raw data",
    (
        Field(1, "ref_block_bytes", Scalar.BYTES),
        Field(3, "ref_block_num", Scalar.INT64),
        Field(4, "ref_block_hash", Scalar.BYTES),
        Field(8, "expiration", Scalar.INT64),
        Field(9, "auths", Scalar.BYTES, repeated=True),
        Field(10, "data", Scalar.BYTES),
        Field(11, "contract", _CONTRACT, repeated=True),
        Field(12, "scripts", Scalar.BYTES),
        Field(14, "timestamp", Scalar.INT64),
        Field(18, "fee_limit", Scalar.INT64),
    ),
)
_WHOLE = Message(
    "Transaction",
    (
        Field(1, "raw_data", Scalar.BYTES),
        Field(2, "signature", Scalar.BYTES, repeated=True),
        Field(5, "ret", Scalar.BYTES, repeated=True),
    ),
)


@dataclass(frozen=True, slots=True)
class Transfer:
    """TransferContract: TRX from one address to another."""

    owner_address: bytes
    to_address: bytes
    amount: int
    """Sun."""


@dataclass(frozen=True, slots=True)
class Trigger:
    """TriggerSmartContract: a call of a contract."""

    owner_address: bytes
    contract_address: bytes
    call_value: int
    """Sun that go along."""
    data: bytes
    """The calldata."""
    call_token_value: int
    """Base units of a TRC-10 token that go along."""
    token_id: int
    """Which TRC-10 token."""


Parameter: TypeAlias = Transfer | Trigger | bytes


@dataclass(frozen=True, slots=True)
class Contract:
    """What is to be done. `parameter` is None where it is missing altogether."""

    type: int
    type_url: str
    parameter: Parameter | None
    provider: bytes
    contract_name: bytes
    permission_id: int
    """The permission of the owner's account that is claimed; 0 is the owner permission."""


@dataclass(frozen=True, slots=True)
class Transaction:
    """The raw data. Times are Unix milliseconds, amounts sun."""

    ref_block_bytes: bytes
    ref_block_num: int
    ref_block_hash: bytes
    expiration: int
    auths: tuple[bytes, ...]
    memo: bytes
    """`data`: anybody may read it."""
    contracts: tuple[Contract, ...]
    scripts: bytes
    timestamp: int
    fee_limit: int
    """The most that a contract call may burn."""

    @property
    def is_anchored(self) -> bool:
        """Whether it names a reference block as every transaction must."""
        sizes = (len(self.ref_block_bytes), len(self.ref_block_hash))
        return sizes == (REF_BLOCK_BYTES, REF_BLOCK_HASH)


_Read: TypeAlias = Callable[[Message, bytes], Values]


def parse(data: bytes) -> Transaction:
    """Read exactly one transaction's raw data, in its one encoding.

    Raises MalformedTransaction and UnsupportedTransaction as `protobuf.decode`.
    """
    return _transaction(protobuf.decode, data)


def interpret(data: bytes, error: DecodeError) -> Transaction:
    """Read what a node would take bytes to say that `parse` refused with `error`.

    Raises UnsupportedTransaction where they are something else that is known: a whole transaction,
    a message. Raises MalformedTransaction, with the sentence of `error`, where they do not even
    loosely say what a contract does.
    """
    with suppress(DecodeError):
        transaction = _transaction(protobuf.interpret, data)
        if any(_PACKAGE in each.type_url for each in transaction.contracts):
            return transaction
    refuse_other_forms(data)
    raise MalformedTransaction(error.what) from error


def refuse_other_forms(data: bytes) -> None:
    """Raise UnsupportedTransaction where bytes are a known form that is not raw data."""
    if data.startswith(b"\x19TRON Signed Message:\n"):
        raise UnsupportedTransaction("a message for signing (TIP-191), not a transaction")
    with suppress(MalformedTransaction):
        raw, signatures, _ = protobuf.interpret(_WHOLE, data)
        if _transaction(protobuf.interpret, raw).contracts:
            raise UnsupportedTransaction(
                f"a whole Transaction with {len(signatures):,} signatures, "
                "not the raw data in it, which is what is signed"
            )


def serialize(transaction: Transaction) -> bytes:
    """Return the raw data, which is what the txID is computed of."""
    raw = (
        transaction.ref_block_bytes,
        transaction.ref_block_num,
        transaction.ref_block_hash,
        transaction.expiration,
        transaction.auths,
        transaction.memo,
        tuple(map(_contract_values, transaction.contracts)),
        transaction.scripts,
        transaction.timestamp,
        transaction.fee_limit,
    )
    return protobuf.encode(_RAW, raw)


def _transaction(read: _Read, data: bytes) -> Transaction:
    if len(data) > MAX_BYTES:
        raise MalformedTransaction(f"{len(data):,} bytes are more than nodes take ({MAX_BYTES:,})")
    block_bytes, number, block_hash, expiration, auths, memo, contracts, scripts, made, limit = (
        read(_RAW, data)
    )
    parsed = tuple(_contract(read, values) for values in contracts)
    return Transaction(
        ref_block_bytes=block_bytes,
        ref_block_num=number,
        ref_block_hash=block_hash,
        expiration=expiration,
        auths=auths,
        memo=memo,
        contracts=parsed,
        scripts=scripts,
        timestamp=made,
        fee_limit=limit,
    )


def _contract(read: _Read, values: Values) -> Contract:
    kind, parameter, *rest = values
    if parameter is None:
        return Contract(kind, "", None, *rest)
    type_url, value = parameter
    return Contract(kind, type_url, _parameter(read, kind, type_url, value), *rest)


def _parameter(read: _Read, kind: int, type_url: str, value: bytes) -> Parameter:
    """Read a parameter where number and name agree on what it is."""
    match kind, type_url.removeprefix(URL):
        case 1, "TransferContract":
            return Transfer(*read(_TRANSFER, value))
        case 31, "TriggerSmartContract":
            return Trigger(*read(_TRIGGER, value))
        case _:
            return value


def _contract_values(contract: Contract) -> Values:
    value: Values | None
    match contract.parameter:
        case None:
            value = None
        case bytes() as opaque:
            value = (contract.type_url, opaque)
        case Transfer(owner, to, amount):
            value = (contract.type_url, protobuf.encode(_TRANSFER, (owner, to, amount)))
        case Trigger(owner, address, call_value, data, token_value, token_id):
            call = (owner, address, call_value, data, token_value, token_id)
            value = (contract.type_url, protobuf.encode(_TRIGGER, call))
    return (
        contract.type,
        value,
        contract.provider,
        contract.contract_name,
        contract.permission_id,
    )
