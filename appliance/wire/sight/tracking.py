"""Where to look for a symbol, and how hard, so that looking costs little and finds it soon.

A symbol is looked for first where the last one was, with a margin, and in the way that found the
last one. Whatever else is tried of an image without a symbol is bounded.
"""

from dataclasses import dataclass, replace
from enum import Enum

from appliance.wire.sight.qr_reading import Region

MARGIN = 0.15
"""How far a hand moves a symbol from frame to frame, as a share of its side."""
FORGET_AFTER = 3
"""Frames without a symbol after which it may be anywhere."""
COLD_AFTER = 30
"""Frames without a symbol after which there probably is none."""
COLD_EVERY = 3


class Care(Enum):
    """What is done to an image before it is read, from what costs least to what costs most.

    Blurring undoes noise; lifting the shadows undoes the stripes of a screen's own grid;
    sharpening undoes bad focus; a thorough look finds what stands on its head, is inverted, or
    needs shrinking.
    """

    QUICK = 0
    BLURRED = 1
    LIFTED = 2
    SHARPENED = 3
    THOROUGH = 4


RARER = tuple(Care)[1:]


@dataclass(frozen=True, slots=True)
class Look:
    """One look, at a region or at the whole image."""

    care: Care
    region: Region | None = None


ALL_LOOKS = tuple(map(Look, Care))


@dataclass(frozen=True, slots=True)
class Track:
    """What the frames so far taught: where the symbol is, what reads it, how long it is lost."""

    region: Region | None = None
    care: Care = Care.QUICK
    missed: int = 0

    def looks(self, *, patient: bool) -> tuple[Look, ...]:
        """Return what to try on the next frame, in this order, until a symbol is read.

        Somebody patient tries everything on every frame. Otherwise it is what worked last, a quick
        look, and one of the rarer ones in turn; that one only now and then when all is quiet.
        """
        first = Look(self.care, self.region)
        if patient:
            return _distinct(first, *ALL_LOOKS)
        quick = Look(Care.QUICK, self.region)
        is_cold = self.missed >= COLD_AFTER
        if is_cold and self.missed % COLD_EVERY:
            return (quick,)
        turn = RARER[self.missed // (COLD_EVERY if is_cold else 1) % len(RARER)]
        rarer = Look(turn, None if turn is Care.THOROUGH else self.region)
        return _distinct(quick, rarer) if is_cold else _distinct(first, quick, rarer)

    def found(self, region: Region, care: Care) -> "Track":
        """Return what is known after a symbol was read there in this way."""
        return Track(_widened(region), care)

    def lost(self) -> "Track":
        """Return what is known after a frame without a symbol."""
        missed = self.missed + 1
        return replace(self, region=None if missed >= FORGET_AFTER else self.region, missed=missed)


def _widened(region: Region) -> Region:
    width, height = region.right - region.left, region.bottom - region.top
    margin = int(MARGIN * max(width, height)) + 1
    return Region(
        max(region.left - margin, 0),
        max(region.top - margin, 0),
        region.right + margin,
        region.bottom + margin,
    )


def _distinct(*looks: Look) -> tuple[Look, ...]:
    return tuple(dict.fromkeys(looks))
