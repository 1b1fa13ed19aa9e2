"""Carries bytes between the terminal's two pipes and a process that runs as a user of its own.

The terminal starts this with the arguments it would give `appliance` itself. The service manager
listens at the other end and starts the process, sandboxed, for each connection; so nothing that a
person talks to is ever started by, or as, anybody privileged.
"""

import os
import socket
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

SOCKETS = Path("/run/airlock-sockets")
_CHUNK = 1 << 16


def main(arguments: Sequence[str]) -> int:
    """Relay until the process is gone. Return 1 if it cannot be reached, 2 if none is meant."""
    match arguments:
        case ["link" | "signer" as name, "--settings", _, "--channel", channel]:
            read_end, write_end = map(int, channel.split(","))
        case _:
            return 2
    with socket.socket(socket.AF_UNIX) as peer:
        try:
            peer.connect(str(SOCKETS / name))
        except OSError:
            return 1
        relay(read_end, write_end, peer)
    return 0


def relay(read_end: int, write_end: int, peer: socket.socket) -> None:
    """Carry bytes both ways until the peer has ended, or the way to the terminal is broken.

    The end of `read_end` is passed on, so that the peer sees it and ends by itself.
    """
    threading.Thread(target=_pass_on, args=(read_end, peer), daemon=True).start()
    with suppress(OSError):
        while data := peer.recv(_CHUNK):
            rest = memoryview(data)
            while rest:
                rest = rest[os.write(write_end, rest) :]


def _pass_on(read_end: int, peer: socket.socket) -> None:
    with suppress(OSError):
        while data := os.read(read_end, _CHUNK):
            peer.sendall(data)
    with suppress(OSError):
        peer.shutdown(socket.SHUT_WR)
