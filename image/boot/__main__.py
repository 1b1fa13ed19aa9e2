"""`python -m image.boot SCENARIO DISK`: boot an unmodified disk and say, in JSON, what it did."""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from image.boot import production
from image.boot.bench import Bench, ScenarioFailed
from image.boot.floor import floor
from image.boot.hot_plug import hot_plug
from image.boot.qmp import MachineFailed
from image.boot.secure_boot import secure_boot
from image.boot.volume import volume


def sign(bench: Bench) -> dict[str, Any]:
    """The demonstration disk founds, reviews and signs; the coordinator verifies."""
    from image.boot import signing  # noqa: PLC0415 - loads the coordinator's journey

    return signing.sign(bench)


SCENARIOS: dict[str, Callable[[Bench], dict[str, Any]]] = {
    "terminal": production.terminal,
    "network": production.network,
    "tamper": production.tamper,
    "measured": production.measured,
    "volume": volume,
    "hot-plug": hot_plug,
    "secure-boot": secure_boot,
    "floor": floor,
    "sign": sign,
}


def main(arguments: list[str]) -> int:
    """Run one scenario. Return 0 if it went as it must, 1 if not."""
    parser = argparse.ArgumentParser(prog="image.boot", description=__doc__)
    parser.add_argument("scenario", choices=SCENARIOS)
    parser.add_argument("disk", type=Path, metavar="DISK", help="with the console's font beside it")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="airlock-scenario-") as folder:
        result = run(options.scenario, options.disk, Path(folder))
    print(json.dumps({"contract": 1, **result}))
    return 0 if result["ok"] else 1


def run(scenario: str, disk: Path, folder: Path) -> dict[str, Any]:
    """Run a scenario; its result, with the seconds it took, or what went wrong."""
    started = time.monotonic()
    try:
        result = SCENARIOS[scenario](Bench.of(disk.resolve(), folder))
    except (ScenarioFailed, MachineFailed, TimeoutError) as error:
        result = {"ok": False, "what": str(error)[:2000]}
    return {"scenario": scenario, **result, "seconds": round(time.monotonic() - started, 1)}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
