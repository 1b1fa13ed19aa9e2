"""Unsigned transactions: the types, what their bytes look like, and back.

The unsigned bytes are the preimage of what is signed. Types that this appliance never signs
are read too, so that a refusal can say what they would do.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, NewType, TypeAlias

from appliance.chains.ethereum import fields
from appliance.chains.ethereum.fields import AccessListEntry, Authorization, from_integer
from appliance.codecs import rlp
from appliance.codecs.rlp import Item
from appliance.errors import DecodeError, MalformedTransaction, UnsupportedTransaction

MAX_BYTES = 128 << 10
"""The largest transaction that nodes relay."""

Preimage = NewType("Preimage", bytes)
"""Bytes that were made from a transaction's structure, and whose Keccak-256 is signed."""


@dataclass(frozen=True, slots=True)
class LegacyTransaction:
    """A transaction without a type byte (yellow paper; EIP-155 where it names its chain)."""

    chain_id: int | None
    """The chain it is valid on; None for the form before EIP-155, valid on every chain."""
    nonce: int
    """How many transactions the sender sent before this one; at most 2^64 - 2 (EIP-2681)."""
    gas_price: int
    """Wei per gas."""
    gas_limit: int
    """The most gas it may use; below 2^64."""
    to: bytes | None
    """Twenty bytes; None creates a contract."""
    value: int
    """Wei that go to the recipient."""
    data: bytes
    """The calldata, or a new contract's init code."""

    @property
    def format(self) -> str:
        """The name of this form."""
        return "legacy-unprotected" if self.chain_id is None else "eip-155"


@dataclass(frozen=True, slots=True)
class AccessListTransaction:
    """Type 1 (EIP-2930)."""

    format: ClassVar[str] = "eip-2930"
    chain_id: int
    """The chain it is valid on."""
    nonce: int
    """How many transactions the sender sent before this one; at most 2^64 - 2 (EIP-2681)."""
    gas_price: int
    """Wei per gas."""
    gas_limit: int
    """The most gas it may use; below 2^64."""
    to: bytes | None
    """Twenty bytes; None creates a contract."""
    value: int
    """Wei that go to the recipient."""
    data: bytes
    """The calldata, or a new contract's init code."""
    access_list: tuple[AccessListEntry, ...]
    """Accounts and storage that it pays to have warm."""


@dataclass(frozen=True, slots=True)
class FeeMarketTransaction:
    """Type 2 (EIP-1559)."""

    format: ClassVar[str] = "eip-1559"
    chain_id: int
    """The chain it is valid on."""
    nonce: int
    """How many transactions the sender sent before this one; at most 2^64 - 2 (EIP-2681)."""
    max_priority_fee_per_gas: int
    """Wei per gas that go to the block's producer, at the most."""
    max_fee_per_gas: int
    """Wei per gas, at the most."""
    gas_limit: int
    """The most gas it may use; below 2^64."""
    to: bytes | None
    """Twenty bytes; None creates a contract."""
    value: int
    """Wei that go to the recipient."""
    data: bytes
    """The calldata, or a new contract's init code."""
    access_list: tuple[AccessListEntry, ...]
    """Accounts and storage that it pays to have warm."""


@dataclass(frozen=True, slots=True)
class BlobTransaction:
    """Type 3 (EIP-4844), never signed here."""

    format: ClassVar[str] = "eip-4844"
    call: FeeMarketTransaction
    """The fields it shares with type 2; it always has a recipient."""
    max_fee_per_blob_gas: int
    """Wei per blob gas, at the most, on top of the other fee."""
    blob_versioned_hashes: tuple[bytes, ...]
    """Thirty-two bytes for each blob."""


@dataclass(frozen=True, slots=True)
class SetCodeTransaction:
    """Type 4 (EIP-7702), never signed here."""

    format: ClassVar[str] = "eip-7702"
    call: FeeMarketTransaction
    """The fields it shares with type 2; it always has a recipient."""
    authorizations: tuple[Authorization, ...]
    """Accounts that hand themselves to a contract's code."""


