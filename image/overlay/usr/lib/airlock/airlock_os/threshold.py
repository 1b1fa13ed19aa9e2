"""The last look before the terminal opens: the data volume is there, whole, and not full.

It runs as the terminal's own user before each start of the terminal, so also after it has ended by
accident; then people hear of that first.
"""

import os
from pathlib import Path

from airlock_os.screen import Notice, show_notice, wait_for_enter
from airlock_os.volume import media
from airlock_os.volume.data_folder import FOLDER, JOURNAL

RESERVE = 8 << 20
"""Bytes that must be free: a batch's entries are recorded whole or nothing is signed."""
_CHUNK = 1 << 20
BEGAN = Path("/run/airlock-terminal/began")

FULL = Notice(
    "DATA-FULL",
    "The data volume is full. Nothing can be recorded, so nothing is signed.",
    "Switch the machine off and call security: the journal moves to a larger volume by ceremony.",
)
ENDED = Notice(
    "TERMINAL-ENDED",
    "The terminal ended by accident, and the session with it. What was recorded is kept.",
    "Start it again; note the time, and tell whoever looks after this appliance.",
)
LOST = Notice(
    "DATA-LOST",
    "The data volume does not answer any more. Nothing is signed.",
    "Switch the machine off, look for the data volume and its cable, and switch it on again.",
)


def problem_of(folder: Path, journal: Path, *, mounted: bool, connected: bool) -> Notice | None:
    """Return what is wrong with the data volume.

    Every block of the journal is read, so every one is authenticated; what the entries say is for
    the terminal to verify.
    """
    if not mounted:
        return media.MISSING
    if not connected:
        return LOST
    try:
        free = os.statvfs(folder)
        with journal.open("rb") as file:
            while file.read(_CHUNK):
                pass
    except OSError:
        return media.DAMAGED
    return FULL if free.f_bavail * free.f_frsize < RESERVE else None


def cross() -> None:
    """Return once the terminal may open."""
    while (problem := _problem()) is not None:
        show_notice(problem)
        wait_for_enter("to look again")
    if BEGAN.exists():
        show_notice(ENDED)
        wait_for_enter("to go on")
    BEGAN.touch()


def _problem() -> Notice | None:
    is_open = FOLDER.is_mount()
    return problem_of(FOLDER, JOURNAL, mounted=is_open, connected=media.is_connected())
