"""What a camera in the room sees of a terminal's screen: cells rendered as pixels."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from appliance.wire import camera
from tests.journeys.terminal import Terminal

CELL = 8
"""Pixels of half a cell's height, and of a cell's width: modules come out square."""
NAMED = {
    "black": 0x000000,
    "red": 0xAA0000,
    "green": 0x00AA00,
    "brown": 0xAA5500,
    "blue": 0x0000AA,
    "magenta": 0xAA00AA,
    "cyan": 0x00AAAA,
    "white": 0xFFFFFF,
}
REST = 0.01
"""Seconds without a painted byte after which a picture is whole."""
Image = NDArray[np.uint8]


def photograph(terminal: Terminal) -> Image:
    """Render the screen in grey, two square halves to a cell."""
    cells = terminal.cells()
    halves = np.zeros((2 * terminal.rows, terminal.columns), np.uint8)
    for y, row in enumerate(cells):
        for x, (character, foreground, background) in enumerate(row):
            ink, paper = _grey(foreground, 0xCC), _grey(background, 0)
            halves[2 * y, x] = ink if character in "▀█" else paper
            halves[2 * y + 1, x] = ink if character in "▄█" else paper
    return np.kron(halves, np.ones((CELL, CELL), np.uint8))


def _grey(colour: str, default: int) -> int:
    if colour == "default":
        return default
    value = NAMED.get(colour.removeprefix("bright"))
    rgb = int(colour, 16) if value is None else value
    red, green, blue = rgb >> 16 & 0xFF, rgb >> 8 & 0xFF, rgb & 0xFF
    return (299 * red + 587 * green + 114 * blue) // 1000


class Recorder:
    """Films a terminal: every distinct picture it shows, until stopped."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._stop = threading.Event()
        self.frames: list[Image] = []
        self._thread = threading.Thread(target=self._film, daemon=True)
        self._thread.start()

    def _film(self) -> None:
        """Take a picture whenever the screen has been painted and has come to rest."""
        taken = 0.0
        while not self._stop.is_set():
            painted = self._terminal.painted
            if painted == taken or time.monotonic() - painted < REST:
                time.sleep(REST / 4)
                continue
            picture = photograph(self._terminal)
            if self._terminal.painted == painted:
                taken = painted
                self.frames.append(picture)

    def save(self, path: Path, fps: float = 15.0) -> None:
        """Stop, and write what was filmed as a video."""
        self._stop.set()
        self._thread.join()
        camera.record(self._pictures(), path, fps)

    def _pictures(self) -> Iterator[Image]:
        return iter(self.frames)
