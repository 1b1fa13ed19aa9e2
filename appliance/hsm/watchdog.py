"""A call into a PKCS#11 module may never return, and only the end of its process ends it."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Patience:
    """How many seconds an HSM gets: for a login, for one call, for making or listing keys."""

    login: float = 30.0
    call: float = 10.0
    keys: float = 180.0


@contextmanager
def bounded(seconds: float) -> Iterator[None]:
    """Have the kernel end this process by SIGALRM unless the block is left in time.

    The default action is kept on purpose: a Python handler would wait for the very call that hangs.
    Main thread only; not nested.
    """
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGALRM,))
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
