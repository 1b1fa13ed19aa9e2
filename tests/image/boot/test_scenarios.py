"""Unmodified disks in an emulated machine, where the build has left any.

`make image-verify` does the same and reports it; a boot takes a minute or more, so that here it is
done on demand.
"""

import os
from pathlib import Path

import pytest

from image.boot import host
from image.boot.bench import Bench
from image.boot.font import reader_for
from image.boot.scenario import run
from image.boot.scenarios import SCENARIOS
from image.places import LOCK, default_cache
from tests.conventions.documents import ROOT

BUILT = ROOT / "build" / "image"
ELSEWHERE = {"sign": "verity-demo"}


@pytest.mark.slow
@pytest.mark.timeout(5400)
@pytest.mark.parametrize("scenario", sorted(SCENARIOS.keys() - {"vendor"}))
def test_a_disk_goes_through(scenario: str, tmp_path: Path) -> None:
    disk = BUILT / ELSEWHERE.get(scenario, "verity-production") / "disk.img"
    if not os.environ.get("AIRLOCK_BOOT"):
        pytest.skip("boots take minutes: `make image-verify`, or AIRLOCK_BOOT=1")
    if not disk.exists():
        pytest.skip("there is no disk at build/image; `make image` builds it")
    if missing := host.missing():
        pytest.skip(f"not installed: {', '.join(missing)}")
    bench = Bench(disk, reader_for(LOCK, default_cache()), tmp_path)
    result = run(SCENARIOS[scenario], bench)
    assert result["ok"], result
