"""A message on show as an animated QR code, at a steady rate and a density that may change.

Symbols are made ahead by a thread. A change of density or of link loses nothing: the parts that
follow carry symbols of the same transfer, from the first one on that was not shown yet.
"""

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from appliance.wire.errors import TransferTooLarge
from appliance.wire.outgoing import Cut, cut
from appliance.wire.public_message import PublicMessage
from appliance.wire.qr import Correction, Modules

FRAMES_PER_SECOND = 15
"""Half of what a usual camera takes in, so that every frame is seen whole once."""
SLOWEST, FASTEST = 1, 30

_AHEAD = 2
_REMEMBERED_SECONDS = 2.0
_STEP = 8


@dataclass(frozen=True, slots=True)
class Shown:
    """A symbol to show: that of part `number`, counted from 1, where any `needed` are enough."""

    modules: Modules
    number: int
    needed: int


class Show:
    """Makes the symbols of a message, beginning with the part that holds its symbol `first`.

    `version` and `correction` are how dense the symbols are, `needed` is how many parts are enough.
    Close it when done. Raises TransferTooLarge where a symbol is too small for the message.
    """

    def __init__(
        self,
        message: bytes | PublicMessage,
        version: int,
        correction: Correction = Correction.LOW,
        first: int = 0,
    ) -> None:
        parts = cut(message, version, correction)
        self._thread = ThreadPoolExecutor(1, "symbols")
        self._ahead: deque[Future[Shown]] = deque()
        self._begin(parts, (version, correction), first)

    def _begin(self, parts: Cut, density: tuple[int, Correction], first: int) -> None:
        self._forget()
        self._parts = parts
        self.version, self.correction = density
        self.needed = parts.needed
        self._number = first // parts.part_symbols
        self._prepare()

    def _forget(self) -> None:
        for frame in self._ahead:
            frame.cancel()
        self._ahead.clear()

    @property
    def first(self) -> int:
        """The first symbol of the transfer that was not handed out yet."""
        return self._number * self._parts.part_symbols

    def next(self) -> Future[Shown]:
        """Return the next part's symbol, which may still be being made; those after it follow.

        Of a message that one part holds, it is the same again.
        """
        self._number += 1
        frame = self._ahead.popleft()
        self._prepare()
        return frame

    def _prepare(self) -> None:
        while len(self._ahead) < _AHEAD:
            number = self._number + len(self._ahead) if self.needed > 1 else 0
            density = (self.version, self.correction)
            self._ahead.append(self._thread.submit(_shown, self._parts, number, *density))

    def change(self, version: int, correction: Correction) -> bool:
        """Go on with symbols of another density. Return False where they cannot hold the parts."""
        try:
            parts = self._parts.resized(version, correction)
        except TransferTooLarge:
            return False
        self._begin(parts, (version, correction), self.first)
        return True

    def close(self) -> None:
        """Make no more symbols; one that was handed out is still finished."""
        self._forget()
        self._thread.shutdown(wait=False)


def _shown(parts: Cut, number: int, version: int, correction: Correction) -> Shown:
    return Shown(parts.symbol(number, version, correction), number + 1, parts.needed)


def step(version: int, direction: int, largest: int) -> int:
    """Return the next denser version (1) or less dense one (-1), not above the largest."""
    size = max(1, version // _STEP)
    return max(1, min(largest, version + direction * size))


class Pace:
    """A steady clock of frames: when the next one is due, and how many a second were shown.

    The time is the caller's, in seconds. A frame that is late does not delay those after it, but
    frames that were missed are not made up for.
    """

    def __init__(self, fps: int = FRAMES_PER_SECOND) -> None:
        self.fps = fps
        self._due = 0.0
        self._times: deque[float] = deque()

    def wait(self, now: float) -> float:
        """Return how long it is until the next frame is due."""
        return max(0.0, self._due - now)

    def shown(self, now: float) -> None:
        """Take note that a frame was shown just now."""
        self._due = max((self._due or now) + 1 / self.fps, now)
        self._times.append(now)
        while self._times[0] < now - _REMEMBERED_SECONDS:
            self._times.popleft()

    def change(self, by: int) -> None:
        """Show so many frames a second more, or fewer, within bounds."""
        self.fps = min(FASTEST, max(SLOWEST, self.fps + by))
        self._times.clear()

    @property
    def reached(self) -> float:
        """Frames a second over the last two seconds."""
        if len(self._times) < 2:
            return 0.0
        return (len(self._times) - 1) / (self._times[-1] - self._times[0])
