"""Frozen dataclasses ↔ canonical values, by the types of their fields.

A record is an integer-keyed map: field n of the class is key n, always present, None written as
null. A member of a union of records is the pair [tag, record], the tag being its class's `TAG`.
The types allowed are those of `Shape`; bounds are part of the type (`Annotated`), so a value out of
bounds is refused before anybody sees it. Whatever decodes, re-encodes to the same bytes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from enum import IntEnum, StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import (
    Annotated,
    Any,
    TypeVar,
    Union,
    cast,
    get_args,
    get_origin,
    get_type_hints,
)

from appliance.wire import canonical
from appliance.wire.canonical import Value
from appliance.wire.errors import NotCanonical
from appliance.wire.shapes import (
    Below,
    BoolShape,
    BytesShape,
    EnumShape,
    Length,
    Shape,
    TextShape,
    Uint256,
    Uint256Shape,
    UnsignedShape,
)

T = TypeVar("T")


Digest = Annotated[bytes, Length(32, 32)]
Key = Annotated[bytes, Length(32, 33)]
"""An Ed25519 public key, or a compressed point of an elliptic curve (SEC 1)."""
Signature = Annotated[bytes, Length(64, 64)]
Name = Annotated[str, Length(1, 64)]
Text = Annotated[str, Length(0, 256)]
Amount = Annotated[int, Uint256()]
"""Base units of an asset."""
Count = Annotated[int, Below(1 << 32)]
UnixTime = Annotated[int, Below(1 << 40)]
"""Seconds since 1970-01-01T00:00:00Z."""


def encode(record: object) -> bytes:
    """Return the one encoding of a record."""
    return canonical.encode(shape_of(type(record)).write(record))


def decode(kind: type[T], data: bytes) -> T:
    """Read exactly one record of class `kind`. Raises NotCanonical."""
    record = shape_of(kind).read(canonical.decode(data), kind.__name__)
    return cast("T", record)


def encode_one_of(union: object, record: object) -> bytes:
    """Return the encoding of a member of a union of records."""
    return canonical.encode(shape_of(union).write(record))


def decode_one_of(union: object, data: bytes) -> Any:
    """Read exactly one member of a union of records. Raises NotCanonical."""
    return shape_of(union).read(canonical.decode(data), "message")


def cddl_of(kind: type) -> str:
    """Describe a record's map (RFC 8610); the records in it are named, not described."""
    described = _Record(kind)
    fields_ = (f"{key} => {shape.cddl()} ; {name}\n" for key, name, shape in described.fields)
    return "{\n" + "".join(f"  {line}" for line in fields_) + "}"


def shape_of(hint: Any) -> Shape:
    """Return the shape of a type. Raises TypeError for a type that has no place on the wire."""
    return _shape_of(hint)


@cache
def _shape_of(hint: Any) -> Shape:
    origin, args = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _bounded(args[0], args[1])
    if origin is tuple and len(args) == 2 and args[1] is Ellipsis:
        return _Array(shape_of(args[0]), Length(0, 1 << 20))
    if origin in (Union, UnionType):
        return _union(args)
    if hint is bool:
        return BoolShape()
    if isinstance(hint, type) and issubclass(hint, StrEnum | IntEnum):
        return EnumShape(hint)
    if is_dataclass(hint):
        return _Record(cast("type", hint))
    raise TypeError(f"{hint} has no place on the wire: bound it with Annotated")


def _bounded(kind: Any, bound: object) -> Shape:
    match kind, bound:
        case _, Uint256():
            return Uint256Shape()
        case _, Below(limit=limit):
            return UnsignedShape(limit)
        case _, Length() as length if kind is bytes:
            return BytesShape(length)
        case _, Length() as length if kind is str:
            return TextShape(length)
        case _, Length() as length:
            return _Array(shape_of(get_args(kind)[0]), length)
        case _:
            raise TypeError(f"{kind} cannot be bounded by {bound}")


def _union(args: tuple[Any, ...]) -> Shape:
    members = tuple(arg for arg in args if arg is not NoneType)
    one = shape_of(members[0]) if len(members) == 1 else _Union(members)
    return _Optional(one) if len(members) < len(args) else one


@dataclass(frozen=True, slots=True)
class _Array:
    item: Shape
    length: Length

    def write(self, value: tuple[Any, ...]) -> Value:
        self.length.check(len(value), "array")
        return tuple(self.item.write(item) for item in value)

    def read(self, value: Value, where: str) -> tuple[Any, ...]:
        if not isinstance(value, tuple):
            raise NotCanonical(f"{where} is not an array")
        self.length.check(len(value), where)
        return tuple(self.item.read(item, f"{where}[{n}]") for n, item in enumerate(value))

    def cddl(self) -> str:
        return f"[{self.length.least}*{self.length.most} {self.item.cddl()}]"


@dataclass(frozen=True, slots=True)
class _Optional:
    one: Shape

    def write(self, value: Any) -> Value:
        return None if value is None else self.one.write(value)

    def read(self, value: Value, where: str) -> Any:
        return None if value is None else self.one.read(value, where)

    def cddl(self) -> str:
        return f"({self.one.cddl()} / null)"


@dataclass(frozen=True, slots=True)
class _Union:
    members: tuple[type, ...]

    def write(self, value: object) -> Value:
        kind = type(value)
        if kind not in self.members:
            raise TypeError(f"{kind.__name__} is not a member of this union")
        return (_tag(kind), shape_of(kind).write(value))

    def read(self, value: Value, where: str) -> Any:
        match value:
            case (int() as tag, content) if not isinstance(tag, bool):
                for kind in self.members:
                    if _tag(kind) == tag:
                        return shape_of(kind).read(content, kind.__name__)
        raise NotCanonical(f"{where} is not a [tag, record] known here")

    def cddl(self) -> str:
        return "(" + " / ".join(f"[{_tag(kind)}, {kind.__name__}]" for kind in self.members) + ")"


def _tag(kind: Any) -> int:
    return int(kind.TAG)


class _Record:
    def __init__(self, kind: type) -> None:
        self.kind = kind
        hints = get_type_hints(kind, include_extras=True)
        self.fields = tuple(
            (key, field.name, shape_of(hints[field.name])) for key, field in enumerate(fields(kind))
        )

    def write(self, value: object) -> Value:
        return {key: shape.write(getattr(value, name)) for key, name, shape in self.fields}

    def read(self, value: Value, where: str) -> object:
        if not isinstance(value, Mapping) or len(value) != len(self.fields):
            raise NotCanonical(f"{where} is not a {self.kind.__name__}")
        try:
            return self.kind(
                **{
                    name: shape.read(value[key], f"{where}.{name}")
                    for key, name, shape in self.fields
                }
            )
        except KeyError as missing:
            raise NotCanonical(f"{where} lacks key {missing}") from None

    def cddl(self) -> str:
        return self.kind.__name__
