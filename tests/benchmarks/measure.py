"""How things are measured: several runs, the median quoted, product and peer in the same run."""

import resource
import statistics
from collections.abc import Callable
from dataclasses import dataclass

RUNS = 5


@dataclass(frozen=True)
class Spread:
    """The median of several runs, and how far they lay apart."""

    value: float
    least: float
    most: float
    runs: int


@dataclass(frozen=True)
class Figure:
    """One result. `ratio` says how it compares with `against`; both are None for a plain value."""

    name: str
    spread: Spread
    unit: str
    against: str | None = None
    against_value: float | None = None
    ratio: float | None = None

    def row(self) -> dict[str, object]:
        """The figure as `build/bench.json` holds it."""
        return {
            "name": self.name,
            "value": self.spread.value,
            "unit": self.unit,
            "against": self.against,
            "against_value": self.against_value,
            "ratio": self.ratio,
            "runs": self.spread.runs,
            "min": self.spread.least,
            "max": self.spread.most,
        }


def spread(values: list[float]) -> Spread:
    """Summarise several runs."""
    return Spread(statistics.median(values), min(values), max(values), len(values))


def seconds(work: Callable[[], object], runs: int = RUNS) -> Spread:
    """Time `work` several times, after one run that does not count.

    In processor time, so that what else the machine does stays out of a ratio.
    """
    return in_turns(work, runs=runs)[0]


def in_turns(*works: Callable[[], object], runs: int = RUNS) -> tuple[Spread, ...]:
    """Time several kinds of work that are to be compared, one after the other in each run."""
    for work in works:
        work()
    taken = [[_taken(work) for work in works] for _ in range(runs)]
    return tuple(spread(list(times)) for times in zip(*taken, strict=True))


def _taken(work: Callable[[], object]) -> float:
    started = _processor_seconds()
    work()
    return _processor_seconds() - started


def _processor_seconds() -> float:
    """Processor time of this process and of those it has started and seen end."""
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(each.ru_utime + each.ru_stime for each in used)


def faster_than(name: str, ours: Spread, peer: str, theirs: Spread) -> Figure:
    """A figure whose ratio is the peer's time by ours: above 1 we are faster."""
    return Figure(name, ours, "s", peer, theirs.value, theirs.value / ours.value)


def of_limit(name: str, reached: Spread, unit: str, limit: str, value: float) -> Figure:
    """A figure whose ratio is the share of a limit that was reached."""
    return Figure(name, reached, unit, limit, value, reached.value / value)
