"""`python -m image.boot SCENARIO DISK`: boot an unmodified disk and say, in JSON, what it did."""

import argparse
import json
import sys
import tempfile
from pathlib import Path

from image.boot.bench import Bench
from image.boot.font import reader_for
from image.boot.scenario import run
from image.boot.scenarios import SCENARIOS
from image.places import LOCK, Cache, default_cache


def main(arguments: list[str]) -> int:
    """Run one scenario. Return 0 if it went as it must, 1 if not."""
    parser = argparse.ArgumentParser(prog="image.boot", description=__doc__)
    parser.add_argument("scenario", choices=SCENARIOS)
    parser.add_argument("disk", type=Path, metavar="DISK", help="as the build left it")
    parser.add_argument("--lock", type=Path, default=LOCK, help="what the disk was built from")
    parser.add_argument("--cache", type=Path, default=default_cache().root, metavar="FOLDER")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="airlock-scenario-") as folder:
        reader = reader_for(options.lock, Cache(options.cache))
        bench = Bench(options.disk.resolve(), reader, Path(folder))
        result = run(SCENARIOS[options.scenario], bench)
    print(json.dumps({"contract": 1, "scenario": options.scenario, **result}))
    return 0 if result["ok"] else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
