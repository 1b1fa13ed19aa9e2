"""Where the open data volume is found, and whose it is."""

import os
import pwd
from pathlib import Path

FOLDER = Path("/var/lib/airlock")
JOURNAL = FOLDER / "journal"
OWNER, READER = "signer", "terminal"


def lay_out() -> None:
    """Give the folder to the signer process; of its files the terminal reads the journal alone.

    Raises OSError.
    """
    owner, reader = pwd.getpwnam(OWNER).pw_uid, pwd.getpwnam(READER).pw_gid
    if not JOURNAL.exists():
        descriptor = os.open(JOURNAL, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o640)
        os.fchown(descriptor, owner, reader)
        os.fchmod(descriptor, 0o640)
        os.fsync(descriptor)
        os.close(descriptor)
    os.chown(FOLDER, owner, reader)
    FOLDER.chmod(0o750)
