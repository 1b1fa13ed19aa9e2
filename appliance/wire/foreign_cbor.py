"""CBOR as other wallets write it into URs: with tags, and with texts as keys of maps.

Otherwise as strict as `canonical`, which BCR-2020-005 demands: the deterministic encoding of
RFC 8949 section 4.2.1, without floats and trailing bytes, of bounded depth and count.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, TypeAlias

from appliance.errors import MalformedTransaction
from appliance.wire import canonical
from appliance.wire.canonical import Reader

MAX_ITEMS = 10_000
"""Values in one body. Each costs far more memory than the byte it may be written in."""


@dataclass(frozen=True, slots=True)
class Tagged:
    """A value with its tag."""

    tag: int
    value: "Value"


Key: TypeAlias = "int | str"
Value: TypeAlias = (
    "int | bytes | str | bool | tuple[Value, ...] | Mapping[Key, Value] | Tagged | None"
)


def decode(data: bytes) -> Value:
    """Read exactly one value. Raises MalformedTransaction for any other encoding than described."""
    value: Value = _Reader(data).whole()
    return value


def encode(value: Value) -> bytes:
    """Return the one encoding of a value. Raises ValueError for an integer over 64 bits."""
    match value:
        case Tagged(tag=tag, value=inner):
            return _head(_TAG, tag) + encode(inner)
        case tuple():
            return _head(_ARRAY, len(value)) + b"".join(map(encode, value))
        case Mapping():
            entries = sorted((encode(key), encode(item)) for key, item in value.items())
            return _head(_MAP, len(entries)) + b"".join(key + item for key, item in entries)
        case _:
            return canonical.encode(value)


_ARRAY, _MAP, _TAG = 4, 5, 6
"""Major types (RFC 8949 section 3.1)."""


def _head(major: int, argument: int) -> bytes:
    """Return what stands before a value: as an unsigned number, but of another major type."""
    first, *rest = canonical.encode(argument)
    return bytes((first | major << 5, *rest))


class _Reader(Reader):
    """The dialect of URs."""

    KEYS: ClassVar[str] = "an integer or a text"

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self._items = 0

    def refused(self, what: str) -> Exception:
        return MalformedTransaction(f"the CBOR: {what}")

    def value(self, depth: int) -> Any:
        self._items += 1
        if self._items > MAX_ITEMS:
            raise self.refused(f"there are more than {MAX_ITEMS:,} values")
        return super().value(depth)

    def tagged(self, tag: int, depth: int) -> Tagged:
        return Tagged(tag, self.value(depth + 1))

    def is_key(self, value: object) -> bool:
        return isinstance(value, int | str) and not isinstance(value, bool)
