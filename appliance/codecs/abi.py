"""The contract ABI's argument encoding, read strictly: one value, one layout.

Source: the Solidity documentation, "Contract ABI Specification". The specification lets offsets
point anywhere, so that one call has many spellings, and nested arrays can share their tails until a
few bytes announce billions of values. Only the layout that every encoder writes is accepted: tails
in the order of their heads, nothing between, nothing left over, all padding clean.
"""

from dataclasses import dataclass
from typing import TypeAlias

from appliance.errors import MalformedTransaction

WORD_BYTES = 32


@dataclass(frozen=True, slots=True)
class Uint:
    """An unsigned integer of `bits` bits."""

    bits: int


@dataclass(frozen=True, slots=True)
class Int:
    """A signed integer of `bits` bits, in two's complement."""

    bits: int


@dataclass(frozen=True, slots=True)
class Address:
    """Twenty bytes, to the right of their word."""


@dataclass(frozen=True, slots=True)
class Bool:
    """Zero or one."""


@dataclass(frozen=True, slots=True)
class FixedBytes:
    """`size` bytes, to the left of their word."""

    size: int


@dataclass(frozen=True, slots=True)
class Bytes:
    """Bytes of any length."""


@dataclass(frozen=True, slots=True)
class String:
    """Text of any length, in UTF-8."""


@dataclass(frozen=True, slots=True)
class FixedArray:
    """`length` values of one type."""

    item: "Type"
    length: int


@dataclass(frozen=True, slots=True)
class DynamicArray:
    """Any number of values of one type."""

    item: "Type"


@dataclass(frozen=True, slots=True)
class Tuple:
    """One value of each type."""

    items: "tuple[Type, ...]"


WordType: TypeAlias = Uint | Int | Address | Bool | FixedBytes
Type: TypeAlias = WordType | Bytes | String | FixedArray | DynamicArray | Tuple
Value: TypeAlias = "int | bool | bytes | str | tuple[Value, ...]"
"""What each type reads as: int, int, 20 bytes, bool, bytes, bytes or str, and tuples."""


def parse_types(text: str) -> tuple[Type, ...]:
    """Read a list of types as a canonical signature writes it: `address,(uint256,bytes)[],bool`.

    Meant for constants of this program: raises ValueError for what is not a list of types.
    """
    return tuple(_parse_type(part) for part in _split(text))


def decode(types: tuple[Type, ...], data: bytes) -> tuple[Value, ...]:
    """Read exactly one value of each type.

    Raises MalformedTransaction for anything but the standard layout. Takes time and memory in
    proportion to the bytes.
    """
    values, end = decode_prefix(types, data)
    if end != len(data):
        raise MalformedTransaction(f"{len(data) - end} bytes follow the last argument")
    return values


def decode_prefix(types: tuple[Type, ...], data: bytes) -> tuple[tuple[Value, ...], int]:
    """Read one value of each type as `decode` does, and return where they stop.

    For explaining calls that are refused: contracts take no notice of what follows.
    """
    return _read_sequence(types, data, 0)


def _split(text: str) -> list[str]:
    """Split at the commas that stand in no parentheses."""
    parts, depth = [""] if text else [], 0
    for letter in text:
        depth += (letter == "(") - (letter == ")")
        if letter == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return parts


def _parse_type(text: str) -> Type:
    if text.endswith("]"):
        item, _, length = text[:-1].rpartition("[")
        if not length:
            return DynamicArray(_parse_type(item))
        return FixedArray(_parse_type(item), _within(length, 1, 1 << 16))
    if text.startswith("(") and text.endswith(")") and len(text) > 2:
        return Tuple(parse_types(text[1:-1]))
    plain: dict[str, Type] = {
        "address": Address(),
        "bool": Bool(),
        "bytes": Bytes(),
        "string": String(),
    }
    return plain[text] if text in plain else _parse_sized(text)


def _parse_sized(text: str) -> Type:
    name = text.rstrip("0123456789")
    size = text.removeprefix(name)
    match name:
        case "uint":
            return Uint(_within(size, 8, 256))
        case "int":
            return Int(_within(size, 8, 256))
        case "bytes":
            return FixedBytes(_within(size, 1, WORD_BYTES))
        case _:
            raise ValueError(f"{text!r} is not an ABI type")


