"""The struct types of typed data (EIP-712): what they may be, and their hashes.

Types that refer to themselves are refused: every value then has a bounded shape and one hash.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from appliance.errors import MalformedTransaction, UnsupportedTransaction
from appliance.hashes import keccak256
from appliance.model.text import literal

DOMAIN = "EIP712Domain"
MAX_TYPES = 64
MAX_FIELDS = 256
"""Fields of all types together."""
MAX_DIMENSIONS = 8

Types: TypeAlias = "Mapping[str, tuple[Field, ...]]"
"""A struct's fields, by its name."""

_NAME = re.compile(r"[A-Za-z_$][A-Za-z0-9_$:.]{0,127}", re.ASCII)
ARRAY = re.compile(r"(.*)\[([1-9][0-9]{0,5})?\]", re.ASCII | re.DOTALL)
_INTEGER = re.compile(r"(u?)int([1-9][0-9]{0,2})", re.ASCII)
_FIXED_BYTES = re.compile(r"bytes([1-9][0-9]?)", re.ASCII)
_PLAIN = frozenset({"address", "bool", "bytes", "string"})
_DOMAIN_FIELDS = {
    "name": "string",
    "version": "string",
    "chainId": "uint256",
    "verifyingContract": "address",
    "salt": "bytes32",
}
"""What a domain's type is taken to be where it is not given, in the order of EIP-712."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a struct."""

    name: str
    type: str


def json_object(value: object, where: str) -> Mapping[str, Any]:
    """Return an object of JSON. Raises MalformedTransaction, as all here do."""
    if not isinstance(value, dict):
        raise MalformedTransaction(f"the {where} is not an object")
    return value


def struct_types(value: object, domain: Mapping[str, Any]) -> Types:
    """Read the types of typed data; the domain's is made from its keys where it is not given.

    Raises UnsupportedTransaction where they are too many.
    """
    given = json_object(value, "list of types")
    if len(given) > MAX_TYPES:
        raise UnsupportedTransaction(f"more than {MAX_TYPES} types are defined")
    types = {name: _fields(name, fields) for name, fields in given.items()}
    known = (Field(name, kind) for name, kind in _DOMAIN_FIELDS.items() if name in domain)
    types.setdefault(DOMAIN, tuple(known))
    if sum(map(len, types.values())) > MAX_FIELDS:
        raise UnsupportedTransaction(f"more than {MAX_FIELDS} fields are defined")
    for name, fields in types.items():
        for field in fields:
            base = _base(field.type)
            if base not in types and not _is_atomic(base):
                raise MalformedTransaction(
                    f"type {quoted(name)} has a field of the unknown type {quoted(field.type)}"
                )
    return types


def _fields(name: str, value: object) -> tuple[Field, ...]:
    if not _NAME.fullmatch(name) or _is_atomic(name):
        raise MalformedTransaction(f"{quoted(name)} is no name for a type")
    if not isinstance(value, list):
        raise MalformedTransaction(f"type {quoted(name)} is not a list of fields")
    fields = tuple(_field(name, each) for each in value)
    if len({field.name for field in fields}) != len(fields):
        raise MalformedTransaction(f"type {quoted(name)} has two fields of one name")
    return fields


def _field(name: str, value: object) -> Field:
    match value:
        case {"name": str() as field, "type": str() as kind} if _NAME.fullmatch(field):
            return Field(field, kind)
        case _:
            raise MalformedTransaction(f"type {quoted(name)} has a field without name and type")


def quoted(text: str) -> str:
    """Write a name that anybody could have chosen: literal, in quotation marks, cut."""
    return f"'{literal(text)[:64]}'"


def _base(kind: str) -> str:
    """Return what an array is of, however many dimensions it has."""
    for _ in range(MAX_DIMENSIONS):
        array = ARRAY.fullmatch(kind)
        if array is None:
            return kind
        kind = array[1]
    raise UnsupportedTransaction(f"an array has {MAX_DIMENSIONS} dimensions or more")


def _is_atomic(kind: str) -> bool:
    integer, fixed = _INTEGER.fullmatch(kind), _FIXED_BYTES.fullmatch(kind)
    if integer is not None:
        bits = int(integer[2])
        return bits % 8 == 0 and bits <= 256
    return kind in _PLAIN or (fixed is not None and int(fixed[1]) <= 32)


def type_hashes(types: Types) -> Mapping[str, bytes]:
    """Return the hash of each type's encoding: itself, then what it uses in alphabetical order."""
    encoded = {
        name: f"{name}({','.join(f'{field.type} {field.name}' for field in fields)})"
        for name, fields in types.items()
    }
    return {
        name: keccak256(
            "".join(
                [encoded[name], *(encoded[used] for used in sorted(_used(types, name)))]
            ).encode()
        )
        for name in types
    }


def _used(types: Types, name: str) -> set[str]:
    """Return the structs that a struct uses. Raises UnsupportedTransaction where it uses itself."""
    used: set[str] = set()
    waiting = [name]
    while waiting:
        for field in types[waiting.pop()]:
            base = _base(field.type)
            if base == name:
                raise UnsupportedTransaction(f"type {quoted(name)} refers to itself")
            if base in types and base not in used:
                used.add(base)
                waiting.append(base)
    return used
