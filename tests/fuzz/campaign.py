"""One campaign: a target, so many mutated inputs, and what must hold for every one of them."""

import random
import resource
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from signal import ITIMER_VIRTUAL, SIGVTALRM, setitimer, signal
from types import FrameType

from tests.fuzz.mutation import mutated

HANG_SECONDS = 1.0
"""Processor time for an input of at most 100 kB; so a busy machine raises no false alarm."""
MEMORY_MIB = 64
WARM_UP = 2_000
"""Inputs before memory counts: by then tables and caches are there."""


@dataclass(frozen=True)
class Target:
    """A parser under fire.

    `read` takes bytes and returns a word for what came of them ("cleared", "refused", …). What it
    may raise on purpose is `allowed`; that counts under the error's name. It raises AssertionError
    where a result breaks a promise, such as bytes that were cleared and do not re-encode.
    """

    name: str
    seeds: tuple[bytes, ...]
    read: Callable[[bytes], str]
    allowed: tuple[type[Exception], ...]


@dataclass
class Report:
    """What a campaign found. `crashes` are inputs with what happened; none is what is wanted."""

    target: str
    inputs: int = 0
    seconds: float = 0.0
    slowest: float = 0.0
    growth_mib: float = 0.0
    outcomes: Counter[str] = field(default_factory=Counter)
    crashes: list[tuple[bytes, str]] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        """Whether every promise held."""
        return not self.crashes and self.growth_mib < MEMORY_MIB


class Hang(BaseException):
    """An input took longer than the guard; no `except Exception` can swallow it."""


def campaign(target: Target, inputs: int, seed: int) -> Report:
    """Fire mutated inputs at a target. The same seed fires the same inputs."""
    dice = random.Random(f"{target.name}:{seed}")
    report, began = Report(target.name), time.perf_counter()
    for data in target.seeds:
        fire(target, data, report)
    base = peak_mib()
    for number in range(inputs):
        fire(target, mutated(dice, target.seeds), report)
        if number == WARM_UP:
            base = peak_mib()
        if len(report.crashes) >= 20:
            break
    report.growth_mib = peak_mib() - base
    report.seconds = time.perf_counter() - began
    return report


def fire(target: Target, data: bytes, report: Report) -> None:
    """Give a target one input and record what came of it."""
    report.inputs += 1
    began = time.perf_counter()
    try:
        with guard():
            outcome = target.read(data)
    except target.allowed as error:
        outcome = type(error).__name__
    except Hang:
        outcome = "HANG"
        report.crashes.append((data, f"no answer in {HANG_SECONDS} s"))
    except Exception:  # noqa: BLE001 - whatever else it is, it is what this looks for
        outcome = "CRASH"
        report.crashes.append((data, traceback.format_exc(limit=-4)))
    report.slowest = max(report.slowest, time.perf_counter() - began)
    report.outcomes[outcome] += 1


@contextmanager
def guard() -> Iterator[None]:
    """Interrupt what takes too long."""
    setitimer(ITIMER_VIRTUAL, HANG_SECONDS)
    try:
        yield
    finally:
        setitimer(ITIMER_VIRTUAL, 0)


def ring(_number: int, _frame: FrameType | None) -> None:
    raise Hang


signal(SIGVTALRM, ring)


def peak_mib() -> float:
    """The most memory this process ever held, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
