"""Messages over files, serial lines and QR codes."""

import argparse
import contextlib
import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import threading
import tty
from collections.abc import Iterator
from hashlib import shake_128
from pathlib import Path

import numpy as np
import pyte
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.wire import camera, qr
from appliance.wire.errors import DeviceUnavailable, RecordingFailed, TransferIncomplete
from appliance.wire.receiver import Receiver
from online_coordinator.errors import InputRefused, LinkNotConfirmed
from online_coordinator.links import options as links
from online_coordinator.links.screen import drawn
from online_coordinator.links.serial_line import receive_over, send_over

ROOT = Path(__file__).parents[2]
MESSAGE = shake_128(b"message").digest(5000)
COLUMNS, LINES = 160, 60


def parsed(add: str, *words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    getattr(links, add)(parser)
    return parser.parse_args(words)


@pytest.fixture
def line() -> Iterator[tuple[str, str]]:
    """Join two pseudo-terminals to one serial line, and yield the names of its ends."""
    ends = [pty.openpty() for _ in range(2)]
    for _, terminal in ends:
        tty.setraw(terminal)
    over = threading.Event()
    masters = [master for master, _ in ends]
    for master in masters:
        os.set_blocking(master, False)
    thread = threading.Thread(target=_carry, args=(masters, over))
    thread.start()
    try:
        yield os.ttyname(ends[0][1]), os.ttyname(ends[1][1])
    finally:
        over.set()
        thread.join()
        for master, terminal in ends:
            os.close(master)
            os.close(terminal)


def _carry(masters: list[int], over: threading.Event) -> None:
    """Carry bytes across; what an end does not take in time is lost, as on a real line."""
    while not over.is_set():
        ready, _, _ = select.select(masters, [], [], 0.05)
        for master in ready:
            data = os.read(master, 4096)
            other = masters[1 - masters.index(master)]
            with contextlib.suppress(BlockingIOError):
                os.write(other, data)


def test_a_file_carries_a_message_as_it_is(folder: Path) -> None:
    path = str(folder / "message")
    assert links.send(MESSAGE, parsed("add_sending", "--file", path)) == "file"
    assert links.receive(parsed("add_receiving", "--file", path)) == MESSAGE


def test_a_file_over_the_limit_is_not_read(folder: Path) -> None:
    (folder / "large").write_bytes(bytes(5 << 20))
    with pytest.raises(InputRefused, match="more than"):
        links.receive(parsed("add_receiving", "--file", str(folder / "large")))


def test_a_serial_line_carries_a_message_and_its_confirmation(line: tuple[str, str]) -> None:
    received: list[bytes] = []
    listener = threading.Thread(target=lambda: received.append(receive_over(line[1], 115_200, 30)))
    listener.start()
    options = parsed("add_sending", "--serial", line[0], "--seconds", "30")
    assert links.send(MESSAGE, options) == "serial"
    listener.join()
    assert received == [MESSAGE]


def test_says_when_nobody_is_at_the_other_end(line: tuple[str, str]) -> None:
    with pytest.raises(LinkNotConfirmed):
        send_over(b"hello", line[0], 115_200, 1)
    with pytest.raises(TransferIncomplete):
        receive_over(line[0], 115_200, 0)


def test_refuses_a_line_that_is_none(folder: Path) -> None:
    with pytest.raises(DeviceUnavailable):
        receive_over(str(folder / "absent"), 115_200, 1)
    with pytest.raises(InputRefused, match="baud"):
        send_over(b"hello", "/dev/null", 1, 1)


def image_of(rows: list[str]) -> qr.Image:
    """Return what a camera sees of half blocks: two pixels a module."""
    dark = {" ": (0, 0), "▀": (1, 0), "▄": (0, 1), "█": (1, 1)}
    modules = [[dark[cell][half] for cell in row] for row in rows for half in (0, 1)]
    grey = np.where(np.array(modules, dtype=np.uint8) == 1, 0, 255).astype(np.uint8)
    return np.kron(grey, np.ones((3, 3), dtype=np.uint8))


@settings(max_examples=10, deadline=None)
@given(st.binary(min_size=20, max_size=100), st.integers(6, 12))
def test_what_is_drawn_in_the_terminal_reads_back(part: bytes, version: int) -> None:
    lines = drawn(qr.symbol(part, version))
    plain = [line.split("m", 1)[1].split("\x1b")[0] for line in lines]
    assert qr.read(image_of(plain)) == (part,)


SHOWING = """
from hashlib import shake_128
from online_coordinator.links.screen import show
show(shake_128(b"message").digest(5000), 30, 60)
"""


@contextlib.contextmanager
def showing() -> Iterator[int]:
    """Show the message in a terminal of its own, and yield the terminal's other end."""
    master, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
    program = [sys.executable, "-c", SHOWING]
    with subprocess.Popen(program, cwd=ROOT, stdin=terminal, stdout=terminal) as process:
        os.close(terminal)
        try:
            yield master
            assert process.wait(10) == 0
        finally:
            process.kill()
            os.close(master)


def test_an_animation_in_a_real_terminal_carries_a_message() -> None:
    screen = pyte.Screen(COLUMNS, LINES)
    stream = pyte.ByteStream(screen)
    receiver = Receiver()
    with showing() as master:
        while receiver.message is None:
            stream.feed(os.read(master, 1 << 16))
            rows = [row for row in screen.display if "Enter" not in row]
            with contextlib.suppress(KeyError):
                for content in qr.read(image_of(rows)):
                    receiver.add(content)
        os.write(master, b"\n")
        with contextlib.suppress(OSError):
            while os.read(master, 1 << 16):
                pass
    assert receiver.message == MESSAGE


def test_refuses_to_show_a_code_where_there_is_no_terminal() -> None:
    with pytest.raises(InputRefused, match="--video"):
        links.send(MESSAGE, parsed("add_sending", "--qr"))
    with pytest.raises(InputRefused, match="fps"):
        links.send(MESSAGE, parsed("add_sending", "--qr", "--fps", "0"))


def test_a_link_is_chosen_and_only_one() -> None:
    for words in ((), ("--file", "x", "--video", "y"), ("--qr", "--serial", "z")):
        with pytest.raises(SystemExit):
            parsed("add_sending", *words)


@pytest.mark.parametrize(("version", "fps"), [(10, 15), (25, 30)])
def test_a_video_carries_a_message(folder: Path, version: int, fps: int) -> None:
    path = str(folder / "message.avi")
    words = ("--video", path, "--version", str(version), "--fps", str(fps))
    assert links.send(MESSAGE, parsed("add_sending", *words)) == "qr"
    assert links.receive(parsed("add_receiving", "--video", path)) == MESSAGE


def test_refuses_a_video_that_is_none_or_shows_nothing(folder: Path) -> None:
    path = folder / "message.avi"
    with pytest.raises(InputRefused, match="version"):
        links.send(MESSAGE, parsed("add_sending", "--video", str(path), "--version", "41"))
    with pytest.raises(RecordingFailed):
        links.send(MESSAGE, parsed("add_sending", "--video", str(folder / "no" / "where.avi")))
    with pytest.raises(DeviceUnavailable):
        links.receive(parsed("add_receiving", "--video", str(path)))
    camera.record([np.full((200, 200), 255, np.uint8)] * 20, path, 15)
    with pytest.raises(TransferIncomplete):
        links.receive(parsed("add_receiving", "--video", str(path)))
