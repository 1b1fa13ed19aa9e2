"""Strict CBOR: one value, one encoding; any other encoding is refused.

The profile is RFC 8949 section 4.2.1 (core deterministic encoding) without floats, tags and
indefinite lengths; map keys are integers. Decoding reads exactly one value, leaves nothing over,
and never allocates by an announced length before the bytes for it are there.
"""

from collections.abc import Mapping
from enum import IntEnum
from typing import TypeAlias

from appliance.wire.errors import NotCanonical

Value: TypeAlias = "int | bytes | str | bool | tuple[Value, ...] | Mapping[int, Value] | None"
"""What can be said on the wire."""

MAX_DEPTH = 16

_INLINE = 24
_WIDTHS = {24: 1, 25: 2, 26: 4, 27: 8}


class _Major(IntEnum):
    UNSIGNED = 0
    NEGATIVE = 1
    BYTES = 2
    TEXT = 3
    ARRAY = 4
    MAP = 5
    SIMPLE = 7


def encode(value: Value) -> bytes:
    """Return the one encoding of `value`. Raises ValueError for an integer over 64 bits."""
    out = bytearray()
    _write(out, value)
    return bytes(out)


def decode(data: bytes) -> Value:
    """Read exactly one value. Raises NotCanonical for anything `encode` would not have written."""
    reader = _Reader(data)
    value = reader.value(0)
    if reader.at != len(data):
        raise NotCanonical(f"{len(data) - reader.at} bytes follow the value")
    return value


def _write(out: bytearray, value: Value) -> None:
    match value:
        case None:
            out.append(0xF6)
        case bool():
            out.append(0xF5 if value else 0xF4)
        case int():
            _write_head(
                out, *((_Major.UNSIGNED, value) if value >= 0 else (_Major.NEGATIVE, -1 - value))
            )
        case bytes():
            _write_head(out, _Major.BYTES, len(value))
            out += value
        case str():
            text = value.encode()
            _write_head(out, _Major.TEXT, len(text))
            out += text
        case tuple():
            _write_head(out, _Major.ARRAY, len(value))
            for item in value:
                _write(out, item)
        case _:
            _write_map(out, value)


def _write_map(out: bytearray, value: Mapping[int, Value]) -> None:
    _write_head(out, _Major.MAP, len(value))
    for key, item in sorted((encode(key), item) for key, item in value.items()):
        out += key
        _write(out, item)


def _write_head(out: bytearray, major: int, argument: int) -> None:
    if argument < _INLINE:
        out.append(major << 5 | argument)
        return
    for code, width in _WIDTHS.items():
        if argument < 1 << 8 * width:
            out.append(major << 5 | code)
            out += argument.to_bytes(width, "big")
            return
    raise ValueError("an integer over 64 bits has no encoding here")


class _Reader:
    """A position in the bytes, and what may stand there."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def value(self, depth: int) -> Value:
        if depth > MAX_DEPTH:
            raise NotCanonical(f"values are nested deeper than {MAX_DEPTH}")
        major, argument = self.head()
        match major:
            case _Major.ARRAY:
                return self.array(argument, depth)
            case _Major.MAP:
                return self.map(argument, depth)
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
            case _Major.TEXT:
                return self.text(argument)
            case _Major.SIMPLE:
                return self.simple(argument)
            case _:
                raise NotCanonical("tags are not allowed")

    def head(self) -> tuple[int, int]:
        first = self.take(1)[0]
        major, short = first >> 5, first & 0x1F
        if short < _INLINE:
            return major, short
        if short not in _WIDTHS or major == _Major.SIMPLE:
            raise NotCanonical(f"the initial byte 0x{first:02x} is not used here")
        width = _WIDTHS[short]
        argument = int.from_bytes(self.take(width), "big")
        if argument < (_INLINE if width == 1 else 1 << 4 * width):
            raise NotCanonical(f"{argument} is written longer than it needs to be")
        return major, argument

    def take(self, length: int) -> bytes:
        end = self.at + length
        if end > len(self.data):
            raise NotCanonical(f"{end - len(self.data)} bytes are missing at the end")
        taken = self.data[self.at : end]
        self.at = end
        return taken

    def expect_items(self, count: int) -> None:
        """Every item takes a byte at least, so a count beyond what is left is a lie."""
        if count > len(self.data) - self.at:
            raise NotCanonical(f"{count} items are announced in {len(self.data) - self.at} bytes")

    def text(self, length: int) -> str:
        try:
            return self.take(length).decode()
        except UnicodeDecodeError:
            raise NotCanonical("a text is not UTF-8") from None

    def array(self, count: int, depth: int) -> tuple[Value, ...]:
        self.expect_items(count)
        return tuple(self.value(depth + 1) for _ in range(count))

    def map(self, count: int, depth: int) -> Mapping[int, Value]:
        self.expect_items(2 * count)
        entries: dict[int, Value] = {}
        previous = b""
        for _ in range(count):
            start = self.at
            key = self.value(depth + 1)
            encoded = self.data[start : self.at]
            if not isinstance(key, int) or isinstance(key, bool):
                raise NotCanonical("a map key is not an integer")
            if encoded <= previous:
                raise NotCanonical("map keys are not in strictly ascending order")
            previous = encoded
            entries[key] = self.value(depth + 1)
        return entries

    def simple(self, argument: int) -> bool | None:
        match argument:
            case 20:
                return False
            case 21:
                return True
            case 22:
                return None
            case _:
                raise NotCanonical(f"simple value {argument} is not used here")
