"""Database fields of this project."""

from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import models

from online_coordinator.amounts import AMOUNT_LIMIT

DIGITS = 78
"""Decimal digits of 2^256 - 1."""

if TYPE_CHECKING:
    _IntegerField = models.Field[int, int]
else:
    _IntegerField = models.Field


class BaseUnitsField(_IntegerField):
    """An exact amount of base units below 2^256.

    No database integer is wide enough, so it is stored as text of 78 digits with leading zeros:
    the order of the texts is the order of the amounts.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["max_length"] = DIGITS
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> tuple[str, str, Any, Any]:
        """Leave out what is fixed."""
        name, path, args, kwargs = super().deconstruct()
        del kwargs["max_length"]
        return name, path, args, kwargs

    def get_internal_type(self) -> str:
        """Store as text."""
        return "CharField"

    def from_db_value(self, value: str | None, *_: object) -> int | None:
        """Return the amount as stored."""
        return None if value is None else int(value)

    def to_python(self, value: Any) -> int | None:
        """Return an integer. Raises ValidationError for anything that is not exactly one."""
        if value is None:
            return None
        if isinstance(value, str) and value.isascii() and value.isdecimal():
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < AMOUNT_LIMIT:
            raise ValidationError("not a whole number of base units below 2^256")
        return value

    def get_prep_value(self, value: Any) -> str | None:
        """Return the text that is stored. Raises ValidationError."""
        amount = self.to_python(value)
        return None if amount is None else f"{amount:0{DIGITS}d}"
