"""Waiting for a link: until when, and what people see meanwhile."""

import sys
import time
from collections.abc import Callable

from appliance.wire.gathering import Progress


def after(seconds: float) -> Callable[[], bool]:
    """Return what tells whether so many seconds have passed from now."""
    deadline = time.monotonic() + seconds
    return lambda: time.monotonic() > deadline


class Meter:
    """Tells people how far a transfer is, in one line that is written over."""

    def __init__(self) -> None:
        self._told = (-1, -1)
        self._visible = sys.stderr.isatty()

    def __call__(self, progress: Progress) -> None:
        """Tell, where that is news."""
        told = (progress.rank, progress.needed)
        if self._visible and told != self._told:
            self._told = told
            sys.stderr.write(f"\r{progress.rank} of {progress.needed} parts")
            sys.stderr.write("\n" if progress.complete else "")
            sys.stderr.flush()
