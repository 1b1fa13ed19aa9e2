"""Strict CBOR: one value, one encoding; any other encoding is refused.

The profile is RFC 8949 section 4.2.1 (core deterministic encoding) without floats, tags and
indefinite lengths; map keys are integers. Decoding reads exactly one value, leaves nothing over,
and never allocates by an announced length before the bytes for it are there.
"""

from collections.abc import Mapping
from enum import IntEnum
from typing import Any, ClassVar, TypeAlias

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
    TAG = 6
    SIMPLE = 7


def encode(value: Value) -> bytes:
    """Return the one encoding of `value`. Raises ValueError for an integer over 64 bits."""
    out = bytearray()
    _write(out, value)
    return bytes(out)


def decode(data: bytes) -> Value:
    """Read exactly one value. Raises NotCanonical for anything `encode` would not have written."""
    value: Value = Reader(data).whole()
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


class Reader:
    """A position in the bytes, and what may stand there.

    What a dialect has besides, it says by overriding `refused`, `tagged`, and `is_key` with `KEYS`.
    """

    KEYS: ClassVar[str] = "an integer"

    def __init__(self, data: bytes) -> None:
        """Stand at the first byte."""
        self._data = data
        self._at = 0

    def refused(self, what: str) -> Exception:
        """Return what is raised for bytes outside the dialect."""
        return NotCanonical(what)

    def tagged(self, _tag: int, _depth: int) -> Any:
        """Read what a tag is on."""
        raise self.refused("tags are not allowed")

    def is_key(self, value: object) -> bool:
        """Whether a value may be the key of a map."""
        return isinstance(value, int) and not isinstance(value, bool)

    def whole(self) -> Any:
        """Read one value and nothing behind it."""
        value = self.value(0)
        if self._at != len(self._data):
            raise self.refused(f"{len(self._data) - self._at} bytes follow the value")
        return value

    def value(self, depth: int) -> Any:
        """Read the next value."""
        if depth > MAX_DEPTH:
            raise self.refused(f"values are nested deeper than {MAX_DEPTH}")
        major, argument = self._head()
        match major:
            case _Major.ARRAY:
                self._expect_items(argument)
                return tuple(self.value(depth + 1) for _ in range(argument))
            case _Major.MAP:
                return self._map(argument, depth)
            case _Major.TAG:
                return self.tagged(argument, depth)
            case _:
                return self._scalar(major, argument)

    def _scalar(self, major: int, argument: int) -> int | bytes | str | bool | None:
        match major:
            case _Major.UNSIGNED:
                return argument
            case _Major.NEGATIVE:
                return -1 - argument
            case _Major.BYTES:
                return self._take(argument)
            case _Major.TEXT:
                return self._text(argument)
            case _:
                return self._simple(argument)

    def _head(self) -> tuple[int, int]:
        first = self._take(1)[0]
        major, short = first >> 5, first & 0x1F
        if short < _INLINE:
            return major, short
        if short not in _WIDTHS or major == _Major.SIMPLE:
            raise self.refused(f"the initial byte 0x{first:02x} is not used here")
        width = _WIDTHS[short]
        argument = int.from_bytes(self._take(width), "big")
        if argument < (_INLINE if width == 1 else 1 << 4 * width):
            raise self.refused(f"{argument} is written longer than it needs to be")
        return major, argument

    def _take(self, length: int) -> bytes:
        end = self._at + length
        if end > len(self._data):
            raise self.refused(f"{end - len(self._data)} bytes are missing at the end")
        taken = self._data[self._at : end]
        self._at = end
        return taken

    def _expect_items(self, count: int) -> None:
        """Every item takes a byte at least, so a count beyond what is left is a lie."""
        left = len(self._data) - self._at
        if count > left:
            raise self.refused(f"{count} items are announced in {left} bytes")

    def _text(self, length: int) -> str:
        try:
            return self._take(length).decode()
        except UnicodeDecodeError:
            raise self.refused("a text is not UTF-8") from None

    def _map(self, count: int, depth: int) -> Mapping[Any, Any]:
        self._expect_items(2 * count)
        entries: dict[Any, Any] = {}
        previous = b""
        for _ in range(count):
            start = self._at
            key = self.value(depth + 1)
            encoded = self._data[start : self._at]
            if not self.is_key(key):
                raise self.refused(f"a map key is not {self.KEYS}")
            if encoded <= previous:
                raise self.refused("map keys are not in strictly ascending order")
            previous = encoded
            entries[key] = self.value(depth + 1)
        return entries

    def _simple(self, argument: int) -> bool | None:
        match argument:
            case 20:
                return False
            case 21:
                return True
            case 22:
                return None
            case _:
                raise self.refused(f"simple value {argument} is not used here")
