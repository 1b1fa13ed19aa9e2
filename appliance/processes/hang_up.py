"""The end of the terminal process once nobody is at its screen any more."""

import os
import select
import threading

STATUS = 129
"""The exit status: 128 and the number of SIGHUP, whether that was delivered or not."""


def end_with(screen: int) -> None:
    """End this process as soon as the terminal behind a descriptor is gone, from now on.

    At once, and not in order: whatever paints would wait for the terminal for ever. Nothing is lost
    by that. The other processes end when their channels do, and the signer closes the session.
    """
    threading.Thread(target=_watch, args=(screen,), name="hang-up", daemon=True).start()


def _watch(screen: int) -> None:
    gone = select.poll()
    gone.register(screen, 0)  # a hang-up is told unasked
    gone.poll()
    os._exit(STATUS)
