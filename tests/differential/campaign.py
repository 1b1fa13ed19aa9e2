"""A run of so many cases of a chain, and what was found."""

import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

from appliance.model.rule import Rule
from tests.differential import bitcoin, ethereum, solana, tron
from tests.differential.case import Case

MAX_MISMATCHES = 20
"""Of one run: by then something is wrong, and more of it says nothing new."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """A chain's cases for a seed, and what to hold against what."""

    cases: Callable[[int], Iterator[Case]]
    compare: Callable[[Case], list[str]]


CHAINS = {
    "bitcoin": Comparison(bitcoin.cases, bitcoin.compare),
    "ethereum": Comparison(ethereum.cases, ethereum.compare),
    "tron": Comparison(tron.cases, tron.compare),
    "solana": Comparison(solana.cases, solana.compare),
}


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A case by its seed and its number among that seed's cases, its bytes, and what differs."""

    chain: str
    seed: int
    number: int
    data: bytes
    what: str


@dataclass(frozen=True, slots=True)
class Tally:
    """What came of a run. `refused` counts the cases that were made illegal, by rule."""

    chain: str
    cases: int
    seconds: float
    refused: Counter[str]
    mismatches: tuple[Mismatch, ...]


def run(chain: str, seed: int, count: int) -> Tally:
    """Compare so many cases, or fewer where too much is wrong."""
    comparison, began = CHAINS[chain], time.perf_counter()
    refused: Counter[str] = Counter()
    mismatches: list[Mismatch] = []
    done = 0
    for number, case in enumerate(islice(comparison.cases(seed), count)):
        done += 1
        if isinstance(case.outcome, Rule):
            refused[case.outcome] += 1
        found = _compared(comparison, case)
        if found:
            told = "\n".join((f"{case.what} (wallet {case.wallet})", *found))
            mismatches.append(Mismatch(chain, seed, number, case.data, told))
        if len(mismatches) == MAX_MISMATCHES:
            break
    return Tally(chain, done, time.perf_counter() - began, refused, tuple(mismatches))


def _compared(comparison: Comparison, case: Case) -> list[str]:
    try:
        return comparison.compare(case)
    except Exception:  # noqa: BLE001 - a decoder that stumbles is what this looks for too
        return [traceback.format_exc(limit=-4)]


def total(chain: str, tallies: list[Tally]) -> Tally:
    """Return the runs of one chain as one."""
    own = [each for each in tallies if each.chain == chain]
    return Tally(
        chain,
        sum(each.cases for each in own),
        sum(each.seconds for each in own),
        sum((each.refused for each in own), Counter()),
        tuple(mismatch for each in own for mismatch in each.mismatches),
    )
