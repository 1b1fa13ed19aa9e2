"""Messages over files, serial lines and QR codes."""

import argparse
import contextlib
import os
import pty
import re
import select
import threading
import tty
from collections.abc import Iterator
from hashlib import shake_128
from pathlib import Path

import numpy as np
import pytest

from appliance.wire import camera
from appliance.wire.errors import DeviceUnavailable, RecordingFailed, TransferIncomplete
from appliance.wire.receiver import Receiver
from appliance.wire.serial_port import Line
from online_coordinator.errors import InputRefused, LinkNotConfirmed
from online_coordinator.links import options as links
from online_coordinator.links.serial_line import receive_over, send_over
from tests import symbols
from tests.console import Console, font, program, written

MESSAGE = shake_128(b"message").digest(5000)


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
    listener = threading.Thread(target=lambda: received.append(receive_over(Line(line[1]), 30)))
    listener.start()
    options = parsed("add_sending", "--serial", line[0], "--seconds", "30")
    assert links.send(MESSAGE, options) == "serial"
    listener.join()
    assert received == [MESSAGE]


def test_says_when_nobody_is_at_the_other_end(line: tuple[str, str]) -> None:
    with pytest.raises(LinkNotConfirmed):
        send_over(b"hello", Line(line[0]), 1)
    with pytest.raises(TransferIncomplete):
        receive_over(Line(line[0]), 0)


def test_refuses_a_line_that_is_none(folder: Path) -> None:
    with pytest.raises(DeviceUnavailable):
        receive_over(Line(str(folder / "absent")), 1)
    with pytest.raises(InputRefused, match="baud"):
        links.send(b"hello", parsed("add_sending", "--serial", "/dev/null", "--baud", "1"))


SHOWING = """
from hashlib import shake_128
from online_coordinator.links.screen import show
show(shake_128(b"message").digest(5000), {fps}, 60)
"""


@pytest.mark.parametrize("size", [(80, 25), (160, 50)])
def test_every_frame_in_a_real_terminal_is_read(size: tuple[int, int]) -> None:
    receiver, console = Receiver(), Console(*size, font())
    with program(SHOWING.format(fps=8), *size) as master:
        while receiver.message is None:
            console.feed(written(master))
            (content,) = symbols.read(console.picture())
            receiver.add(content)
        os.write(master, b"\n")
    assert receiver.message == MESSAGE


def test_keys_change_speed_and_density_of_the_same_transfer() -> None:
    receiver, console = Receiver(), Console(160, 50, font())
    sizes = set()
    with program(SHOWING.format(fps=8), 160, 50) as master:
        keys = iter([b"[", b"m", b"+", b"=", b"x", b"]", b"-"])
        while receiver.message is None:
            console.feed(written(master))
            (content,) = symbols.read(console.picture())
            receiver.add(content)
            sizes.add(len(content))
            os.write(master, next(keys, b"x"))
        assert re.search(
            r"part \d+, any \d+ are enough; version 18; \d+ of 9 a second", console.text
        )
        os.write(master, b"q")
    assert receiver.message == MESSAGE
    assert len(sizes) > 2


def test_refuses_to_show_a_code_where_there_is_no_terminal() -> None:
    with pytest.raises(InputRefused, match="--video"):
        links.send(MESSAGE, parsed("add_sending", "--qr"))
    with pytest.raises(InputRefused, match="fps"):
        links.send(MESSAGE, parsed("add_sending", "--qr", "--fps", "0"))


def test_a_link_is_chosen_and_only_one() -> None:
    for words in ((), ("--file", "x", "--video", "y"), ("--qr", "--browser")):
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
    with pytest.raises(InputRefused, match="version"):
        links.send(MESSAGE, parsed("add_sending", "--browser", "--version", "4"))
    with pytest.raises(RecordingFailed):
        links.send(MESSAGE, parsed("add_sending", "--video", str(folder / "no" / "where.avi")))
    with pytest.raises(DeviceUnavailable):
        links.receive(parsed("add_receiving", "--video", str(path)))
    camera.record([np.full((200, 200), 255, np.uint8)] * 20, path, 15)
    with pytest.raises(TransferIncomplete):
        links.receive(parsed("add_receiving", "--video", str(path)))
