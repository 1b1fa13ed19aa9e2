"""`appliance scan` and `appliance wire`: messages over the public parts, for people and tests."""

from typing import Any


def add_commands(commands: Any) -> None:
    """Add `scan` and `wire`."""
