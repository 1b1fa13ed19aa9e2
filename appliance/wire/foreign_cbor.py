"""CBOR as other wallets write it into URs: with tags, and with texts as keys of maps.

Otherwise as strict as `canonical`, which BCR-2020-005 demands: the deterministic encoding of
RFC 8949 section 4.2.1, without floats and trailing bytes, of bounded depth and count.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import TypeAlias

from appliance.errors import MalformedTransaction

MAX_DEPTH = 16
MAX_ITEMS = 10_000
"""Values in one body. Each costs far more memory than the byte it may be written in."""

_INLINE = 24
_WIDTHS = {24: 1, 25: 2, 26: 4, 27: 8}
_SIMPLE = {0xF4: False, 0xF5: True, 0xF6: None}


@dataclass(frozen=True, slots=True)
class Tagged:
    """A value with its tag."""

    tag: int
    value: "Value"


Key: TypeAlias = "int | str"
Value: TypeAlias = (
    "int | bytes | str | bool | tuple[Value, ...] | Mapping[Key, Value] | Tagged | None"
)


class _Major(IntEnum):
    UNSIGNED = 0
    NEGATIVE = 1
    BYTES = 2
    TEXT = 3
    ARRAY = 4
    MAP = 5
    TAG = 6


def decode(data: bytes) -> Value:
    """Read exactly one value. Raises MalformedTransaction for any other encoding than described."""
    reader = _Reader(data)
    value = reader.value(0)
    if reader.at != len(data):
        raise MalformedTransaction(f"{len(data) - reader.at} bytes follow the CBOR value")
    return value


class _Reader:
    """A position in the bytes, and what may stand there."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0
        self.items = 0

    def value(self, depth: int) -> Value:
        self.items += 1
        if depth > MAX_DEPTH or self.items > MAX_ITEMS:
            raise MalformedTransaction("the CBOR value is too deep, or has too many parts")
        if (first := self.data[self.at : self.at + 1]) and first[0] in _SIMPLE:
            self.at += 1
            return _SIMPLE[first[0]]
        major, argument = self.head()
        match major:
            case _Major.ARRAY:
                return self.array(argument, depth)
            case _Major.MAP:
                return self.map(argument, depth)
            case _Major.TAG:
                return Tagged(argument, self.value(depth + 1))
            case _:
                return self.scalar(major, argument)

    def scalar(self, major: int, argument: int) -> Value:
        match major:
            case _Major.UNSIGNED:
                return argument
            case _Major.NEGATIVE:
                return -1 - argument
            case _Major.BYTES:
                return self.take(argument)
            case _:
                return self.text(argument)

    def head(self) -> tuple[int, int]:
        first = self.take(1)[0]
        major, short = first >> 5, first & 0x1F
        if major > _Major.TAG or (short >= _INLINE and short not in _WIDTHS):
            raise MalformedTransaction(f"the initial CBOR byte 0x{first:02x} is not used here")
        if short < _INLINE:
            return major, short
        width = _WIDTHS[short]
        argument = int.from_bytes(self.take(width), "big")
        if argument < (_INLINE if width == 1 else 1 << 4 * width):
            raise MalformedTransaction("a CBOR number is written longer than it needs to be")
        return major, argument

    def take(self, length: int) -> bytes:
        end = self.at + length
        if end > len(self.data):
            raise MalformedTransaction(f"{end - len(self.data)} bytes are missing in the CBOR")
        taken = self.data[self.at : end]
        self.at = end
        return taken

    def text(self, length: int) -> str:
        try:
            return self.take(length).decode()
        except UnicodeDecodeError:
            raise MalformedTransaction("a CBOR text is not UTF-8") from None

    def array(self, count: int, depth: int) -> tuple[Value, ...]:
        self.expect_items(count)
        return tuple(self.value(depth + 1) for _ in range(count))

    def map(self, count: int, depth: int) -> Mapping[Key, Value]:
        self.expect_items(2 * count)
        entries: dict[Key, Value] = {}
        previous = b""
        for _ in range(count):
            start = self.at
            key = self.value(depth + 1)
            encoded = self.data[start : self.at]
            if not isinstance(key, int | str) or isinstance(key, bool):
                raise MalformedTransaction("a CBOR map key is neither an integer nor a text")
            if encoded <= previous:
                raise MalformedTransaction("the keys of a CBOR map are not in ascending order")
            previous = encoded
            entries[key] = self.value(depth + 1)
        return entries

    def expect_items(self, count: int) -> None:
        """Every item takes a byte at least, so a count beyond what is left is a lie."""
        if count > len(self.data) - self.at:
            raise MalformedTransaction(f"{count} CBOR items are announced where fewer can stand")
