"""JSON from elsewhere, bounded: brackets by the thousand overflow the stack of its reader."""

import json
from collections.abc import Callable
from typing import Any

DEEPEST = 16


def loaded(
    text: str, pairs: Callable[[list[tuple[str, Any]]], dict[str, Any]] | None = None
) -> object:
    """Return the value; `pairs` makes objects. Raises ValueError, also if nested too deeply."""
    depth = 0
    for character in text:
        if character in "[{":
            depth += 1
            if depth > DEEPEST:
                raise ValueError(f"JSON nested deeper than {DEEPEST}")
        elif character in "]}":
            depth -= 1
    value: object = json.loads(text, object_pairs_hook=pairs)
    return value
