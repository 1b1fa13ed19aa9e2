"""An animated QR code in the terminal, out of half blocks on a light ground."""

import os
import select
import sys
import termios
import time
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from appliance.wire import qr
from appliance.wire.qr import Correction
from appliance.wire.showing import Pace, Show, Shown, step
from online_coordinator.errors import InputRefused
from online_coordinator.links.waiting import after

# Light cells are painted by their background, so that gaps between glyphs do not matter.
_ON_LIGHT = "\x1b[38;5;16;48;5;231m"
_PLAIN = "\x1b[0m"
_HOME = "\x1b[H"
_REST = "\x1b[K"
_CLEAR = "\x1b[2J"
_HIDE_CURSOR, _SHOW_CURSOR = "\x1b[?25l", "\x1b[?25h"
_KEYS = "+ - faster, slower   [ ] coarser, denser   m sturdier   Enter done"
_OTHER = {Correction.LOW: Correction.MEDIUM, Correction.MEDIUM: Correction.LOW}


class Screen:
    """A message on show in the terminal, and what its keys do."""

    def __init__(self, message: bytes, fps: int) -> None:
        self.pace = Pace(fps)
        self.done = False
        self._largest = self._fitting()
        self._show = Show(message, self._largest)

    def _fitting(self) -> int:
        self._size = os.get_terminal_size()
        return qr.version_for_cells(self._size.columns, self._size.lines - 1)

    def close(self) -> None:
        """Make no more symbols."""
        self._show.close()

    def follow_size(self) -> None:
        """Fit the code into the terminal, if that has changed."""
        if os.get_terminal_size() != self._size:
            was_largest = self._show.version == self._largest
            self._largest = self._fitting()
            wanted = self._largest if was_largest else min(self._show.version, self._largest)
            self._show.change(wanted, self._show.correction)
            sys.stdout.write(_CLEAR)

    def press(self, key: str) -> None:
        """Do what a key stands for; others do nothing."""
        show = self._show
        match key:
            case "+" | "=":
                self.pace.change(1)
            case "-":
                self.pace.change(-1)
            case "[" | "]":
                towards = 1 if key == "]" else -1
                show.change(step(show.version, towards, self._largest), show.correction)
            case "m" | "M":
                show.change(show.version, _OTHER[show.correction])
            case "\r" | "\n" | "q" | "\x04":
                self.done = True
            case _:
                pass

    def next(self) -> str:
        """Return what puts the next frame on the screen."""
        shown = self._show.next().result()
        columns, rows = self._size.columns, self._size.lines - 1
        scale = qr.scale_for_cells(shown.modules.version, columns, rows)
        lines = [*shown.modules.half_blocks(scale)]
        lines += [" " * columns] * (rows - len(lines))
        painted = "\r\n".join(_ON_LIGHT + line.center(columns) + _PLAIN for line in lines)
        return f"{_HOME}{painted}\r\n{self._status(shown)[: columns - 1]}{_REST}"

    def _status(self, shown: Shown) -> str:
        known = f"part {shown.number:,}, any {shown.needed:,} are enough"
        rate = f"{self.pace.reached:.0f} of {self.pace.fps} a second"
        return f"{known}; version {shown.modules.version}; {rate}   {_KEYS}"


def show(message: bytes, fps: int, seconds: int) -> None:
    """Show the code until Enter is pressed. Raises InputRefused, LinkError."""
    if not (sys.stdout.isatty() and sys.stdin.isatty()):
        raise InputRefused("there is no terminal here to show the code on: use --video")
    screen = Screen(message, fps)
    try:
        with _keys() as pressed:
            _play(screen, pressed, after(seconds))
    finally:
        screen.close()


def _play(screen: Screen, pressed: Callable[[float], str], is_over: Callable[[], bool]) -> None:
    sys.stdout.write(_CLEAR + _HIDE_CURSOR)
    try:
        while not (screen.done or is_over()):
            screen.follow_size()
            frame = screen.next()
            for key in pressed(screen.pace.wait(time.monotonic())):
                screen.press(key)
            sys.stdout.write(frame)
            sys.stdout.flush()
            screen.pace.shown(time.monotonic())
    finally:
        sys.stdout.write(_PLAIN + _CLEAR + _HOME + _SHOW_CURSOR)
        sys.stdout.flush()


@contextmanager
def _keys() -> Iterator[Callable[[float], str]]:
    """Take keys as they are pressed; yield what waits so long and returns those of the meantime."""
    terminal = sys.stdin.fileno()
    before = termios.tcgetattr(terminal)
    tty.setcbreak(terminal)

    def pressed(seconds: float) -> str:
        keys, deadline = "", time.monotonic() + seconds
        while select.select([terminal], [], [], max(0.0, deadline - time.monotonic()))[0]:
            read = os.read(terminal, 64)
            keys += read.decode("ascii", "ignore") or "\x04"
            if not read:
                break
        return keys

    try:
        yield pressed
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)
