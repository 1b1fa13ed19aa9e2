"""Protocol Buffers (proto3): one message, one encoding; any other encoding is refused.

Source: the Protocol Buffers documentation, "Encoding". The format lets fields stand in any order
and any number of times, numbers be padded, and unknown fields be carried along. Accepted is only
what the common serializers write: fields in ascending order, each once unless it is repeated,
numbers in their shortest form, and nothing written that equals its default. `interpret` is for
explaining what is refused.
"""

from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any, TypeAlias

from appliance.errors import MalformedTransaction, UnsupportedTransaction

Values: TypeAlias = tuple[Any, ...]
"""One value for each field of a message, in the message's order. What is absent reads as its
default: 0, False, no bytes, no text, an empty tuple where repeated, and None for a message."""

MAX_VARINT_BYTES = 10
_VARINT, _LENGTH = 0, 2
_CONTINUED = 0x80
_SIGN32, _SIGN64 = 1 << 31, 1 << 63
_MAX_TAG = 1 << 32
_BYTE = tuple(bytes((value,)) for value in range(_CONTINUED))


class Scalar(Enum):
    """The scalar types that are known here. An enumeration is an INT32."""

    INT64 = auto()
    INT32 = auto()
    BOOL = auto()
    BYTES = auto()
    STRING = auto()


_DEFAULTS: dict[object, Any] = {
    Scalar.INT64: 0,
    Scalar.INT32: 0,
    Scalar.BOOL: False,
    Scalar.BYTES: b"",
    Scalar.STRING: "",
}
_NUMBERS = frozenset({Scalar.INT64, Scalar.INT32, Scalar.BOOL})


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """A field of a message. Repeated numbers, which are packed, are not known here."""

    number: int
    name: str
    kind: "Scalar | Message"
    repeated: bool = False
    is_number: bool = field(init=False, repr=False)
    tag: int = field(init=False, repr=False)
    """The number with the wire type, as they stand before each value."""
    prefix: bytes = field(init=False, repr=False)
    """The same, encoded."""
    default: Any = field(init=False, repr=False)
    """What its absence means."""

    def __post_init__(self) -> None:
        is_number = self.kind in _NUMBERS
        default = () if self.repeated else _DEFAULTS.get(self.kind)
        object.__setattr__(self, "is_number", is_number)
        tag = self.number << 3 | (_VARINT if is_number else _LENGTH)
        object.__setattr__(self, "tag", tag)
        object.__setattr__(self, "prefix", _encode_varint(tag))
        object.__setattr__(self, "default", default)


