"""A table of a configuration file: each key is asked for by its type, and none is left over."""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, TypeVar

from online_coordinator.amounts import AMOUNT_LIMIT
from online_coordinator.errors import ProposalInvalid, foreign

E = TypeVar("E", bound=StrEnum)

MOST_DIGITS = 78
_PPM_DIGITS = 6
_FRACTION = re.compile(r"([01])(?:\.([0-9]{1,6}))?", re.ASCII)


class Table:
    """Strict access to a parsed TOML table. Every method raises ProposalInvalid."""

    def __init__(self, where: str, given: Mapping[str, Any]) -> None:
        self.where = where
        self.given = given
        self._asked: set[str] = set()

    def end(self) -> None:
        """Refuse keys that nobody asked for."""
        unknown = set(self.given) - self._asked
        if unknown:
            raise ProposalInvalid(f"{self.where}: unknown key {foreign(min(unknown))}")

    def text(self, key: str) -> str:
        """Return a text."""
        value = self._get(key)
        if not isinstance(value, str) or not value:
            raise self._wrong(key, "a text")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts; an empty one where it is absent."""
        value = self._get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self._wrong(key, "a list of texts")
        return tuple(value)

    def integer(self, key: str) -> int:
        """Return a whole number that is not negative."""
        value = self._get(key)
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise self._wrong(key, "a whole number")
        return value

    def flag(self, key: str) -> bool:
        """Return true or false."""
        value = self._get(key)
        if not isinstance(value, bool):
            raise self._wrong(key, "true or false")
        return value

    def amount(self, key: str) -> int:
        """Return base units, written as a text of digits."""
        text = self.text(key)
        digits = text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS
        if not digits or int(text) >= AMOUNT_LIMIT:
            raise self._wrong(key, "a text of base units, digits only")
        return int(text)

    def parts_per_million(self, key: str) -> int:
        """Return a fraction, written as a text such as `0.05`."""
        fraction = _FRACTION.fullmatch(self.text(key))
        if fraction is None:
            raise self._wrong(key, "a text such as 0.05, at most 6 decimals")
        whole, digits = fraction.group(1), fraction.group(2) or ""
        return int(whole + digits.ljust(_PPM_DIGITS, "0"))

    def hexadecimal(self, key: str) -> bytes:
        """Return bytes written in hex."""
        text = self.text(key)
        try:
            data = bytes.fromhex(text)
        except ValueError:
            raise self._wrong(key, "hexadecimal") from None
        if data.hex() != text.lower():
            raise self._wrong(key, "hexadecimal")
        return data

    def choice(self, key: str, kind: type[E]) -> E:
        """Return a member of a closed list."""
        text = self.text(key)
        for member in kind:
            if member.value == text:
                return member
        raise self._wrong(key, "one of " + ", ".join(member.value for member in kind))

    def table(self, key: str) -> "Table":
        """Return an inner table; an empty one where it is absent."""
        value = self._get(key, {})
        if not isinstance(value, Mapping):
            raise self._wrong(key, "a table")
        return Table(f"{self.where}, {key}", value)

    def tables(self, key: str) -> list["Table"]:
        """Return a list of tables; an empty one where it is absent."""
        value = self._get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, Mapping) for item in value):
            raise self._wrong(key, "a list of tables")
        return [Table(f"{self.where}, {key} {n}", item) for n, item in enumerate(value, start=1)]

    def _get(self, key: str, default: object = None) -> Any:
        self._asked.add(key)
        return self.given.get(key, default)

    def _wrong(self, key: str, wanted: str) -> ProposalInvalid:
        fault = "must be" if key in self.given else "is missing; it must be"
        return ProposalInvalid(f"{self.where}: {key} {fault} {wanted}")