Signable: TypeAlias = LegacyTransaction | AccessListTransaction | FeeMarketTransaction
"""The types among which transfers are signed."""
Transaction: TypeAlias = Signable | BlobTransaction | SetCodeTransaction


def parse(data: bytes) -> Transaction:
    """Read exactly one unsigned transaction.

    Raises MalformedTransaction where the bytes break their own encoding, and UnsupportedTransaction
    where they are something else: a signed transaction, a message, an unknown type.
    """
    if len(data) > MAX_BYTES:
        raise UnsupportedTransaction(f"{len(data)} bytes are more than nodes relay ({MAX_BYTES})")
    if not data:
        raise MalformedTransaction("there are no bytes")
    if data[0] >= 0xC0:
        return _parse_legacy(fields.items(rlp.decode(data), "transaction"))
    if data[0] not in _TYPED:
        raise _not_a_transaction(data)
    name, count, parse_items = _TYPED[data[0]]
    items = fields.items(rlp.decode(data[1:]), "transaction")
    if len(items) == count:
        return parse_items(items)
    if len(items) == count + 3:
        parse_items(items[:count])
        raise _signed(name, items[count:])
    if items and isinstance(items[0], tuple):
        raise UnsupportedTransaction(f"an {name} transaction in its network form, not unsigned")
    raise MalformedTransaction(f"an {name} transaction has {count} fields, not {len(items)}")


def serialize(transaction: Transaction) -> Preimage:
    """Return the unsigned bytes, which are what the signing hash is computed of."""
    return Preimage(_TYPE_BYTES[type(transaction)] + rlp.encode(_items_of(transaction)))


def _items_of(transaction: Transaction) -> tuple[Item, ...]:
    match transaction:
        case LegacyTransaction():
            items = _gas_price_items(transaction)
            if transaction.chain_id is None:
                return items
            return (*items, from_integer(transaction.chain_id), b"", b"")
        case AccessListTransaction():
            chain_id, entries = from_integer(transaction.chain_id), _entries(transaction)
            return (chain_id, *_gas_price_items(transaction), entries)
        case FeeMarketTransaction():
            return _fee_market_items(transaction)
        case BlobTransaction(call, max_fee_per_blob_gas, blobs):
            return (*_fee_market_items(call), from_integer(max_fee_per_blob_gas), blobs)
        case SetCodeTransaction(call, authorizations):
            return (*_fee_market_items(call), tuple(each.item for each in authorizations))


def _not_a_transaction(data: bytes) -> DecodeError:
    if data.startswith(_MESSAGES):
        return UnsupportedTransaction("a message for signing (EIP-191), not a transaction")
    if data[0] >= 0x80:
        return MalformedTransaction("the bytes begin with neither a type nor a list")
    fields.items(rlp.decode(data[1:]), "transaction")
    if data[0] == 0x05:
        return UnsupportedTransaction("an EIP-7702 authorization: it hands the account to code")
    return UnsupportedTransaction(f"transaction type 0x{data[0]:02x} is not known here")


def _signed(name: str, signature: tuple[Item, ...]) -> UnsupportedTransaction:
    for item, part in zip(signature, "vrs", strict=True):
        fields.integer(item, f"signature's {part}", 256)
    return UnsupportedTransaction(f"this {name} transaction is already signed")


def _parse_legacy(items: tuple[Item, ...]) -> LegacyTransaction:
    match items:
        case (nonce, gas_price, gas_limit, to, value, data):
            chain_id = None
        case (nonce, gas_price, gas_limit, to, value, data, v, b"", b""):
            chain_id = fields.integer(v, "chain id", 64)
        case (_, _, _, _, _, _, _, _, _):
            _parse_legacy(items[:6])
            raise _signed("legacy", items[6:])
        case _:
            raise MalformedTransaction(
                f"a legacy transaction has 9 fields, or 6 before EIP-155, not {len(items)}"
            )
    return LegacyTransaction(
        chain_id=chain_id,
        nonce=fields.nonce(nonce),
        gas_price=fields.integer(gas_price, "gas price", 256),
        gas_limit=fields.integer(gas_limit, "gas limit", 64),
        to=fields.recipient(to),
        value=fields.integer(value, "value", 256),
        data=fields.byte_string(data, "data"),
    )


