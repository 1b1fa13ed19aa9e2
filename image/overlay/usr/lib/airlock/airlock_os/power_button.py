"""Waits for the power button. Its unit then switches the machine off; this holds no right to."""

import select
import struct
from collections.abc import Sequence
from pathlib import Path

BUTTONS = Path("/dev")
_EVENT = struct.Struct("llHHi")
_KEY, _POWER, _PRESSED = 1, 116, 1


def is_pressed(events: bytes) -> bool:
    """Return whether these input events (struct input_event) hold a press of the power key."""
    whole = len(events) - len(events) % _EVENT.size
    return any(
        (kind, code, value) == (_KEY, _POWER, _PRESSED)
        for _, _, kind, code, value in _EVENT.iter_unpack(events[:whole])
    )


def main(_arguments: Sequence[str]) -> int:
    """Return 0 when a button was pressed; 1 if there is none to wait for."""
    buttons = [path.open("rb", buffering=0) for path in sorted(BUTTONS.glob("airlock-power-*"))]
    while buttons:
        ready, _, _ = select.select(buttons, [], [])
        if any(is_pressed(button.read(_EVENT.size * 64) or b"") for button in ready):
            return 0
    return 1
