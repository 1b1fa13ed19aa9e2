"""Cameras that are unplugged, hang, or never open; simulated at the door of the driver."""

import threading
import time
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from appliance.wire.errors import DeviceUnavailable
from appliance.wire.qr import Image
from appliance.wire.sight import capture
from appliance.wire.sight.capture import LiveFeed, RecordedFeed
from appliance.wire.sight.hints import Hint


def frame(value: int) -> Image:
    return np.full((4, 4), value, np.uint8)


class Device:
    """A camera that gives frames one, two, three, … until it is told to behave otherwise."""

    def __init__(self) -> None:
        self.present = True
        self.hanging = threading.Event()
        self.released = threading.Event()
        self.opened = 0
        self.closed = 0
        self._count = 0

    def open(self) -> "Device":
        if not self.present:
            raise DeviceUnavailable("the camera cannot be opened")
        self.opened += 1
        return self

    def read(self) -> Image | None:
        if self.hanging.is_set():
            self.released.wait(20)
            return None
        time.sleep(0.002)
        if not self.present:
            return None
        self._count += 1
        return frame(self._count % 251)

    def close(self) -> None:
        self.closed += 1


@pytest.fixture
def device() -> Iterator[Device]:
    camera = Device()
    yield camera
    camera.released.set()


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, seconds in (
        ("OPEN_SECONDS", 0.5),
        ("SILENT_SECONDS", 0.05),
        ("HUNG_SECONDS", 0.3),
        ("PATIENCE", 8.0),
        ("RETRY_SECONDS", 0.02),
    ):
        monkeypatch.setattr(capture, name, seconds)


def until(feed: LiveFeed, condition: Callable[[Image | None], bool], seconds: float = 6.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition(feed.take(0.02)):
        assert time.monotonic() < deadline


def test_a_slow_reader_gets_the_latest_frame_and_the_rest_is_counted(device: Device) -> None:
    feed = LiveFeed(device.open)
    first = feed.take(1)
    time.sleep(0.1)
    second = feed.take(1)
    feed.close()
    assert first is not None
    assert second is not None
    assert int(second[0, 0]) > int(first[0, 0]) + 2
    assert feed.skipped > 2
    assert device.closed == device.opened == 1


def test_an_unplugged_camera_is_waited_for(device: Device) -> None:
    feed = LiveFeed(device.open)
    assert feed.take(1) is not None
    device.present = False
    until(feed, lambda taken: taken is None and feed.fault is Hint.UNPLUGGED)
    device.present = True
    until(feed, lambda taken: taken is not None)
    assert feed.fault is None
    feed.close()
    assert device.opened == 2
    assert device.closed == 2


def test_a_driver_that_hangs_is_left_alone_and_the_camera_opened_again(device: Device) -> None:
    feed = LiveFeed(device.open)
    assert feed.take(1) is not None
    device.hanging.set()
    until(feed, lambda _: feed.fault is Hint.SILENT)
    until(feed, lambda _: device.opened > 1)
    device.hanging.clear()
    device.released.set()
    until(feed, lambda taken: taken is not None)
    feed.close()


def test_a_driver_that_hangs_for_ever_is_given_up(device: Device) -> None:
    feed = LiveFeed(device.open)
    device.hanging.set()
    with pytest.raises(DeviceUnavailable, match="hangs"):
        until(feed, lambda _: False, 7.0)
    feed.close()
    assert device.opened <= capture.MAX_HUNG + 1


def test_patience_ends(device: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(capture, "PATIENCE", 0.3)
    feed = LiveFeed(device.open)
    device.present = False
    with pytest.raises(DeviceUnavailable, match="no pictures"):
        until(feed, lambda _: False)
    feed.close()


def test_a_camera_that_is_not_there_at_first_is_refused(device: Device) -> None:
    device.present = False
    with pytest.raises(DeviceUnavailable, match="cannot be opened"):
        LiveFeed(device.open)


def test_a_camera_that_does_not_open_at_all_is_refused(device: Device) -> None:
    def never() -> Device:
        device.released.wait(20)
        return device

    began = time.monotonic()
    with pytest.raises(DeviceUnavailable, match="does not answer"):
        LiveFeed(never)
    assert time.monotonic() - began < 5


def test_a_recording_is_handed_on_whole_and_then_ends() -> None:
    class Film(Device):
        def read(self) -> Image | None:
            taken = super().read()
            return taken if self._count <= 20 else None

    film = Film()
    feed = RecordedFeed(film)
    taken = []
    while not feed.ended:
        if (one := feed.take(1)) is not None:
            taken.append(int(one[0, 0]))
    assert taken == list(range(1, 21))
    assert feed.take(1) is None
    feed.close()
    assert film.closed == 1
