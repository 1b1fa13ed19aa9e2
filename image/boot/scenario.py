"""A scenario: steps that say what they saw, beside what has to be seen."""

import resource
import time
import traceback
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from image.boot.bench import Bench

Facts = dict[str, Any]
Steps = Generator[Facts, None, None]
"""What is seen at each step, by name."""
_TOLD = 2000


@dataclass(frozen=True, slots=True)
class Scenario:
    """What is done with a disk, and every fact that decides whether it went as it must."""

    play: Callable[[Bench], Steps]
    expected: Facts


def run(scenario: Scenario, bench: Bench) -> Facts:
    """Play a scenario up to the first fact that is not the expected one, and judge it.

    The result holds `ok`, every fact that was seen, the `seconds` it took by the clock and, of
    processors, its machines and other programs together, and, where they are not what they must be,
    the facts that are `wrong`, and `what` ended it early.
    """
    began, used = time.monotonic(), _processor_seconds()
    seen: Facts = {}
    ended: Facts = {}
    try:
        with closing(scenario.play(bench)) as steps:
            for facts in steps:
                seen |= facts
                if differing(seen, _so_far(scenario.expected, seen)):
                    break
    except Exception as error:  # noqa: BLE001 - whatever a scenario stumbles over is its result
        traceback.print_exc()
        ended = {"what": f"{type(error).__name__}: {error}"[:_TOLD]}
    wrong = differing(seen, scenario.expected)
    judged: Facts = {"ok": not (wrong or ended), **seen, **ended}
    if wrong:
        judged["wrong"] = wrong
    took = round(_processor_seconds() - used, 1)
    return {**judged, "processor_seconds": took, "seconds": round(time.monotonic() - began, 1)}


def differing(seen: Facts, expected: Facts) -> Facts:
    """Return the facts that are not the expected ones, with both; what was not seen is None."""
    return {
        name: {"seen": seen.get(name), "expected": wanted}
        for name, wanted in expected.items()
        if name not in seen or seen[name] != wanted
    }


def _so_far(expected: Facts, seen: Facts) -> Facts:
    return {name: wanted for name, wanted in expected.items() if name in seen}


def _processor_seconds() -> float:
    """Return the processors' seconds of all programs that have ended: other load adds little."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return ended.ru_utime + ended.ru_stime
