"""Why nothing was read in a frame, from how it measurably looks."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from appliance.wire.qr import Image
from appliance.wire.sight.hints import Hint
from appliance.wire.sight.qr_reading import Sighting

_BLACK = 24
_DARK = 70
_BRIGHT = 150
_LEAST_CONTRAST = 25
_LEAST_MODULE = 2.6
"""Pixels a module below which reading gets rare; a hand needs half as many again."""
_LEAST_EDGE = 0.25
_BLURRED_EDGE = 0.145
_STEP = 4
_PATCH = 256


@dataclass(frozen=True, slots=True)
class Facts:
    """How an image looks: its darkest and lightest greys, and its steepest edge.

    The edge is the largest change from one pixel to the next, as a share of the contrast, along
    the direction in which it is softer.
    """

    dark: int
    light: int
    edge: float


def facts_of(image: Image) -> Facts:
    """Measure an image that is not empty. Bounded work, whatever its size."""
    dark, light = np.percentile(image[::_STEP, ::_STEP], (5, 97))
    top, left = (max(0, (size - _PATCH) // 2) for size in image.shape)
    patch = image[top : top + _PATCH, left : left + _PATCH].astype(np.int16)
    contrast = max(float(light - dark), 1.0)
    steepest = [
        float(np.percentile(np.abs(np.diff(patch, axis=axis)), 98)) if patch.shape[axis] > 1 else 0
        for axis in (0, 1)
    ]
    return Facts(int(dark), int(light), min(steepest) / contrast)


def hint_for(frame: Image, unreadable: Sequence[Sighting], *, was_seen: bool) -> Hint:
    """Say why nothing was read in a frame in which these symbols stand that cannot be read.

    `was_seen` if one was read not long ago, so that there is something to hold still.
    """
    if not frame.size:
        return Hint.UNUSABLE
    symbol = max(unreadable, key=lambda each: each.module, default=None)
    facts = facts_of(symbol.region.of(frame) if symbol else frame)
    if (badly_lit := _light(facts)) is not None:
        return badly_lit
    if symbol is None:
        return Hint.HOLD_STILL if was_seen and facts.edge < _BLURRED_EDGE else Hint.NO_CODE
    if symbol.module < _LEAST_MODULE:
        return Hint.MOVE_CLOSER
    # A sharp picture of a symbol that does not add up is one of two symbols.
    return Hint.HOLD_STILL if facts.edge < _LEAST_EDGE else Hint.SLOW_DOWN


def _light(facts: Facts) -> Hint | None:
    if facts.light < _BLACK:
        return Hint.BLACK
    if facts.light < _DARK:
        return Hint.TOO_DARK
    if facts.dark > _BRIGHT and facts.light - facts.dark < _LEAST_CONTRAST:
        return Hint.TOO_BRIGHT
    return None
