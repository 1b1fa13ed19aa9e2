"""Compare Airlock with other libraries on random transactions.

`python -m tests.differential [--cases N] [--chain NAME] [--seed N] [--jobs N]`

Writes `build/differential.json`, and the bytes of every mismatch to `build/differential/`: its name
is chain, seed and number, and `cases(seed)` of that chain yields it again at that number.
"""

import argparse
import json
import sys
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path

from tests.differential.campaign import CHAINS, Tally, run, total
from tests.shared_vectors import ROOT

CASES = 100_000
SHARE = 10_000
"""Cases of one run, of which a process does one at a time."""
BUILD = ROOT / "build"


def main() -> int:
    """Run the comparison; 0 only if nothing differed."""
    options = _options()
    names = options.chain or list(CHAINS)
    print(f"{options.cases:,} transactions a chain, seed {options.seed}", flush=True)
    sizes = [min(SHARE, options.cases - done) for done in range(0, options.cases, SHARE)]
    tallies: list[Tally] = []
    with ProcessPoolExecutor(options.jobs, get_context("spawn")) as pool:
        jobs = [
            pool.submit(run, name, (options.seed << 20) + number, size)
            for name in names
            for number, size in enumerate(sizes)
        ]
        for job in as_completed(jobs):
            tallies.append(job.result())
            _progress(total(tallies[-1].chain, tallies), options.cases)
    totals = [total(name, tallies) for name in names]
    _write(totals, options.seed)
    return 1 if any(each.mismatches for each in totals) else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.differential", description=__doc__)
    parser.add_argument("--cases", type=int, default=CASES, help="per chain")
    parser.add_argument("--chain", action="append", choices=list(CHAINS))
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--jobs", type=int, default=2)
    return parser.parse_args()


def _progress(tally: Tally, asked: int) -> None:
    mark = "✗" if tally.mismatches else "✓" if tally.cases == asked else " "
    print(
        f"{mark} {tally.chain:9} {tally.cases:>9,} of {asked:,}, "
        f"{tally.cases / tally.seconds:,.0f}/s, {tally.refused.total():,} illegal, "
        f"{len(tally.mismatches)} mismatches",
        flush=True,
    )


def _summary(tally: Tally) -> dict[str, object]:
    return {
        "chain": tally.chain,
        "cases": tally.cases,
        "illegal": dict(sorted(tally.refused.items())),
        "mismatches": len(tally.mismatches),
        "seconds": round(tally.seconds, 1),
    }


def _write(totals: list[Tally], seed: int) -> None:
    folder = BUILD / "differential"
    folder.mkdir(parents=True, exist_ok=True)
    report = {"seed": seed, "chains": [_summary(each) for each in totals]}
    (BUILD / "differential.json").write_text(json.dumps(report, indent=1) + "\n")
    for each in (mismatch for tally in totals for mismatch in tally.mismatches):
        place = folder / f"{each.chain}-{each.seed}-{each.number}"
        place.with_suffix(".bin").write_bytes(each.data)
        Path(f"{place}.txt").write_text(each.what + "\n")
        print(f"{place.name}: {each.what[:2000]}")


if __name__ == "__main__":
    sys.exit(main())
