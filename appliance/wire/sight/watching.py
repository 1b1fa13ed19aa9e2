"""Watching frames: where to look in the next one, what the last ones held, what is the matter.

How an image is prepared for a look is the caller's, who has the tools for it.
"""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from appliance.wire.formats import ALL_FORMATS, Format, format_of
from appliance.wire.qr import Image
from appliance.wire.sight.diagnosis import hint_for
from appliance.wire.sight.hints import WINDOW, Hint, advice
from appliance.wire.sight.qr_reading import (
    Sighting,
    look_quickly,
    look_thoroughly,
    unreadable_in,
)
from appliance.wire.sight.telemetry import Telemetry
from appliance.wire.sight.tracking import Care, Look, Track

MAX_PIXELS = 1 << 25
"""Pixels of the largest frame that is looked at."""
MAX_SIDE = 1 << 14

_EXPLAIN_EVERY = 3
_LONG_AGO = 60

Prepare = Callable[[Image, Care], Image]
"""Returns an image of the same size, prepared for a look with this care."""


class Watcher:
    """Reads parts of `formats` from one frame after another."""

    def __init__(self, prepare: Prepare, formats: frozenset[Format], *, patient: bool) -> None:
        self.telemetry = Telemetry()
        self._prepare = prepare
        self._formats = formats
        self._is_patient = patient
        self._track = Track(missed=_LONG_AGO)
        self._previous: tuple[bytes, ...] = ()
        self._outcomes: deque[Hint | None] = deque(maxlen=WINDOW)
        self._why = Hint.NO_CODE

    @property
    def hint(self) -> Hint | None:
        """What is the matter, if most of the frames lately had no part in them."""
        return advice(self._outcomes)

    def contents(self, frame: Image) -> tuple[bytes, ...]:
        """Return what the symbols in the next frame hold, parts or not."""
        looks = self._track.looks(patient=self._is_patient)
        look, found = seen_in(frame, looks, self._prepare, self._formats)
        parts = [each for each in found if _is_part(each, self._formats)]
        if look is not None:
            self._track = self._track.found(parts[0].region, look.care)
            self._outcomes.append(None)
        else:
            self._track = self._track.lost()
            self._outcomes.append(Hint.FOREIGN_CODE if found else self._explained(frame))
        self._count(tuple(each.content or b"" for each in parts))
        return tuple(each.content for each in found if each.content is not None)

    def _explained(self, frame: Image) -> Hint:
        """Return why nothing was read; found out now and then, because it costs a look."""
        if not is_fit(frame):
            return Hint.UNUSABLE
        if self._why is Hint.UNUSABLE or self._track.missed % _EXPLAIN_EVERY == 1:
            was_seen = self._track.missed < _LONG_AGO
            self._why = hint_for(frame, located_in(frame, self._prepare), was_seen=was_seen)
        return self._why

    def _count(self, parts: tuple[bytes, ...]) -> None:
        seen = self.telemetry
        new = 0 if parts == self._previous else sum(map(len, parts))
        self._previous = parts or self._previous
        self.telemetry = replace(
            seen,
            frames=seen.frames + 1,
            decoded=seen.decoded + bool(parts),
            lost=seen.lost + (not parts),
            bytes=seen.bytes + new,
        )


def seen_in(
    frame: Image,
    looks: Sequence[Look],
    prepare: Prepare,
    formats: frozenset[Format] = ALL_FORMATS,
) -> tuple[Look | None, tuple[Sighting, ...]]:
    """Return the first of the looks that reads a part, and the symbols that it reads.

    Where none does, no look, and the symbols that hold something else, if any.
    """
    found: tuple[Sighting, ...] = ()
    if not is_fit(frame):
        return None, found
    for look in looks:
        found = _taken(frame, look, prepare) or found
        if any(_is_part(each, formats) for each in found):
            return look, found
    return None, found


def located_in(frame: Image, prepare: Prepare) -> tuple[Sighting, ...]:
    """Return the symbols that are in a frame of a fit size and cannot be read."""
    return unreadable_in(frame) or unreadable_in(prepare(frame, Care.SHARPENED))


def is_fit(frame: Image) -> bool:
    """Whether a frame is of a size to look at."""
    return 0 < frame.size <= MAX_PIXELS and max(frame.shape) <= MAX_SIDE


def _taken(frame: Image, look: Look, prepare: Prepare) -> tuple[Sighting, ...]:
    region = look.region
    image = frame if region is None else np.ascontiguousarray(region.of(frame))
    if not image.size:
        return ()
    read = look_thoroughly if look.care is Care.THOROUGH else look_quickly
    found = read(prepare(image, look.care))
    if region is None:
        return found
    return tuple(replace(each, region=each.region.moved(region.left, region.top)) for each in found)


def _is_part(sighting: Sighting, formats: frozenset[Format]) -> bool:
    return sighting.content is not None and format_of(sighting.content) in formats
