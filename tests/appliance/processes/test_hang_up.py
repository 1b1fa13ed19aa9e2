"""The screen is taken away in the middle of a session: all ends, and the session is closed."""

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from appliance.journal.file import read_entries
from appliance.model.entry import HeadSigned, SessionEnded
from appliance.processes.hang_up import STATUS
from tests.appliance.processes.conftest import PASSPHRASES, Device, open_session
from tests.journeys.terminal import Terminal
from tests.shared_vectors import ROOT

DEAF = ("env", "--ignore-signal=HUP")


def children_of(process: int) -> list[int]:
    tasks = Path(f"/proc/{process}/task")
    return [int(pid) for task in tasks.iterdir() for pid in (task / "children").read_text().split()]


def is_there(process: int) -> bool:
    return Path(f"/proc/{process}").exists()


def start(device: Device, *prefix: str) -> Terminal:
    command = (sys.executable, "-m", "appliance", "run", "--settings", str(device.settings))
    environment = {**os.environ, **device.hsm.environment, "PYTHONPATH": str(ROOT)}
    return Terminal((*prefix, *command), environment, device.folder)


def give_shares(terminal: Terminal) -> None:
    terminal.wait_for("Open the session")
    terminal.press("f2")
    for number, name in enumerate(("Ada", "Ben"), 1):
        terminal.wait_for(f"signer {number} of 2")
        terminal.enter(f"{number}\r")
        terminal.wait_for("Your passphrase:")
        terminal.enter(PASSPHRASES[name] + "\r")
    terminal.wait_for("The session is open", 60)


@pytest.mark.parametrize(
    ("prefix", "statuses"),
    [((), (-signal.SIGHUP, STATUS)), (DEAF, (STATUS,))],
    ids=["signalled", "deaf"],
)
def test_a_terminal_that_is_gone_ends_the_appliance_and_its_session(
    device: Device, prefix: tuple[str, ...], statuses: tuple[int, ...]
) -> None:
    with start(device, *prefix) as terminal:
        give_shares(terminal)
        others = children_of(terminal.process.pid)
        terminal.hang_up()
        assert terminal.wait(10) in statuses
    deadline = time.monotonic() + 10
    while any(map(is_there, others)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert others
    assert not any(map(is_there, others))
    *_, ended, anchored = read_entries(device.journal.read_bytes())
    assert isinstance(ended.body, SessionEnded)
    assert isinstance(anchored.body, HeadSigned)
    desk = device.desk()
    try:
        open_session(desk)
        assert desk.standing().compared
    finally:
        desk.end()
