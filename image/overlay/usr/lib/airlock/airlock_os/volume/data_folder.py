"""Where the open data volume is found, and whose it is."""

import errno
import os
import pwd
import stat
from pathlib import Path

FOLDER = Path("/var/lib/airlock")
JOURNAL = FOLDER / "journal"
OWNER, READER = "signer", "terminal"


def lay_out() -> None:
    """Give the folder to the signer process; of its files the terminal reads the journal alone.

    Raises OSError, also for a journal that is no file: who opens a pipe waits for ever.
    """
    owner, reader = pwd.getpwnam(OWNER).pw_uid, pwd.getpwnam(READER).pw_gid
    flags = os.O_CREAT | os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    descriptor = os.open(JOURNAL, flags, 0o640)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "the journal is no file", str(JOURNAL))
        os.fchown(descriptor, owner, reader)
        os.fchmod(descriptor, 0o640)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    os.chown(FOLDER, owner, reader)
    FOLDER.chmod(0o750)
