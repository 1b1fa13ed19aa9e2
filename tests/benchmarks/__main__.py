"""Run every benchmark: a table on the screen, and `build/bench.json` (contract 1)."""

import json
import os
import platform

from tests.benchmarks import camera_link, decoding, fountain_code, records, serial_link
from tests.benchmarks.measure import Figure
from tests.shared_vectors import ROOT

GROUPS = (
    decoding.figures,
    fountain_code.figures,
    camera_link.figures,
    serial_link.figures,
    records.figures,
)


def main() -> None:
    """Measure, print, write."""
    rows = []
    for group in GROUPS:
        for figure in group():
            print(told(figure), flush=True)
            rows.append(figure.row())
    machine = {
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "system": platform.platform(),
    }
    build = ROOT / "build"
    build.mkdir(exist_ok=True)
    report = {"contract": 1, "machine": machine, "results": rows}
    (build / "bench.json").write_text(json.dumps(report, indent=1) + "\n")


def told(figure: Figure) -> str:
    """A figure in one line."""
    ratio = "" if figure.ratio is None else f"{figure.ratio:10.3f}  {figure.against}"
    return f"{figure.name:40} {figure.spread.value:12.5g} {figure.unit:9} {ratio}"


if __name__ == "__main__":
    main()
