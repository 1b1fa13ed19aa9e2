"""An animated QR code in the terminal, out of half blocks on a light ground."""

import os
import select
import sys
import time
from collections.abc import Iterator

from appliance.wire import qr
from appliance.wire.fountain import Encoder
from appliance.wire.qr import QUIET_ZONE, Correction, Modules
from online_coordinator.errors import InputRefused
from online_coordinator.links.waiting import after

# Light cells are painted by their background, so that gaps between glyphs do not matter.
_ON_LIGHT = "\x1b[38;5;16;48;5;231m"
_PLAIN = "\x1b[0m"
_HOME = "\x1b[H"
_CLEAR = "\x1b[2J"
_GLYPHS = {(0, 0): " ", (1, 0): "\N{UPPER HALF BLOCK}", (0, 1): "\N{LOWER HALF BLOCK}", (1, 1): "█"}
_STATUS_LINES = 2


def show(message: bytes, fps: int, seconds: int) -> None:
    """Show the code until Enter is pressed. Raises InputRefused, ScreenTooSmall."""
    if not (sys.stdout.isatty() and sys.stdin.isatty()):
        raise InputRefused("there is no terminal here to show the code on: use --video")
    size = os.get_terminal_size()
    version = qr.version_for_cells(size.columns, size.lines - _STATUS_LINES)
    encoder = Encoder(message, qr.part_size(version))
    is_over = after(seconds)
    sys.stdout.write(_CLEAR)
    try:
        for frame in qr.animation(encoder, version, Correction.LOW):
            drawn_at = time.monotonic()
            lines = (*drawn(frame), f"{encoder.transfer.symbols} parts. Enter: done")
            sys.stdout.write(_HOME + "\n".join(lines))
            sys.stdout.flush()
            if is_over() or _pressed(1 / fps - (time.monotonic() - drawn_at)):
                return
    finally:
        sys.stdout.write(_PLAIN + _CLEAR + _HOME)
        sys.stdout.flush()


def drawn(modules: Modules) -> Iterator[str]:
    """Yield a symbol with its quiet zone, two modules a cell high, as lines for a terminal."""
    side = modules.size + 2 * QUIET_ZONE
    edge = bytes(QUIET_ZONE)
    light = bytes(side)
    rows = [light] * QUIET_ZONE + [edge + row + edge for row in modules.rows]
    rows += [light] * (QUIET_ZONE + side % 2)
    for upper, lower in zip(rows[::2], rows[1::2], strict=True):
        cells = "".join(_GLYPHS[pair] for pair in zip(upper, lower, strict=True))
        yield _ON_LIGHT + cells + _PLAIN


def _pressed(seconds: float) -> bool:
    """Wait, and say whether Enter was pressed meanwhile."""
    ready, _, _ = select.select([sys.stdin], [], [], max(seconds, 0))
    return bool(ready and sys.stdin.readline())
