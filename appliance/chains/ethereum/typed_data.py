"""Typed data (EIP-712): read strictly, and hashed as wallets hash it.

Source: EIP-712, with the arrays and nested structs that wallets call its version 4.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any, TypeAlias

from appliance.chains.ethereum.json_value import (
    address_of,
    bytes_of,
    is_misspelled,
    read_integer,
)
from appliance.chains.ethereum.struct_types import (
    ARRAY,
    DOMAIN,
    Types,
    json_object,
    quoted,
    struct_types,
    type_hashes,
)
from appliance.errors import MalformedTransaction, UnsupportedTransaction
from appliance.hashes import keccak256

MAX_DEPTH = 24
"""Structs within structs."""
MAX_VALUES = 8192
"""Values of a message, at every depth together."""
MAX_FAULTS = 4
"""Faults that are said of one message."""

Value: TypeAlias = "int | bool | bytes | str | tuple[Value, ...] | Mapping[str, Value]"
"""What a type reads as: structs as mappings in the order of their fields, arrays as tuples."""


@dataclass(frozen=True, slots=True)
class TypedData:
    """Typed data whose every value fits its type.

    `faults` say what is wrong all the same: values that no type covers, which careless software
    would show and which would not be signed, and addresses with a wrong checksum.
    """

    types: Types
    primary_type: str
    domain: Mapping[str, Value]
    message: Mapping[str, Value]
    domain_separator: bytes
    message_hash: bytes
    faults: tuple[str, ...]

    @property
    def digest(self) -> bytes:
        """What would be signed; of a domain alone where that is the primary type."""
        message = b"" if self.primary_type == DOMAIN else self.message_hash
        return keccak256(b"\x19\x01" + self.domain_separator + message)


def parse_typed_data(table: Mapping[str, Any]) -> TypedData:
    """Read typed data from a JSON object (EIP-712, `eth_signTypedData`).

    Raises MalformedTransaction where a value does not fit its type, or a type is none; and
    UnsupportedTransaction for types that refer to themselves.
    """
    domain = json_object(table.get("domain"), "domain")
    types = struct_types(table.get("types"), domain)
    primary = table.get("primaryType")
    if not isinstance(primary, str) or primary not in types:
        raise MalformedTransaction("the primary type is not among the types")
    message = domain if primary == DOMAIN else json_object(table.get("message"), "message")
    if _size(message) > MAX_VALUES:
        raise UnsupportedTransaction(f"the message has more than {MAX_VALUES:,} values")
    hashes = type_hashes(types)
    read = {
        name: _read_struct(types, kind, value, name)
        for name, kind, value in (("domain", DOMAIN, domain), ("message", primary, message))
    }
    return TypedData(
        types,
        primary,
        read["domain"],
        read["message"],
        _hash_struct(types, hashes, DOMAIN, read["domain"]),
        _hash_struct(types, hashes, primary, read["message"]),
        tuple(
            islice(
                chain(
                    _faults(types, DOMAIN, domain, "domain"),
                    _faults(types, primary, message, "message"),
                ),
                MAX_FAULTS,
            )
        ),
    )


def _size(value: object) -> int:
    match value:
        case dict():
            return 1 + sum(map(_size, value.values()))
        case list():
            return 1 + sum(map(_size, value))
        case _:
            return 1


def _read_struct(
    types: Types, kind: str, value: object, where: str, depth: int = 0
) -> dict[str, Value]:
    table = json_object(value, where)
    if depth > MAX_DEPTH:
        raise UnsupportedTransaction(f"structs are nested deeper than {MAX_DEPTH}")
    missing = [field.name for field in types[kind] if field.name not in table]
    if missing:
        raise MalformedTransaction(f"the {where[:64]} has no value for {quoted(missing[0])}")
    return {
        field.name: _read(types, field.type, table[field.name], f"{where}.{field.name}", depth)
        for field in types[kind]
    }


def _read(types: Types, kind: str, value: object, where: str, depth: int) -> Value:
    array = ARRAY.fullmatch(kind)
    if array is not None:
        if not isinstance(value, list):
            raise MalformedTransaction(f"{where[:64]} is not a list")
        if array[2] and len(value) != int(array[2]):
            raise MalformedTransaction(f"{where[:64]} has {len(value)} items, not {array[2]}")
        return tuple(_read(types, array[1], each, where, depth) for each in value)
    if kind in types:
        return _read_struct(types, kind, value, where, depth + 1)
    return _read_atomic(kind, value, where[:64])


def _read_atomic(kind: str, value: object, where: str) -> Value:
    match kind:
        case "address":
            return address_of(value, where)
        case "bool":
            if not isinstance(value, bool):
                raise MalformedTransaction(f"{where} is not true or false")
            return value
        case "string":
            return _text(value, where)
        case "bytes":
            return bytes_of(value, where)
        case _ if kind.startswith("bytes"):
            content = bytes_of(value, where)
            if len(content) != int(kind[5:]):
                raise MalformedTransaction(f"{where} has {len(content)} bytes, not {kind[5:]}")
            return content
        case _:
            return _integer(kind, value, where)


def _text(value: object, where: str) -> str:
    if not isinstance(value, str):
        raise MalformedTransaction(f"{where} is not a text")
    if any("\ud800" <= character <= "\udfff" for character in value):
        raise MalformedTransaction(f"{where} holds half a character (a lone surrogate)")
    return value


def _integer(kind: str, value: object, where: str) -> int:
    number = read_integer(value, where)
    signed = not kind.startswith("u")
    bits = int(kind.lstrip("uint"))
    least, most = (-(1 << bits - 1), (1 << bits - 1) - 1) if signed else (0, (1 << bits) - 1)
    if not least <= number <= most:
        raise MalformedTransaction(f"{where} does not fit {kind}")
    return number


def _hash_struct(
    types: Types, hashes: Mapping[str, bytes], kind: str, value: Mapping[str, Value]
) -> bytes:
    words = (_word(types, hashes, field.type, value[field.name]) for field in types[kind])
    return keccak256(b"".join([hashes[kind], *words]))


def _word(types: Types, hashes: Mapping[str, bytes], kind: str, value: Value) -> bytes:
    """Return the 32 bytes that stand for a value (EIP-712, encodeData)."""
    match value:
        case tuple():
            item = kind.rpartition("[")[0]
            return keccak256(b"".join(_word(types, hashes, item, each) for each in value))
        case Mapping():
            return _hash_struct(types, hashes, kind, value)
        case str():
            return keccak256(value.encode())
        case bytes():
            if kind == "bytes":
                return keccak256(value)
            return value.rjust(32, b"\0") if kind == "address" else value.ljust(32, b"\0")
        case _:
            return int(value).to_bytes(32, "big", signed=value < 0)


def _faults(types: Types, kind: str, value: Any, where: str) -> Iterator[str]:
    """Say what is wrong with a value that fits its type."""
    array = ARRAY.fullmatch(kind)
    if array is not None:
        for each in value:
            yield from _faults(types, array[1], each, where)
    elif kind == "address" and is_misspelled(value):
        yield f"{where[:64]}: the address's checksum is wrong (EIP-55): a digit was changed"
    elif kind in types:
        covered = {field.name: field.type for field in types[kind]}
        for name, inner in value.items():
            if name in covered:
                yield from _faults(types, covered[name], inner, f"{where}.{name}")
            else:
                says = "has no place in the types: it would be shown, but not signed"
                yield f"{quoted(f'{where}.{name}')} {says}"
