"""Unmodified disks in an emulated machine, where the build has left any.

`make image-verify` does the same and reports it; a boot takes a minute or more, so that here it is
done on demand.
"""

import os
import shutil
from pathlib import Path

import pytest

from image.boot.__main__ import SCENARIOS, run
from image.boot.machine import EMULATOR, FIRMWARE
from tests.conventions.documents import ROOT

BUILT = ROOT / "build" / "image"
PRODUCTION, DEMO = BUILT / "verity-production", BUILT / "verity-demo"
NEEDS = {
    "measured": ("swtpm",),
    "secure-boot": ("sbsign", "mcopy", "openssl"),
    "floor": ("swtpm", "sbsign", "openssl"),
}


@pytest.mark.slow
@pytest.mark.timeout(5400)
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_disk_goes_through(scenario: str, tmp_path: Path) -> None:
    disk = (DEMO if scenario == "sign" else PRODUCTION) / "disk.img"
    if not os.environ.get("AIRLOCK_BOOT"):
        pytest.skip("boots take minutes: `make image-verify`, or AIRLOCK_BOOT=1")
    if not disk.exists():
        pytest.skip("there is no disk at build/image; `make image` builds it")
    missing = [name for name in (EMULATOR, *NEEDS.get(scenario, ())) if not shutil.which(name)]
    if missing or not FIRMWARE.exists():
        pytest.skip(f"not installed: {', '.join(missing) or 'the firmware of the machine'}")
    result = run(scenario, disk, tmp_path)
    assert result["ok"], result
