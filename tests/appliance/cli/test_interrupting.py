"""Ctrl-C at a command that takes a while: one sentence, the status that shells expect, no more."""

import os
import sys
from pathlib import Path

import pytest

from tests.journeys.terminal import Terminal

CTRL_C = b"\x03"
BLACK_CAMERA = """
import sys, time
import numpy as np
from appliance.cli.main import main
from appliance.wire import camera

class Black:
    def read(self):
        time.sleep(0.03)
        return True, np.zeros((240, 320, 3), np.uint8)

    def release(self):
        pass

camera._open_device = lambda number: Black()
sys.exit(main(("scan", "--camera", "0")))
"""


@pytest.mark.parametrize(
    ("arguments", "typed", "shown"),
    [
        (("-c", BLACK_CAMERA), b"", "camera: black"),
        (("-m", "appliance", "inspect", "--jsonl"), b"{}\n", '"verdict"'),
    ],
    ids=["scan", "inspect"],
)
def test_ctrl_c_ends_a_command_with_one_sentence(
    tmp_path: Path, arguments: tuple[str, ...], typed: bytes, shown: str
) -> None:
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    with Terminal((sys.executable, *arguments), environment, tmp_path) as terminal:
        terminal.write(typed)
        terminal.wait_for(shown)
        terminal.write(CTRL_C)
        assert terminal.wait() == 130
        terminal.wait_for_rest()
        assert "Stopped before it was done." in terminal.text()
        assert "Traceback" not in terminal.text()
