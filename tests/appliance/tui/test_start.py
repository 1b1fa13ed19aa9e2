"""The terminal starts with what its first screen needs, and touches no device itself."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
LATER = ("numpy", "zxingcpp", "qrcode")
NEVER = (
    *("cv2", "serial", "pkcs11", "coincurve"),
    *("appliance.processes", "appliance.hsm", "appliance.journal", "appliance.settings"),
)


def loaded(module: str, names: tuple[str, ...]) -> str:
    program = f"import sys, {module}\nprint(*(n for n in {names!r} if n in sys.modules))"
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=True
    )
    return ran.stdout.strip()


def test_starting_loads_nothing_that_only_codes_need() -> None:
    assert not loaded("appliance.tui.app", (*LATER, *NEVER))


def test_showing_codes_loads_no_device() -> None:
    assert not loaded("appliance.tui.screens.release", NEVER)
