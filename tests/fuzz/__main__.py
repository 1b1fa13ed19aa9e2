"""Fuzz every parser: `python -m tests.fuzz [--inputs N] [--seed N] [TARGET ...]`.

Each target runs in a process of its own, two at a time. What breaks a promise is written to
`build/fuzz/` with what happened; put its bytes into `tests/vectors/regressions/` with the repair.
"""

import argparse
import json
import sys
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path

from tests.fuzz.campaign import Report
from tests.fuzz.targets import TARGETS, run
from tests.shared_vectors import ROOT

INPUTS = 1_000_000
BUILD = ROOT / "build"


def main() -> int:
    """Run the campaigns; 0 only if every promise held."""
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m tests.fuzz")
    parser.add_argument("--inputs", type=int, default=INPUTS, help="per target")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="of the mutations")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(TARGETS))
    options = parser.parse_args()
    names = options.targets or list(TARGETS)
    print(f"{options.inputs:,} mutated inputs a target, seed {options.seed}", flush=True)
    with ProcessPoolExecutor(options.jobs, get_context("spawn"), max_tasks_per_child=1) as pool:
        jobs = [pool.submit(run, name, options.inputs, options.seed) for name in names]
        reports = [_told(job.result()) for job in as_completed(jobs)]
    _write(reports, options.seed)
    return 0 if all(report.passed for report in reports) else 1


def _told(report: Report) -> Report:
    rate = report.inputs / report.seconds
    outcomes = ", ".join(f"{word} {number:,}" for word, number in report.outcomes.most_common(4))
    verdict = "✓" if report.passed else "✗"
    print(
        f"{verdict} {report.target:12} {report.inputs:>9,} inputs, {rate:>8,.0f}/s, slowest "
        f"{report.slowest * 1000:.0f} ms, +{report.growth_mib:.0f} MiB: {outcomes}",
        flush=True,
    )
    for data, what in report.crashes[:3]:
        print(f"    {data[:40].hex()}…\n    {what}", flush=True)
    return report


def _summary(report: Report) -> dict[str, object]:
    return {
        "target": report.target,
        "inputs": report.inputs,
        "seconds": round(report.seconds, 1),
        "slowest_ms": round(report.slowest * 1000, 1),
        "growth_mib": round(report.growth_mib, 1),
        "outcomes": dict(report.outcomes),
        "crashes": len(report.crashes),
    }


def _write(reports: list[Report], seed: int) -> None:
    folder = BUILD / "fuzz"
    folder.mkdir(parents=True, exist_ok=True)
    summary = [_summary(report) for report in reports]
    (BUILD / "fuzz.json").write_text(json.dumps({"seed": seed, "targets": summary}, indent=1))
    for report in reports:
        for number, (data, what) in enumerate(report.crashes):
            place = folder / f"{report.target}-{seed}-{number}"
            place.with_suffix(".bin").write_bytes(data)
            Path(f"{place}.txt").write_text(what)


if __name__ == "__main__":
    sys.exit(main())