@dataclass(frozen=True, slots=True, eq=False)
class Message:
    """A message type: its name, for errors, and its fields in ascending order of their numbers."""

    name: str
    fields: tuple[Field, ...]
    by_tag: dict[int, tuple[int, Field]] = field(init=False, repr=False)
    defaults: tuple[Any, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        by_tag = {each.tag: (index, each) for index, each in enumerate(self.fields)}
        object.__setattr__(self, "by_tag", by_tag)
        object.__setattr__(self, "defaults", tuple(each.default for each in self.fields))


def decode(message: Message, data: bytes) -> Values:
    """Read exactly one message, in its one encoding.

    Raises UnsupportedTransaction for a field that the message is not known to have, and
    MalformedTransaction for everything else that `encode` would not have written. Reads every byte
    once and allocates nothing by an announced length.
    """
    return _message(message, data, 0, len(data), strict=True)


def interpret(message: Message, data: bytes) -> Values:
    """Read what a common parser takes the bytes to say, canonical or not.

    For explaining what is refused: unknown fields are skipped, order and padded numbers do not
    matter. Raises MalformedTransaction for what parsers refuse, and for a field that stands twice
    where it may stand once, since parsers do not all take the same one.
    """
    return _message(message, data, 0, len(data), strict=False)


def encode(message: Message, values: Values) -> bytes:
    """Return the one encoding of a message."""
    parts: list[bytes] = []
    for each, value in zip(message.fields, values, strict=True):
        if value == each.default:
            continue
        for item in value if each.repeated else (value,):
            parts.append(each.prefix)
            if each.is_number:
                parts.append(_encode_varint(item % (1 << 64)))
                continue
            content = _encode_content(each.kind, item)
            parts.append(_encode_varint(len(content)))
            parts.append(content)
    return b"".join(parts)


def _encode_content(kind: Scalar | Message, item: Any) -> bytes:
    if isinstance(kind, Message):
        return encode(kind, item)
    return item.encode() if kind is Scalar.STRING else bytes(item)


def _encode_varint(value: int) -> bytes:
    if value < _CONTINUED:
        return _BYTE[value]
    digits = bytearray()
    while value >= _CONTINUED:
        digits.append(value & 0x7F | _CONTINUED)
        value >>= 7
    digits.append(value)
    return bytes(digits)


def _message(message: Message, data: bytes, at: int, end: int, *, strict: bool) -> Values:
    """Read the fields between `at` and `end`."""
    values = list(message.defaults)
    repeated: dict[int, list[Any]] = {}
    previous, seen = 0, 0
    while at < end:
        tag = data[at]
        at += 1
        if tag >= _CONTINUED:
            tag, at = _varint(data, at - 1, end, strict=strict)
        known = message.by_tag.get(tag)
        if known is None:
            at = _skip(message, tag, data, at, end, strict=strict)
            continue
        index, each = known
        value, at = _value(message, each, data, at, end, strict=strict)
        if each.repeated:
            repeated.setdefault(index, []).append(value)
        elif seen >> index & 1:
            raise MalformedTransaction(f"{message.name} has {each.name} twice")
        else:
            values[index] = value
        if strict and tag < previous:
            raise MalformedTransaction(f"{message.name} has {each.name} out of order")
        previous, seen = tag, seen | 1 << index
    for index, items in repeated.items():
        values[index] = tuple(items)
    return tuple(values)


def _value(
    message: Message, each: Field, data: bytes, at: int, end: int, *, strict: bool
) -> tuple[Any, int]:
    """Read one value of a known field; return it and where it stops."""
    if at < end and data[at] < _CONTINUED:
        number = data[at]
        at += 1
    else:
        number, at = _varint(data, at, end, strict=strict)
    kind = each.kind
    value: Any
    if each.is_number:
        value = _number(message, each, number, strict=strict)
    else:
        start, at = at, at + number
        if at > end:
            raise MalformedTransaction(f"{message.name}.{each.name} reaches beyond its message")
        if isinstance(kind, Message):
            return _message(kind, data, start, at, strict=strict), at
        value = data[start:at]
        if kind is Scalar.STRING:
            value = _text(message, each, value)
    if strict and not value and not each.repeated:
        raise MalformedTransaction(
            f"{message.name}.{each.name} is written although it has its default value"
        )
    return value, at


def _number(message: Message, each: Field, number: int, *, strict: bool) -> int | bool:
    if each.kind is Scalar.BOOL:
        if strict and number > 1:
            raise MalformedTransaction(f"{message.name}.{each.name} is neither true nor false")
        return bool(number)
    signed = (number ^ _SIGN64) - _SIGN64
    if each.kind is Scalar.INT64:
        return signed
    truncated = (number & 0xFFFFFFFF ^ _SIGN32) - _SIGN32
    if strict and truncated != signed:
        raise MalformedTransaction(f"{message.name}.{each.name} does not fit its 32 bits")
    return truncated


def _text(message: Message, each: Field, content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise MalformedTransaction(f"{message.name}.{each.name} is not UTF-8") from None


def _skip(message: Message, tag: int, data: bytes, at: int, end: int, *, strict: bool) -> int:
    """Return where an unknown field stops, or refuse it."""
    number = tag >> 3
    if number == 0 or tag >= _MAX_TAG:
        raise MalformedTransaction(f"{message.name} has a field number out of range")
    if any(each.number == number for each in message.fields):
        raise MalformedTransaction(f"{message.name} has field {number} with another wire type")
    at = _stop(message, tag & 7, data, at, end, strict=strict)
    if at > end:
        raise MalformedTransaction(f"{message.name}'s field {number} reaches beyond its message")
    if strict:
        raise UnsupportedTransaction(f"{message.name} has field {number}, which is not known here")
    return at


def _stop(message: Message, wire_type: int, data: bytes, at: int, end: int, *, strict: bool) -> int:
    """Return where a value of any kind stops, which may be beyond `end`."""
    match wire_type:
        case 0:
            return _varint(data, at, end, strict=strict)[1]
        case 1:
            return at + 8
        case 2:
            length, at = _varint(data, at, end, strict=strict)
            return at + length
        case 5:
            return at + 4
        case _:
            raise MalformedTransaction(f"{message.name} has a group or an unknown wire type")


def _varint(data: bytes, at: int, end: int, *, strict: bool) -> tuple[int, int]:
    """Read a number of at most 64 bits, seven of them a byte, the lowest first."""
    value = 0
    for index in range(MAX_VARINT_BYTES):
        if at >= end:
            raise MalformedTransaction("the bytes end within a number")
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << 7 * index
        if byte < _CONTINUED:
            if strict and byte == 0 and index:
                raise MalformedTransaction("a number is written with more bytes than it needs")
            break
    else:
        raise MalformedTransaction("a number has more than ten bytes")
    if value >> 64:
        raise MalformedTransaction("a number has more than 64 bits")
    return value, at
