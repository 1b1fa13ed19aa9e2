"""Requests to sign as wallets show them: `eth-`, `sol-` and `tron-sign-request`.

They carry the bytes to be signed and what the wallet says about them. All but the bytes are claims.
Ethereum: ERC-4527. Solana and TRON: the layouts of Keystone's published SDKs; TRON has two under
one name, told apart by what stands under key 3.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from appliance.errors import MalformedTransaction, UnsupportedTransaction
from appliance.wire.foreign_cbor import Tagged, Value
from appliance.wire.terms import Chain

HARDENED = 1 << 31
MAX_COMPONENTS = 16
MAX_ORIGIN = 256
UUID_TAG = 37
KEYPATH_TAGS = frozenset({304, 40304})

T = TypeVar("T")
Map = Mapping[int | str, Value]


class DataKind(StrEnum):
    """What the bytes to be signed are said to be."""

    TRANSACTION = "transaction"
    TYPED_TRANSACTION = "typed-transaction"
    TYPED_DATA = "typed-data"
    MESSAGE = "message"


class Layout(StrEnum):
    """The two layouts of TRON requests; an answer is given in that of its request."""

    A = "A"
    B = "B"


@dataclass(frozen=True, slots=True)
class KeyPath:
    """A BIP-32 path, hardened components with their top bit set, and whose it is.

    `fingerprint` is of the master key, None where the wallet says that it does not know (zero).
    """

    components: tuple[int, ...]
    fingerprint: bytes | None

    def __str__(self) -> str:
        """Return it as people write it, from `m/` on."""
        names = (f"{each % HARDENED}{'h' * (each >= HARDENED)}" for each in self.components)
        return "/".join(("m", *names))


@dataclass(frozen=True, slots=True)
class SignRequest:
    """Bytes to be signed, and what a wallet says about them.

    `kind` is None where it does not say. `address` is as carried: of 20 bytes on Ethereum, and on
    the others of whatever form the wallet chose.
    """

    chain: Chain
    request_id: bytes | None
    data: bytes
    kind: DataKind | None
    chain_id: int | None
    path: KeyPath
    address: bytes | str | None
    origin: str | None
    layout: Layout | None = None


_ETHEREUM_KINDS = {
    1: DataKind.TRANSACTION,
    2: DataKind.TYPED_DATA,
    3: DataKind.MESSAGE,
    4: DataKind.TYPED_TRANSACTION,
}
_OTHER_KINDS = {1: DataKind.TRANSACTION, 2: DataKind.MESSAGE}


def ethereum_request(body: Value) -> SignRequest:
    """Read an `eth-sign-request` (ERC-4527).

    Raises MalformedTransaction where it breaks its form, UnsupportedTransaction for a data type
    that is not known and for a path that does not say whose it is.
    """
    table = _table(body, 7)
    chain_id, address = _optional(table, 4, int), _optional(table, 6, bytes)
    if chain_id is not None and chain_id < 0:
        raise MalformedTransaction("the request's chain id is negative")
    if address is not None and len(address) != 20:
        raise MalformedTransaction(f"the request's address has {len(address)} bytes, not 20")
    kind = _kind(_required(table, 3, int), _ETHEREUM_KINDS)
    return _request(Chain.ETHEREUM, table, kind, (5, 6, 7), chain_id)


def solana_request(body: Value) -> SignRequest:
    """Read a `sol-sign-request`. Raises as `ethereum_request`."""
    table = _table(body, 6)
    said = _optional(table, 6, int)
    kind = None if said is None else _kind(said, _OTHER_KINDS)
    return _request(Chain.SOLANA, table, kind, (3, 4, 5))


def tron_request(body: Value) -> SignRequest:
    """Read a `tron-sign-request` in either layout. Raises as `ethereum_request`."""
    table = _table(body, 6)
    match table.get(3):
        case Tagged():
            if 6 in table:
                raise MalformedTransaction("the request mixes the two layouts of TRON")
            return _request(Chain.TRON, table, None, (3, 4, 5), layout=Layout.A)
        case _:
            kind = _kind(_required(table, 3, int), _OTHER_KINDS)
            return _request(Chain.TRON, table, kind, (4, 5, 6), layout=Layout.B)


def _request(
    chain: Chain,
    table: Map,
    kind: DataKind | None,
    keys: tuple[int, int, int],
    chain_id: int | None = None,
    *,
    layout: Layout | None = None,
) -> SignRequest:
    """Read what all layouts have; `keys` are those of path, address and origin."""
    path, address, origin = keys
    given = table.get(address)
    if given is not None and not isinstance(given, bytes | str):
        raise MalformedTransaction("the request's address is neither bytes nor text")
    said = _optional(table, origin, str)
    if said is not None and len(said) > MAX_ORIGIN:
        raise MalformedTransaction("the request's origin is too long")
    request = SignRequest(
        chain=chain,
        request_id=_request_id(table.get(1)),
        data=_required(table, 2, bytes),
        kind=kind,
        chain_id=chain_id,
        path=_key_path(table.get(path)),
        address=given or None,
        origin=said,
        layout=layout,
    )
    if request.path.fingerprint is None and request.address is None:
        raise UnsupportedTransaction(
            "the request says neither whose key it asks for nor its address"
        )
    return request


def _request_id(value: Value) -> bytes | None:
    match value:
        case None:
            return None
        case Tagged(tag=37, value=bytes(uuid)) if len(uuid) == 16:
            return uuid
        case _:
            raise MalformedTransaction("the request's id is not a UUID")


def _key_path(value: Value) -> KeyPath:
    if not isinstance(value, Tagged) or value.tag not in KEYPATH_TAGS:
        raise MalformedTransaction("the request has no key path")
    table = _table(value.value, 3)
    components = _components(table.get(1))
    source, depth = _optional(table, 2, int), _optional(table, 3, int)
    if source is None:
        raise UnsupportedTransaction("the key path does not say whose it is: it has no fingerprint")
    if not 0 <= source < 1 << 32:
        raise MalformedTransaction("the key path's fingerprint is not of four bytes")
    if depth is not None and depth != len(components):
        raise MalformedTransaction("the key path's depth is not its number of components")
    return KeyPath(components, source.to_bytes(4, "big") if source else None)


def _components(value: Value) -> tuple[int, ...]:
    if not isinstance(value, tuple) or len(value) % 2 or len(value) > 2 * MAX_COMPONENTS:
        raise MalformedTransaction("the key path is not a list of numbers with their hardening")
    components = []
    for number, is_hardened in zip(value[0::2], value[1::2], strict=True):
        match number, is_hardened:
            case int(), bool() if not isinstance(number, bool) and 0 <= number < HARDENED:
                components.append(number + HARDENED * is_hardened)
            case _:
                raise MalformedTransaction("a component of the key path names no single key")
    return tuple(components)


def _kind(number: int, kinds: Mapping[int, DataKind]) -> DataKind:
    if number not in kinds:
        raise UnsupportedTransaction(f"the request's data type {number} is not known here")
    return kinds[number]


def _table(value: Value, last_key: int) -> Map:
    """Return a map all of whose keys are from 1 to `last_key`."""
    if not isinstance(value, Mapping):
        raise MalformedTransaction("the request is not a CBOR map")
    unknown = [key for key in value if not isinstance(key, int) or not 1 <= key <= last_key]
    if unknown:
        raise MalformedTransaction(f"the request has {len(unknown)} fields that are not known here")
    return value


def _required(table: Map, key: int, kind: type[T]) -> T:
    value = _optional(table, key, kind)
    if value is None:
        raise MalformedTransaction(f"field {key} is missing")
    return value


def _optional(table: Map, key: int, kind: type[T]) -> T | None:
    value = table.get(key)
    if value is None and key not in table:
        return None
    if not isinstance(value, kind) or isinstance(value, bool):
        raise MalformedTransaction(f"field {key} is not of its kind")
    return value
