"""Opens the terminal, and keeps it open for as long as the data volume is there.

What has been read of a volume stays readable after it was pulled out, so nothing would be noticed
until something is to be recorded. When it is gone the terminal ends, and people hear why.
"""

import os
import threading
import time
from collections.abc import Callable, Sequence
from typing import NoReturn

from airlock_os import threshold
from airlock_os.volume import media

COMMAND = ("run", "--settings", "/run/airlock/settings.toml", "--starter", "/usr/lib/airlock")
SECONDS = 2.0
LOST = 3
"""The status after which the unit starts anew, beginning with the look at the data volume."""


def watch(
    is_connected: Callable[[], bool], end: Callable[[int], NoReturn], seconds: float
) -> NoReturn:
    """Look for the data volume now and again; once it is gone, end the process with LOST."""
    while is_connected():
        time.sleep(seconds)
    end(LOST)


def main(_arguments: Sequence[str]) -> int:
    """Let people pass the threshold, then run the terminal in this process."""
    threshold.cross()
    watched = (media.is_connected, os._exit, SECONDS)
    threading.Thread(target=watch, args=watched, daemon=True).start()
    from appliance.cli.main import main as run  # noqa: PLC0415 - no use before the threshold

    return run(COMMAND)
