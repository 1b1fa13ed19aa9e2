"""JSON with one meaning: public parsing cases, and what a second meaning is refused for."""

import base64
from typing import Any

import pytest

from appliance.errors import SettingsError
from appliance.inspection.strict_json import MAX_NESTING, parse_object
from tests.shared_vectors import need, shared


def outcome(data: bytes) -> str:
    try:
        parse_object(data)
    except SettingsError as error:
        return error.what
    return "read"


def test_public_parsing_cases_are_read_or_refused_and_never_crash() -> None:
    for case in need(shared("text/json_parsing.jsonl")):
        said = outcome(base64.b64decode(case["json_b64"]))
        if case["group"] == "n":
            assert said != "read", case["id"]
        if case["group"] == "y" and said != "read":
            assert _has_no_one_meaning(case), (case["id"], said)


def _has_no_one_meaning(case: dict[str, Any]) -> bool:
    """What others accept and we do not: no object, a key that stands twice, a float."""
    text = base64.b64decode(case["json_b64"]).decode("utf-8", "replace").strip()
    return (
        not text.startswith("{")
        or "duplicated" in case["id"]
        or any(mark in text for mark in (".", "e", "E"))
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"a": 1, "a": 1}', "twice"),
        ('{"a": 1.0}', "not an integer"),
        ('{"a": NaN}', "not an integer"),
        ("[1]", "not an object"),
        ('{"a": ' + "[" * MAX_NESTING + "]" * MAX_NESTING + "}", "nested deeper"),
        ("[" * 100_000, "nested deeper"),
    ],
)
def test_a_second_meaning_is_refused(text: str, told: str) -> None:
    assert told in outcome(text.encode())
    assert outcome(b'{"a": [' * 20 + b"]}" * 20) == "read"
