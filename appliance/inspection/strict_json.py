"""JSON with one meaning: no duplicate key, no float, no NaN, nothing but what a reader asks for."""

import json
import re
from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Any

from appliance.errors import SettingsError

Object = Mapping[str, Any]

MAX_NESTING = 64
"""How deep objects and lists may stand in each other; the interpreter's own bound may be raised."""

_TEXT = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_BRACKETS = re.compile(r"[][{}]")


def parse_object(data: str | bytes) -> Object:
    """Read one JSON object, from text or from UTF-8. Raises SettingsError."""
    try:
        text = data if isinstance(data, str) else data.decode("utf-8")
        if _nesting(text) > MAX_NESTING:
            raise SettingsError(f"the JSON is nested deeper than {MAX_NESTING}")
        value = json.loads(
            text,
            object_pairs_hook=_unique,
            parse_float=_no_float,
            parse_constant=_no_float,
        )
    except UnicodeDecodeError:
        raise SettingsError("the bytes are no text in UTF-8, so no JSON object") from None
    except (ValueError, RecursionError) as error:
        raise SettingsError(f"not one JSON object: {str(error)[:80]}") from error
    return as_object(value, "the JSON text")


def _nesting(text: str) -> int:
    """Return how deep brackets are nested outside of texts."""
    steps = (1 if bracket in "[{" else -1 for bracket in _BRACKETS.findall(_TEXT.sub("", text)))
    return max(accumulate(steps), default=0)


def as_object(value: object, where: str) -> Object:
    """Return `value` if it is an object. Raises SettingsError."""
    if not isinstance(value, dict):
        raise SettingsError(f"{where} is not an object")
    return value


def as_list(value: object, where: str) -> Sequence[Any]:
    """Return `value` if it is a list. Raises SettingsError."""
    if not isinstance(value, list):
        raise SettingsError(f"{where} is not a list")
    return value


def text_of(table: Object, key: str, where: str) -> str:
    """Return a text that must be there. Raises SettingsError."""
    value = table.get(key)
    if not isinstance(value, str):
        raise SettingsError(f"{where}: {key} is missing or not a text")
    return value


def integer_of(table: Object, key: str, where: str) -> int:
    """Return an unsigned integer that must be there. Raises SettingsError."""
    value = table.get(key)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise SettingsError(f"{where}: {key} is missing or not an unsigned integer")
    return value


def amount_of(table: Object, key: str, where: str) -> int:
    """Return an amount, written as a decimal text of base units. Raises SettingsError."""
    return amount(text_of(table, key, where), f"{where}: {key}")


def amount(text: str, where: str) -> int:
    """Read a decimal text of base units below 2^256. Raises SettingsError."""
    if not (text.isascii() and text.isdigit()) or len(text) > 78 or int(text) >> 256:
        raise SettingsError(f"{where} is not a decimal text of base units")
    return int(text)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) != len(pairs):
        raise ValueError("a key stands twice in an object")
    return table


def _no_float(text: str) -> None:
    raise ValueError(f"{text[:20]} is not an integer: amounts are decimal texts of base units")
