"""What to do about a camera that reads little, in the order of what has to be put right first."""

from collections import Counter
from collections.abc import Sequence
from enum import StrEnum

WINDOW = 30
"""Frames that advice rests on: about a second."""


class Hint(StrEnum):
    """What is the matter, in the order of what has to be put right first."""

    UNPLUGGED = "unplugged"
    SILENT = "silent"
    UNUSABLE = "unusable"
    BLACK = "black"
    TOO_DARK = "too-dark"
    TOO_BRIGHT = "too-bright"
    FOREIGN_CODE = "foreign-code"
    MOVE_CLOSER = "move-closer"
    HOLD_STILL = "hold-still"
    SLOW_DOWN = "slow-down"
    NO_CODE = "no-code"


RANKS = {hint: rank for rank, hint in enumerate(Hint)}


def advice(outcomes: Sequence[Hint | None]) -> Hint | None:
    """Return what to say after frames with these outcomes, None for one that was read.

    Nothing while at least half of them are read: losses are normal.
    """
    counts = Counter(hint for hint in outcomes if hint is not None)
    if 2 * counts.total() <= len(outcomes):
        return None
    return max(counts, key=lambda hint: (counts[hint], -RANKS[hint]))
