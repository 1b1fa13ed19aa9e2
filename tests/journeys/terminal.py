"""A program in a pseudo-terminal: what it paints, read back; keys, pressed.

The screen is emulated from the program's own bytes, so what is asserted is what a person would see.
"""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import pyte

ROOT = Path(__file__).parent.parent.parent
KEYS = {
    "enter": "\r",
    "escape": "\x1b",
    "tab": "\t",
    "page_down": "\x1b[6~",
    "page_up": "\x1b[5~",
    "right": "\x1b[C",
    "left": "\x1b[D",
    "down": "\x1b[B",
    "up": "\x1b[A",
    "f1": "\x1bOP",
    "f2": "\x1bOQ",
    "f3": "\x1bOR",
    "f4": "\x1bOS",
    "f5": "\x1b[15~",
    "f6": "\x1b[17~",
    "f7": "\x1b[18~",
    "f8": "\x1b[19~",
    "f9": "\x1b[20~",
    "f10": "\x1b[21~",
}
# Private modes with an intermediate byte, and keyboard protocols, which the emulator prints.
UNKNOWN_SEQUENCES = re.compile(rb"\x1b\[[<>=?][0-9;]*[$]?[a-zA-Z]")
KNOWN_MODES = re.compile(rb"\x1b\[\?(25|1049|7)[hl]")


Cell = tuple[str, str, str]
"""A character, its colour and the colour behind it."""


class Terminal:
    """A running program with its screen of `columns` x `rows` cells."""

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        folder: Path,
        columns: int = 110,
        rows: int = 36,
    ) -> None:
        self.columns, self.rows = columns, rows
        self.echo: int | None = None
        self.painted = 0.0
        """When the screen was painted last, on the monotonic clock."""
        self.screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self.screen)
        self._lock = threading.Lock()
        self._master, slave = pty.openpty()
        size = struct.pack("HHHH", rows, columns, 0, 0)
        fcntl.ioctl(slave, termios.TIOCSWINSZ, size)
        self.process = subprocess.Popen(
            command,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env={**environment, "TERM": "xterm-256color", "COLORTERM": "truecolor"},
            cwd=folder,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509
        )
        os.close(slave)
        self._leaving = threading.Event()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        rest = b""
        while not self._leaving.is_set():
            if not select.select([self._master], [], [], 0.1)[0]:
                continue
            try:
                data = os.read(self._master, 1 << 16)
            except OSError:
                return
            if not data:
                return
            if self.echo is not None:
                os.write(self.echo, data)
            data, rest = _whole(rest + data)
            with self._lock:
                self._stream.feed(UNKNOWN_SEQUENCES.sub(_kept, data))
                self.painted = time.monotonic()

    def text(self) -> str:
        """The screen as lines of text."""
        with self._lock:
            return "\n".join(line.rstrip() for line in self.screen.display)

    def cells(self) -> list[list[Cell]]:
        """The screen as (character, foreground, background)."""
        with self._lock:
            return [
                [
                    (cell.data, cell.fg, cell.bg)
                    if not cell.reverse
                    else (cell.data, cell.bg, cell.fg)
                    for cell in (self.screen.buffer[y][x] for x in range(self.columns))
                ]
                for y in range(self.rows)
            ]

    def wait_for(
        self,
        pattern: str,
        seconds: float = 30.0,
        meanwhile: subprocess.Popen[str] | None = None,
    ) -> re.Match[str]:
        """Wait until the screen shows a pattern. Raises TimeoutError with what it shows instead.

        A program that runs meanwhile must not fail.
        """
        deadline = time.monotonic() + seconds
        while True:
            shown = self.text()
            if match := re.search(pattern, shown):
                return match
            if time.monotonic() > deadline or self.process.poll() is not None:
                state = f"process ended with {self.process.poll()}"
                raise TimeoutError(f"no {pattern!r} on the screen ({state}):\n{shown}")
            if meanwhile is not None and meanwhile.poll():
                raise TimeoutError(f"{meanwhile.args!r} failed: {meanwhile.communicate()}")
            time.sleep(0.02)

    def wait_for_change(self, before: str, seconds: float = 5.0) -> None:
        """Wait until the screen shows something else, and has come to rest."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.text() != before and time.monotonic() - self.painted > 0.1:
                return
            time.sleep(0.02)

    def wait_for_rest(self, seconds: float = 2.0) -> None:
        """Wait until nothing has been painted for a moment."""
        deadline = time.monotonic() + seconds
        while time.monotonic() - self.painted < 0.2 and time.monotonic() < deadline:
            time.sleep(0.02)

    def press(self, *keys: str) -> None:
        """Press keys by name."""
        for key in keys:
            self.write(KEYS[key].encode())
            time.sleep(0.05)

    def enter(self, text: str) -> None:
        """Type a text."""
        self.write(text.encode())
        time.sleep(0.05)

    def watch(self, descriptor: int) -> None:
        """Copy every painted byte to a descriptor too, beginning with a fresh picture."""
        self.echo = descriptor
        os.killpg(self.process.pid, signal.SIGWINCH)

    def resize(self, columns: int, rows: int) -> None:
        """Give the screen another size."""
        if (columns, rows) != (self.columns, self.rows):
            self.columns, self.rows = columns, rows
            with self._lock:
                self.screen.resize(rows, columns)
            size = struct.pack("HHHH", rows, columns, 0, 0)
            fcntl.ioctl(self._master, termios.TIOCSWINSZ, size)

    def write(self, data: bytes) -> None:
        """Pass bytes on as if they were typed."""
        os.write(self._master, data)

    def wait(self, seconds: float = 20.0) -> int:
        """Wait for the program's end."""
        return self.process.wait(seconds)

    def hang_up(self) -> None:
        """Take the terminal away, as closing its window does."""
        self._leaving.set()
        self._reader.join()
        os.close(self._master)

    def kill(self) -> None:
        """End the program and all it started."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.kill()
        if not self._leaving.is_set():
            select.select([], [], [], 0.05)
            self.hang_up()


def _kept(match: re.Match[bytes]) -> bytes:
    return match[0] if KNOWN_MODES.fullmatch(match[0]) else b""


def _whole(data: bytes) -> tuple[bytes, bytes]:
    """Split off an escape sequence that has not come to its end."""
    at = data.rfind(b"\x1b", -32)
    if at >= 0 and not re.match(rb"\x1b(\[[0-?]*[ -/]*[@-~]|[^\[])", data[at:]):
        return data[:at], data[at:]
    return data, b""
