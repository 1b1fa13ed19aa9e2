"""Serial lines as the coordinator's commands use them: with and without a way back."""

import argparse
import threading
from pathlib import Path

import pytest

from appliance.wire import link
from appliance.wire.frame import line_encoder
from appliance.wire.receiver import Receiver
from appliance.wire.serial_port import Line, SerialPort
from online_coordinator.errors import InputRefused
from online_coordinator.links import options as links
from online_coordinator.links.serial_line import receive_over
from online_coordinator.links.video import record
from tests.appliance.wire.serial_lines import PtyLine

MESSAGE = bytes((number * number >> 3) % 251 for number in range(5_000))


def parsed(add: str, *words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    getattr(links, add)(parser)
    return parser.parse_args(words)


def test_one_way_sends_so_many_rounds_and_needs_no_answer() -> None:
    with PtyLine() as line, SerialPort(Line(line.ends[1], one_way=True)) as far:
        words = ("--serial", line.ends[0], "--mode", "one-way", "--rounds", "2")
        assert links.send(MESSAGE, parsed("add_sending", *words)) == "serial"
        assert link.receive(far, Receiver()) == MESSAGE
        assert line.carried[1] == 0


def test_one_way_receives_and_answers_nothing() -> None:
    with PtyLine() as line, SerialPort(Line(line.ends[0])) as near:
        done = threading.Event()
        call = (near, link.run_of_parts(line_encoder(MESSAGE)), done.is_set)
        sending = threading.Thread(target=link.send, args=call)
        sending.start()
        options = parsed("add_receiving", "--serial", line.ends[1], "--mode", "one-way")
        assert links.receive(options) == MESSAGE
        done.set()
        sending.join()
        assert near.poll() == ()


def test_a_video_and_a_line_make_one_message(tmp_path: Path) -> None:
    record(MESSAGE, tmp_path / "shown.avi", 20, 15)
    with PtyLine() as line, SerialPort(Line(line.ends[0])) as near:
        received: list[bytes] = []
        work = (Line(line.ends[1]), 30, tmp_path / "shown.avi")
        listening = threading.Thread(target=lambda: received.append(receive_over(*work)))
        listening.start()
        assert link.send(near, link.run_of_parts(line_encoder(MESSAGE)), back=near.back)
        listening.join()
    assert received == [MESSAGE]


@pytest.mark.parametrize(
    "words",
    [
        ("--baud", "9599"),
        ("--rounds", "2"),
        ("--mode", "one-way", "--rounds", "0"),
        ("--mode", "one-way", "--flow", "rtscts"),
    ],
)
def test_refuses_what_no_line_has(words: tuple[str, ...]) -> None:
    with pytest.raises(InputRefused):
        links.send(MESSAGE, parsed("add_sending", "--serial", "/dev/null", *words))


def test_asks_for_a_link_where_none_is_chosen() -> None:
    with pytest.raises(InputRefused, match="choose a link"):
        links.receive(parsed("add_receiving"))
    with pytest.raises(InputRefused, match="one too many"):
        links.receive(parsed("add_receiving", "--file", "x", "--serial", "y"))
