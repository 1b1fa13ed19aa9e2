"""The clock never stands before the last entry of the journal.

The service manager has already moved it to the image's build time if the machine's own clock stood
before that; here it moves on to what was certainly past when something was last recorded.
"""

import time
from collections.abc import Sequence

from airlock_os.volume.data_folder import JOURNAL
from appliance.errors import JournalError
from appliance.journal.file import read_entries


def floor(journal: bytes) -> int:
    """Return the time of the last whole entry in Unix seconds, 0 for a journal without one."""
    latest = 0
    try:
        for entry in read_entries(journal):
            latest = entry.time
    except JournalError:
        pass
    return latest


def main(_arguments: Sequence[str]) -> int:
    """Move the clock if it stands before the journal's last entry."""
    latest = floor(JOURNAL.read_bytes())
    if time.clock_gettime(time.CLOCK_REALTIME) < latest:
        time.clock_settime(time.CLOCK_REALTIME, latest)
    return 0