def _parse_access_list(items: tuple[Item, ...]) -> AccessListTransaction:
    chain_id, nonce, gas_price, gas_limit, to, value, data, access_list = items
    return AccessListTransaction(
        chain_id=fields.integer(chain_id, "chain id", 64),
        nonce=fields.nonce(nonce),
        gas_price=fields.integer(gas_price, "gas price", 256),
        gas_limit=fields.integer(gas_limit, "gas limit", 64),
        to=fields.recipient(to),
        value=fields.integer(value, "value", 256),
        data=fields.byte_string(data, "data"),
        access_list=fields.access_list(access_list),
    )


def _parse_fee_market(items: tuple[Item, ...]) -> FeeMarketTransaction:
    chain_id, nonce, priority_fee, max_fee, gas_limit, to, value, data, access_list = items
    return FeeMarketTransaction(
        chain_id=fields.integer(chain_id, "chain id", 64),
        nonce=fields.nonce(nonce),
        max_priority_fee_per_gas=fields.integer(priority_fee, "max priority fee per gas", 256),
        max_fee_per_gas=fields.integer(max_fee, "max fee per gas", 256),
        gas_limit=fields.integer(gas_limit, "gas limit", 64),
        to=fields.recipient(to),
        value=fields.integer(value, "value", 256),
        data=fields.byte_string(data, "data"),
        access_list=fields.access_list(access_list),
    )


def _parse_blob(items: tuple[Item, ...]) -> BlobTransaction:
    fields.address(items[5], "recipient")
    return BlobTransaction(
        call=_parse_fee_market(items[:9]),
        max_fee_per_blob_gas=fields.integer(items[9], "max fee per blob gas", 256),
        blob_versioned_hashes=fields.hashes(items[10], "blob hash"),
    )


def _parse_set_code(items: tuple[Item, ...]) -> SetCodeTransaction:
    fields.address(items[5], "recipient")
    return SetCodeTransaction(_parse_fee_market(items[:9]), fields.authorizations(items[9]))


def _gas_price_items(transaction: LegacyTransaction | AccessListTransaction) -> tuple[Item, ...]:
    return (
        from_integer(transaction.nonce),
        from_integer(transaction.gas_price),
        from_integer(transaction.gas_limit),
        transaction.to or b"",
        from_integer(transaction.value),
        transaction.data,
    )


def _fee_market_items(transaction: FeeMarketTransaction) -> tuple[Item, ...]:
    return (
        from_integer(transaction.chain_id),
        from_integer(transaction.nonce),
        from_integer(transaction.max_priority_fee_per_gas),
        from_integer(transaction.max_fee_per_gas),
        from_integer(transaction.gas_limit),
        transaction.to or b"",
        from_integer(transaction.value),
        transaction.data,
        _entries(transaction),
    )


def _entries(transaction: AccessListTransaction | FeeMarketTransaction) -> Item:
    return tuple(entry.item for entry in transaction.access_list)


_TYPED: dict[int, tuple[str, int, Callable[[tuple[Item, ...]], Transaction]]] = {
    1: ("EIP-2930", 8, _parse_access_list),
    2: ("EIP-1559", 9, _parse_fee_market),
    3: ("EIP-4844", 11, _parse_blob),
    4: ("EIP-7702", 10, _parse_set_code),
}
_TYPE_BYTES: dict[type[Transaction], bytes] = {
    LegacyTransaction: b"",
    AccessListTransaction: b"\x01",
    FeeMarketTransaction: b"\x02",
    BlobTransaction: b"\x03",
    SetCodeTransaction: b"\x04",
}
_MESSAGES = (b"\x19\x00", b"\x19\x01", b"\x19E")
