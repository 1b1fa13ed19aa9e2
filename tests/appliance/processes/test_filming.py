"""The link process over its channel, filming: what the terminal hears, and what is kept."""

import os
import random
import threading
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest

from appliance.processes.channel import Channel
from appliance.processes.link import LinkProcess
from appliance.processes.link_messages import (
    LinkCall,
    LinkEvent,
    LinkFailed,
    Medium,
    NextCamera,
    Received,
    Receiving,
    StartReceiving,
    Stop,
    Stopped,
)
from appliance.processes.lookout import Lookout
from appliance.settings import parse_settings
from appliance.wire.camera import record, render
from appliance.wire.errors import DeviceUnavailable
from appliance.wire.fountain import Encoder
from appliance.wire.qr import Image, part_size, symbol
from appliance.wire.sight.cameras import AttachedCamera
from appliance.wire.sight.preview import HEIGHT, WIDTH

MESSAGE = random.Random(1).randbytes(2_200)
SETTINGS = parse_settings(
    '[device]\ndata = "/nowhere"\n[hsm]\nmodule = "/nowhere"\ntoken = "none"\n[links]\n'
)


def pictures(count: int, start: int = 0) -> list[Image]:
    parts = islice(Encoder(MESSAGE, part_size(10)).parts(start), count)
    return [render(symbol(part, 10), 400) for part in parts]


class Terminal:
    """The terminal's end of the channel."""

    def __init__(self, camera: str | None) -> None:
        here, there = os.pipe(), os.pipe()
        self.channel = Channel(here[0], there[1], LinkEvent, LinkCall)
        self._theirs = Channel(there[0], here[1], LinkCall, LinkEvent)
        process = LinkProcess(replace(SETTINGS, camera=camera), self._theirs)
        self._thread = threading.Thread(target=process.run, daemon=True)
        self._thread.start()

    def until(self, kind: type) -> list[object]:
        heard: list[object] = []
        while not heard or not isinstance(heard[-1], kind | LinkFailed):
            heard.append(self.channel.receive())
        return heard

    def end(self) -> None:
        self.channel.close()
        self._thread.join(10)
        assert not self._thread.is_alive()
        self._theirs.close()


@pytest.fixture
def film(tmp_path: Path) -> Path:
    return tmp_path / "film.avi"


@pytest.fixture
def terminal(film: Path) -> Iterator[Terminal]:
    one = Terminal(str(film))
    yield one
    one.end()


def test_a_film_gives_the_message_and_says_how_it_went(film: Path, terminal: Terminal) -> None:
    record(pictures(12), film, 15)
    terminal.channel.send(StartReceiving(Medium.QR))
    *reports, received = terminal.until(Received)
    assert received == Received(Medium.QR, MESSAGE)
    last = reports[-1]
    assert isinstance(last, Receiving)
    assert (last.rank, last.needed) == (20, 20)
    view = last.camera
    assert view is not None
    assert view.name == "recorded video"
    assert view.hint is None
    assert view.decoded == last.frames == 10
    sizes = {len(each.camera.preview) for each in reports if each.camera}  # type: ignore[attr-defined]
    assert sizes <= {0, WIDTH * HEIGHT}
    assert WIDTH * HEIGHT in sizes


def test_what_arrived_is_kept_when_the_film_ends_and_another_is_shown(
    film: Path, terminal: Terminal
) -> None:
    record(pictures(6), film, 15)
    terminal.channel.send(StartReceiving(Medium.QR))
    failed = terminal.until(Received)[-1]
    assert isinstance(failed, LinkFailed)
    assert "12 of 20" in failed.what
    record(pictures(6, start=90), film, 15)
    terminal.channel.send(StartReceiving(Medium.QR))
    assert terminal.until(Received)[-1] == Received(Medium.QR, MESSAGE)


def test_receiving_stops_when_told_to(film: Path, terminal: Terminal) -> None:
    record([pictures(1)[0] * 0] * 2_000, film, 15)
    terminal.channel.send(StartReceiving(Medium.QR))
    terminal.until(Receiving)
    terminal.channel.send(NextCamera())
    terminal.until(Receiving)
    terminal.channel.send(Stop())
    assert isinstance(terminal.until(Stopped)[-1], Stopped)


def test_without_a_camera_it_says_so() -> None:
    terminal = Terminal(None)
    terminal.channel.send(StartReceiving(Medium.QR))
    failed = terminal.until(Received)[-1]
    assert isinstance(failed, LinkFailed)
    assert "no camera is set up" in failed.what
    terminal.end()


def attached(*numbers: int) -> tuple[AttachedCamera, ...]:
    return tuple(AttachedCamera(number, f"camera {number}") for number in numbers)


def test_cameras_are_chosen_in_turn_and_a_failing_one_is_left(tmp_path: Path) -> None:
    lookout = Lookout("61", lambda: attached(61, 62))
    with pytest.raises(DeviceUnavailable):
        lookout.open()
    assert lookout.is_changed
    with pytest.raises(DeviceUnavailable):
        lookout.open()
    film = tmp_path / "film.avi"
    record(pictures(1), film, 15)
    recorded = Lookout(str(film), lambda: attached(62))
    recorded.open().close()
    view = recorded.view()
    assert view is not None
    assert (view.name, view.cameras) == ("recorded video", 2)
    changed = []
    for _ in range(2):
        recorded.choose_next()
        changed.append(recorded.is_changed)
    assert changed == [True, False]


def test_an_only_camera_stays_chosen() -> None:
    for lookout in (Lookout("0", lambda: attached(0)), Lookout(None, tuple)):
        lookout.choose_next()
        assert not lookout.is_changed
