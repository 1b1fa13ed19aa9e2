"""A Linux console in memory: what a program writes, as the pixels that a camera would see.

pyte keeps the cells; the image's own font and palette paint them. The font's letters come from a
Debian package that need not be here: without it they are boxes, and only what `image.console`
draws itself is as it will be.
"""

import contextlib
import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyte
from numpy.typing import NDArray
from pyte.screens import Char

from appliance.wire.qr import Image
from image.console import pcf
from image.console.__main__ import console_font
from image.console.font import Font
from image.console.palette import COLOURS
from image.console.repertoire import positions

ROOT = Path(__file__).parents[1]
SOURCES = {
    (8, 16): Path("/usr/share/fonts/X11/misc/ter-u16n_unicode.pcf.gz"),
    (16, 32): Path("/usr/share/fonts/X11/misc/ter-u32n_unicode.pcf.gz"),
}
NAMES = ("black", "red", "green", "brown", "blue", "magenta", "cyan", "white")
QUIET = 0.02
"""Seconds of silence after which what was written counts as a whole frame."""


def stand_in_source(width: int, height: int) -> Font:
    """Return letters that are all the same box."""
    full = (1 << width) - 1
    box = (0, full, *[1 << width - 1 | 1] * (height - 4), full, 0)
    return Font(width, height, dict.fromkeys(positions(), box) | {" ": (0,) * height})


def font(width: int = 8, height: int = 16) -> Font:
    """Return the console's font, from the real source if it is installed."""
    path = SOURCES[width, height]
    source = pcf.read(path.read_bytes()) if path.exists() else stand_in_source(width, height)
    return console_font(source)


def inked(cell: tuple[int, ...], width: int) -> NDArray[np.bool_]:
    """Return a glyph as an array, true where it is inked."""
    return np.array([[row >> width - 1 - x & 1 for x in range(width)] for row in cell], bool)


class Console:
    """A screen of columns and rows that shows what it is fed."""

    def __init__(self, columns: int, rows: int, drawn_with: Font) -> None:
        self.screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self.screen)
        self._cell = (drawn_with.height, drawn_with.width)
        self._glyphs = {
            one: inked(cell, drawn_with.width) for one, cell in drawn_with.glyphs.items()
        }

    def feed(self, data: bytes) -> None:
        """Take in what a program wrote."""
        self._stream.feed(data)

    @property
    def text(self) -> str:
        """The screen's words."""
        return " ".join(" ".join(self.screen.display).split())

    def picture(self) -> Image:
        """Return the screen's pixels in grey. A character that the font lacks raises KeyError."""
        lines = [
            [self._painted(self.screen.buffer[y][x]) for x in range(self.screen.columns)]
            for y in range(self.screen.lines)
        ]
        return np.concatenate([np.concatenate(line, axis=1) for line in lines])

    def _painted(self, cell: Char) -> Image:
        ink, ground = grey(cell.fg, "white"), grey(cell.bg, "black")
        if cell.reverse:
            ink, ground = ground, ink
        return np.where(self._glyphs[cell.data or " "], np.uint8(ink), np.uint8(ground))


def grey(name: str, default: str) -> int:
    """Return the brightness of a colour on a console that has eight; numbered ones are exact."""
    known = (default if name == "default" else name).removeprefix("bright")
    colour = COLOURS[NAMES.index(known)] if known in NAMES else bytes.fromhex(known)
    return sum(colour) // 3


@contextlib.contextmanager
def program(code: str, columns: int, rows: int, **environment: str) -> Iterator[int]:
    """Run Python code at a terminal of its own, as on the appliance; yield the other end.

    It has to end by itself, without an error, by the time that the other end is let go.
    """
    master, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    # The terminal says how large it is, and that it has few colours.
    hidden = ("COLORTERM", "COLUMNS", "LINES")
    known = {name: value for name, value in os.environ.items() if name not in hidden}
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**known, "TERM": "linux", **environment},
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        start_new_session=True,
    )
    os.close(terminal)
    try:
        yield master
        drain(master)
        assert process.wait(20) == 0
    finally:
        process.kill()
        process.wait()
        os.close(master)


def written(master: int, quiet: float = QUIET, most: float = 20.0) -> bytes:
    """Return what is written up to the next silence, or the program's end."""
    data, wait = b"", most
    with contextlib.suppress(OSError):
        while select.select([master], [], [], wait)[0]:
            data += os.read(master, 1 << 16)
            wait = quiet
    return data


def drain(master: int) -> None:
    """Read until the program is gone."""
    with contextlib.suppress(OSError):
        while os.read(master, 1 << 16):
            pass
