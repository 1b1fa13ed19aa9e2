"""Gives the screen the font that holds every glyph the terminal paints, large on a fine screen."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

FONTS = Path("/usr/share/airlock")
SIZE = Path("/sys/class/graphics/fb0/virtual_size")
FINE = 2560
"""Pixels across from which on letters of eight pixels are too small to read."""


def font_for(size: str) -> str:
    """Return the font's file for a screen of `WIDTH,HEIGHT` pixels."""
    width = size.partition(",")[0]
    is_fine = width.isdecimal() and int(width) >= FINE
    return f"airlock-{'16x32' if is_fine else '8x16'}.psf"


def main(_arguments: Sequence[str]) -> int:
    """Set the font; a screen without a size gets the small one."""
    try:
        size = SIZE.read_text("ascii")
    except OSError:
        size = ""
    command = ("/usr/bin/setfont", "-C", "/dev/tty1", str(FONTS / font_for(size)))
    return subprocess.run(command, check=False).returncode  # noqa: S603 - a program of the image
