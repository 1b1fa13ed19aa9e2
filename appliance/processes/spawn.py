"""Start another process of the appliance: a new interpreter, two pipes, nothing else inherited."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from appliance.processes.channel import Channel

GRACE = 5.0
"""Seconds a process gets to end by itself once its channel is closed."""


@dataclass(frozen=True, slots=True)
class Child:
    """A running process and the channel to it."""

    process: subprocess.Popen[bytes]
    channel: Channel

    def end(self) -> None:
        """Close the channel, which ends the process; kill it if it lingers."""
        self.channel.close()
        try:
            self.process.wait(GRACE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def spawn(
    name: str, settings: Path, incoming: object, outgoing: object, starter: Path | None = None
) -> Child:
    """Start process `name` with its settings file. Spawned, never forked: no state is shared.

    With a `starter`, a Python program that takes the arguments of `appliance`, the child only
    carries bytes: the process itself runs where and as whom the starter has it run.
    """
    child_reads, we_write = os.pipe()
    we_read, child_writes = os.pipe()
    command = (
        sys.executable,
        *(("-m", "appliance") if starter is None else ("-I", str(starter))),
        "process",
        name,
        "--settings",
        str(settings),
        "--channel",
        f"{child_reads},{child_writes}",
    )
    process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
        command,
        stdin=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,  # the screen is the terminal's alone
        pass_fds=(child_reads, child_writes),
        process_group=0,  # what ends it is the end of its channel, not a hang-up and not Ctrl-C
    )
    os.close(child_reads)
    os.close(child_writes)
    return Child(process, Channel(we_read, we_write, incoming, outgoing))