def _within(digits: str, least: int, most: int) -> int:
    if not least <= int(digits) <= most:
        raise ValueError(f"{digits} is not from {least} to {most}")
    return int(digits)


def _is_dynamic(kind: Type) -> bool:
    match kind:
        case Bytes() | String() | DynamicArray():
            return True
        case FixedArray(item=item):
            return _is_dynamic(item)
        case Tuple(items=items):
            return any(map(_is_dynamic, items))
        case Uint() | Int() | Address() | Bool() | FixedBytes():
            return False


def _head_size(kind: Type) -> int:
    """Bytes of a value in its sequence's head: itself, or the offset of its tail."""
    match kind:
        case FixedArray(item=item, length=length) if not _is_dynamic(item):
            return length * _head_size(item)
        case Tuple(items=items) if not _is_dynamic(kind):
            return sum(map(_head_size, items))
        case _:
            return WORD_BYTES


def _read_sequence(
    types: tuple[Type, ...], data: bytes, start: int
) -> tuple[tuple[Value, ...], int]:
    """Read heads and tails from `start`; return the values and where the last tail stops."""
    head, tail = start, start + sum(map(_head_size, types))
    if tail > len(data):
        raise MalformedTransaction(f"{tail - len(data)} bytes of arguments are missing")
    values: list[Value] = []
    for kind in types:
        if _is_dynamic(kind):
            if start + _uint(data, head) != tail:
                raise MalformedTransaction("an argument's offset does not follow the standard")
            value, tail = _read(kind, data, tail)
            head += WORD_BYTES
        else:
            value, head = _read(kind, data, head)
        values.append(value)
    return tuple(values), tail


def _read(kind: Type, data: bytes, at: int) -> tuple[Value, int]:
    """Read one value at `at`; return it and where it stops."""
    match kind:
        case Bytes():
            return _read_bytes(data, at)
        case String():
            content, end = _read_bytes(data, at)
            return _utf8(content), end
        case DynamicArray(item=item):
            count = _uint(data, at)
            if count > (len(data) - at) // WORD_BYTES:
                raise MalformedTransaction("an array announces more items than there are bytes")
            return _read_sequence((item,) * count, data, at + WORD_BYTES)
        case FixedArray(item=item, length=length):
            return _read_sequence((item,) * length, data, at)
        case Tuple(items=items):
            return _read_sequence(items, data, at)
        case Uint() | Int() | Address() | Bool() | FixedBytes():
            return _read_word(kind, _word(data, at)), at + WORD_BYTES


def _read_bytes(data: bytes, at: int) -> tuple[bytes, int]:
    length = _uint(data, at)
    start = at + WORD_BYTES
    end = start + (length + WORD_BYTES - 1) // WORD_BYTES * WORD_BYTES
    if end > len(data):
        raise MalformedTransaction("a byte string announces more bytes than there are")
    if any(data[start + length : end]):
        raise MalformedTransaction("the padding behind a byte string is not zero")
    return data[start : start + length], end


def _utf8(content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise MalformedTransaction("a string is not UTF-8") from None


def _read_word(kind: WordType, word: bytes) -> Value:
    match kind:
        case Uint(bits=bits):
            return _fitting(int.from_bytes(word, "big"), 1 << bits)
        case Int(bits=bits):
            half = 1 << bits - 1
            return _fitting(int.from_bytes(word, "big", signed=True) + half, 2 * half) - half
        case Address():
            return _fitting(int.from_bytes(word, "big"), 1 << 160).to_bytes(20, "big")
        case Bool():
            return bool(_fitting(int.from_bytes(word, "big"), 2))
        case FixedBytes(size=size):
            if any(word[size:]):
                raise MalformedTransaction("the padding behind a value is not zero")
            return word[:size]


def _fitting(value: int, limit: int) -> int:
    if not 0 <= value < limit:
        raise MalformedTransaction("a value does not fit its type, or its padding is not clean")
    return value


def _word(data: bytes, at: int) -> bytes:
    if at + WORD_BYTES > len(data):
        raise MalformedTransaction("the arguments end within a value")
    return data[at : at + WORD_BYTES]


def _uint(data: bytes, at: int) -> int:
    return int.from_bytes(_word(data, at), "big")
