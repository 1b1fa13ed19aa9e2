"""The code of a real terminal program, painted with the console's own font, read by the camera."""

import os
from collections.abc import Iterator
from hashlib import shake_128

import cv2
import numpy as np
import pytest

from appliance.wire import qr
from appliance.wire.fountain import Decoder, Part
from appliance.wire.qr import Image
from image.console.font import Font
from tests import symbols
from tests.console import Console, font, program, written

RUNNING = """
from hashlib import shake_128
from appliance.tui.app import run
from tests.appliance.tui.simulated_desk import SimulatedDesk
run(SimulatedDesk(message=shake_128(b"message").digest({size})), fps={fps})
"""
SIZES = [((80, 25), 700, 6), ((160, 50), 6_000, 18), ((240, 67), 12_000, 27)]


@pytest.mark.parametrize(("size", "length", "version"), SIZES, ids=str)
@pytest.mark.parametrize("keys", [b"", b" "], ids=["with words", "code alone"])
def test_every_frame_of_a_transfer_is_read(
    size: tuple[int, int], length: int, version: int, keys: bytes
) -> None:
    message = shake_128(b"message").digest(length)
    decoder, allowed = Decoder(), set[int]()
    console = Console(*size, font())
    with program(RUNNING.format(size=length, fps=5), *size) as master:
        begin(master, console, keys)
        for picture in frames(master, console):
            (content,) = symbols.read(picture)
            part = Part.parse(content)
            # The same again, where only words changed, or the next; none is left out.
            assert not allowed or part.number in allowed
            allowed = {part.number, part.number + len(part.symbols)}
            assert len(content) > 0.75 * qr.part_size(version)
            if decoder.add(content).complete:
                break
        leave(master, console)
    assert decoder.message == message


def frames(master: int, console: Console) -> Iterator[Image]:
    """Yield the screen each time that it is about to be painted anew from its first row."""
    data, is_whole = b"", False
    while True:
        data += os.read(master, 1 << 16)
        while (cut := data.find(b"\x1b[1;", 1)) > 0:
            console.feed(data[:cut])
            data = data[cut:]
            if is_whole:
                yield console.picture()
            is_whole = True


def begin(master: int, console: Console, keys: bytes) -> None:
    """Show the last response, and wait for its first code."""
    while "How things stand" not in console.text:
        console.feed(written(master))
    os.write(master, b"\x1b[18~")
    while not symbols.read(console.picture()):
        console.feed(written(master))
    os.write(master, keys)
    while ("Words" in console.text) == (keys == b" ") or not symbols.read(console.picture()):
        console.feed(written(master))


def leave(master: int, console: Console) -> None:
    for answer in ("How things stand", "The terminal ends"):
        os.write(master, b"\x1b[21~")
        while answer not in console.text:
            console.feed(written(master))
    os.write(master, b"quit\r")


def with_gaps(whole: Font) -> Font:
    """Return a font whose blocks are a pixel short on every side that they should fill."""
    side = (1 << whole.width) - 2
    glyphs = {
        one: (*(row & side for row in cell[:-1]), 0) if one in "▀▄█" else cell
        for one, cell in whole.glyphs.items()
    }
    return Font(whole.width, whole.height, glyphs)


@pytest.mark.parametrize("version", [6, 18, 27])
def test_gaps_between_glyphs_do_not_matter_to_a_camera(version: int) -> None:
    part = shake_128(b"part").digest(qr.part_size(version))
    lines = qr.symbol(part, version).half_blocks()
    console = Console(len(lines[0]), len(lines) + 1, with_gaps(font()))
    for line in lines:
        console.feed(f"\x1b[30;47m{line}\r\n".encode())
    # A quarter of a module: no camera is sharper.
    seen = cv2.GaussianBlur(console.picture(), (0, 0), 2.0)
    assert symbols.read(np.asarray(seen, np.uint8)) == (part,)
