"""What a camera saw so far, and how fast a transfer goes."""

from dataclasses import dataclass

PACE_SECONDS = 4.0
"""How far back a pace looks."""
_MOST_SAMPLES = 64


@dataclass(frozen=True, slots=True)
class Telemetry:
    """What a camera saw so far.

    `frames` were looked at; `decoded` had a part in them, `lost` had none. `skipped` were overtaken
    by newer ones before anybody looked. `bytes` of parts, immediate repeats not counted. `seconds`
    by the video's own clock if it has one, else by the wall's.
    """

    frames: int = 0
    decoded: int = 0
    lost: int = 0
    skipped: int = 0
    bytes: int = 0
    seconds: float = 0.0

    @property
    def bytes_per_second(self) -> float:
        """The rate of parts so far."""
        return self.bytes / self.seconds if self.seconds > 0 else 0.0


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a rank grew lately: (seconds by any clock that only goes forward, rank)."""

    samples: tuple[tuple[float, int], ...] = ()

    def at(self, seconds: float, rank: int) -> "Pace":
        """Return the pace with what is known now; a rank that fell begins a new one."""
        if self.samples and rank < self.samples[-1][1]:
            return Pace(((seconds, rank),))
        if self.samples and seconds - self.samples[-1][0] < PACE_SECONDS / _MOST_SAMPLES:
            return self
        recent = [each for each in self.samples if seconds - each[0] <= PACE_SECONDS]
        return Pace((*recent[-_MOST_SAMPLES:], (seconds, rank)))

    @property
    def per_second(self) -> float:
        """How much the rank grew a second."""
        if len(self.samples) < 2:
            return 0.0
        (began, least), (ended, most) = self.samples[0], self.samples[-1]
        return (most - least) / (ended - began) if ended > began else 0.0

    def seconds_left(self, needed: int) -> int | None:
        """Return the seconds until the rank is `needed`, if it grows at all."""
        if not needed or not self.samples or self.per_second <= 0:
            return None
        return round((needed - self.samples[-1][1]) / self.per_second)
