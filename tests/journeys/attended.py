"""A person at the terminal: this screen and keyboard become the appliance's."""

import os
import select
import shutil
import sys
import termios
import tty

from tests.journeys.terminal import Terminal


def attend(terminal: Terminal) -> None:
    """Pass keys and paint through until the terminal's program ends."""
    keyboard = sys.stdin.fileno()
    before = termios.tcgetattr(keyboard)
    terminal.watch(sys.stdout.fileno())
    try:
        tty.setraw(keyboard)
        while terminal.process.poll() is None:
            size = shutil.get_terminal_size()
            terminal.resize(size.columns, size.lines)
            ready, _, _ = select.select([keyboard], [], [], 0.2)
            if ready:
                terminal.write(os.read(keyboard, 1024))
    finally:
        termios.tcsetattr(keyboard, termios.TCSADRAIN, before)
