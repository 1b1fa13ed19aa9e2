"""How the simple types are written, read and described; and the bounds that types carry."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Any, Protocol

from appliance.wire.canonical import Value
from appliance.wire.errors import NotCanonical


@dataclass(frozen=True, slots=True)
class Length:
    """Bounds on the length of a byte string (bytes), text (UTF-8 bytes) or array (items)."""

    least: int
    most: int

    @property
    def cddl(self) -> str:
        """The bound as a CDDL control."""
        return f" .size ({self.least}..{self.most})"

    def check(self, length: int, where: str) -> None:
        """Raise NotCanonical when `length` is out of bounds."""
        if not self.least <= length <= self.most:
            raise NotCanonical(f"{where} has length {length}, not {self.least} to {self.most}")


@dataclass(frozen=True, slots=True)
class Below:
    """An unsigned integer below `limit`."""

    limit: int


@dataclass(frozen=True, slots=True)
class Uint256:
    """An unsigned integer below 2^256, written as a minimal big-endian byte string."""


class Shape(Protocol):
    """How one type is written, read and described."""

    def write(self, value: Any) -> Value:
        """Return the canonical value."""

    def read(self, value: Value, where: str) -> Any:
        """Return the Python value. Raises NotCanonical, naming `where`."""

    def cddl(self) -> str:
        """Describe this shape (RFC 8610)."""


@dataclass(frozen=True, slots=True)
class BoolShape:
    """True or false."""

    def write(self, value: bool) -> Value:  # noqa: FBT001
        return value

    def read(self, value: Value, where: str) -> bool:
        if not isinstance(value, bool):
            raise NotCanonical(f"{where} is not true or false")
        return value

    def cddl(self) -> str:
        return "bool"


@dataclass(frozen=True, slots=True)
class UnsignedShape:
    """An unsigned integer below a limit."""

    limit: int

    def write(self, value: int) -> Value:
        return self.read(value, "integer")

    def read(self, value: Value, where: str) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < self.limit:
            raise NotCanonical(f"{where} is not an unsigned integer below {self.limit}")
        return value

    def cddl(self) -> str:
        return f"0..{self.limit - 1}"


@dataclass(frozen=True, slots=True)
class Uint256Shape:
    """An unsigned integer below 2^256, as minimal bytes."""

    def write(self, value: int) -> Value:
        return value.to_bytes((value.bit_length() + 7) // 8, "big")

    def read(self, value: Value, where: str) -> int:
        if not isinstance(value, bytes) or len(value) > 32 or value[:1] == b"\0":
            raise NotCanonical(f"{where} is not a minimal byte string of at most 32 bytes")
        return int.from_bytes(value, "big")

    def cddl(self) -> str:
        return "bstr .size (0..32)"


@dataclass(frozen=True, slots=True)
class BytesShape:
    """A byte string of bounded length."""

    length: Length

    def write(self, value: bytes) -> Value:
        return self.read(value, "byte string")

    def read(self, value: Value, where: str) -> bytes:
        if not isinstance(value, bytes):
            raise NotCanonical(f"{where} is not a byte string")
        self.length.check(len(value), where)
        return value

    def cddl(self) -> str:
        return f"bstr{self.length.cddl}"


@dataclass(frozen=True, slots=True)
class TextShape:
    """A text of bounded length in UTF-8."""

    length: Length

    def write(self, value: str) -> Value:
        return self.read(value, "text")

    def read(self, value: Value, where: str) -> str:
        if not isinstance(value, str):
            raise NotCanonical(f"{where} is not a text")
        self.length.check(len(value.encode()), where)
        return value

    def cddl(self) -> str:
        return f"tstr{self.length.cddl}"


@dataclass(frozen=True, slots=True)
class EnumShape:
    """A word or number of a closed list."""

    kind: type[StrEnum | IntEnum]

    def write(self, value: StrEnum | IntEnum) -> Value:
        return value.value

    def read(self, value: Value, where: str) -> StrEnum | IntEnum:
        if type(value) is (str if issubclass(self.kind, StrEnum) else int):
            for member in self.kind:
                if member.value == value:
                    return member
        raise NotCanonical(f"{where} is not a {self.kind.__name__}")

    def cddl(self) -> str:
        return "(" + " / ".join(_literal(member.value) for member in self.kind) + ")"


def _literal(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)
