"""Runs the terminal for as long as the data volume is there.

What has been read of a volume stays readable after it was pulled out, so nothing would be noticed
until something is to be recorded. When it is gone the terminal ends, and people hear why.
"""

import subprocess
import sys
from collections.abc import Callable, Sequence

from airlock_os import media

COMMAND = (
    *(sys.executable, "-I", "-m", "appliance", "run"),
    *("--settings", "/run/airlock/settings.toml", "--starter", "/usr/lib/airlock"),
)
SECONDS = 2.0
LOST = 3
"""The status after which the unit starts anew, beginning with the look at the data volume."""


def watch(command: Sequence[str], is_connected: Callable[[], bool], seconds: float) -> int:
    """Run a command and return its status, or LOST once the data volume is gone."""
    with subprocess.Popen(command) as process:  # noqa: S603 - the appliance itself
        while True:
            try:
                return process.wait(seconds)
            except subprocess.TimeoutExpired:
                if not is_connected():
                    process.kill()
                    return LOST


def main(_arguments: Sequence[str]) -> int:
    """Run the terminal."""
    return watch(COMMAND, media.is_connected, SECONDS)
