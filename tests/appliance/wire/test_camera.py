import random
import threading
from collections.abc import Callable
from functools import lru_cache
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from appliance.wire import link
from appliance.wire.camera import Camera, grey, record, render, symbols_in
from appliance.wire.errors import DeviceUnavailable, RecordingFailed, TransferIncomplete
from appliance.wire.formats import Format
from appliance.wire.fountain import Encoder
from appliance.wire.qr import Correction, Image, animation, part_size, symbol
from appliance.wire.receiver import Receiver
from appliance.wire.sight.hints import Hint
from appliance.wire.sight.watching import MAX_PIXELS
from tests.appliance.wire.filming import (
    HANDHELD,
    P720,
    P1080,
    TYPICAL,
    Resolution,
    Scene,
    film,
)

BLACK = np.zeros((480, 640), np.uint8)


TEN_PARTS, FOUR_PARTS = (random.Random(size).randbytes(size) for size in (2_200, 500))
"""Messages that take so many codes of version 10."""


def shown(message: bytes, version: int, count: int, start: int = 0) -> list[Image]:
    parts = Encoder(message, part_size(version)).parts(start)
    return [render(symbol(part, version), 1000) for part in islice(parts, count)]


def shown_in_turn(message: bytes, version: int, start: int) -> Callable[[int], Image]:
    parts = Encoder(message, part_size(version)).parts(start)
    return lru_cache(4)(lambda _: render(symbol(next(parts), version), 1040))


@pytest.mark.parametrize(
    ("scene", "version", "resolution"),
    [(TYPICAL, 25, P720), (TYPICAL, 27, P1080), (HANDHELD, 25, P720)],
    ids=["typical 720p", "typical 1080p", "handheld 720p"],
)
def test_a_filmed_screen_gives_the_message_in_nearly_the_least_time(
    tmp_path: Path, scene: Scene, version: int, resolution: Resolution
) -> None:
    message = random.Random(version).randbytes(8_000)
    needed = Encoder(message, part_size(version)).parts_needed
    path = tmp_path / "filmed.avi"
    shown = shown_in_turn(message, version, start=321)
    record(islice(film(shown, scene, resolution, seed=3), 2 * needed + 6), path, 30)
    receiver = Receiver()
    with Camera(path) as camera:
        assert link.receive(camera, receiver) == message
        telemetry = camera.telemetry
    assert telemetry.frames == telemetry.decoded + telemetry.lost <= 2 * needed + 3
    assert telemetry.skipped == receiver.progress.refused == 0


def test_every_frame_of_a_file_is_read_however_slowly_they_are_taken(tmp_path: Path) -> None:
    path = tmp_path / "once.avi"
    record(shown(TEN_PARTS, 10, 10), path, 15)
    with Camera(path) as camera:
        threading.Event().wait(0.3)
        assert link.receive(camera, Receiver()) == TEN_PARTS
        assert camera.telemetry.frames == camera.telemetry.decoded == 10
        assert 2_200 < camera.telemetry.bytes <= 10 * part_size(10)
        assert camera.telemetry.seconds == pytest.approx(10 / 15)
        assert camera.telemetry.bytes_per_second == pytest.approx(1.5 * camera.telemetry.bytes)
        assert camera.hint is None


def test_the_end_of_a_video_is_said_and_the_rank_kept_for_the_next(tmp_path: Path) -> None:
    first, second = tmp_path / "first.avi", tmp_path / "second.avi"
    record(shown(TEN_PARTS, 10, 6), first, 15)
    record(shown(TEN_PARTS, 10, 6, start=700), second, 15)
    receiver = Receiver()
    with Camera(first) as camera, pytest.raises(TransferIncomplete, match="12 of 20"):
        link.receive(camera, receiver)
    with Camera(second) as camera:
        assert link.receive(camera, receiver) == TEN_PARTS
        assert camera.telemetry.frames <= 5


def test_black_frames_and_foreign_symbols_are_lost_frames_not_failures(tmp_path: Path) -> None:
    foreign = render(symbol(b"https://example.org", 10), 1000)
    black = np.zeros((1000, 1000), np.uint8)
    path = tmp_path / "mixed.avi"
    early, late = shown(FOUR_PARTS, 10, 2), shown(FOUR_PARTS, 10, 3, start=40)
    record([black, foreign, *early, black, *late], path, 15)
    receiver = Receiver()
    with Camera(path) as camera:
        assert link.receive(camera, receiver) == FOUR_PARTS
        assert camera.telemetry.lost == 3
    assert receiver.progress.refused == 1


def test_our_part_is_found_beside_a_foreign_symbol() -> None:
    part = Encoder(b"message", 100).part(0)
    pair = np.hstack((render(symbol(b"https://example.org", 5), 300), render(symbol(part, 5), 300)))
    assert part in symbols_in(pair)


@pytest.mark.parametrize(
    "frame", [np.zeros((0, 0), np.uint8), np.zeros((0, 640), np.uint8), BLACK, BLACK[:1, :1]]
)
def test_unusable_frames_hold_nothing(frame: Image) -> None:
    assert symbols_in(frame) == ()


def test_a_frame_of_absurd_size_is_not_looked_at() -> None:
    frame = np.broadcast_to(np.uint8(0), (MAX_PIXELS // 1024 + 1, 1024))
    assert symbols_in(frame) == ()


def test_a_camera_that_is_not_there_is_unavailable() -> None:
    with pytest.raises(DeviceUnavailable):
        Camera(63)


@pytest.mark.parametrize("content", [None, b"", b"no video at all" * 100])
def test_what_is_no_video_file_is_unavailable(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "video.avi"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DeviceUnavailable):
        Camera(path)


def test_an_address_is_no_video_file() -> None:
    with pytest.raises(DeviceUnavailable, match="no such video file"):
        Camera(Path("http://localhost/video.avi"))


@pytest.mark.parametrize("field", range(3))
def test_a_video_that_lies_about_its_rate_is_read_all_the_same(tmp_path: Path, field: int) -> None:
    path = tmp_path / "lying.avi"
    record(shown(FOUR_PARTS, 10, 5), path, 15)
    data = bytearray(path.read_bytes())
    header = data.index(b"strh") + 8
    scale, rate = header + 20, header + 24
    for offset, value in (((scale, 0),), ((rate, 0),), ((scale, 1), (rate, 0xFFFFFFFF)))[field]:
        data[offset : offset + 4] = value.to_bytes(4, "little")
    path.write_bytes(data)
    with Camera(path) as camera:
        assert link.receive(camera, Receiver()) == FOUR_PARTS
        assert np.isfinite(camera.telemetry.seconds)
        assert camera.telemetry.bytes_per_second >= 0


def test_a_truncated_video_gives_the_frames_it_has(tmp_path: Path) -> None:
    path = tmp_path / "cut.avi"
    record(shown(TEN_PARTS, 10, 10), path, 15)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    receiver = Receiver()
    try:
        with Camera(path) as camera, pytest.raises(TransferIncomplete):
            link.receive(camera, receiver)
    except DeviceUnavailable:
        return
    assert receiver.progress.rank < 20


def test_closing_early_ends_the_capture_thread(tmp_path: Path) -> None:
    path = tmp_path / "long.avi"
    record([np.full((64, 64), 255, np.uint8)] * 60, path, 30)
    with Camera(path) as camera:
        camera.receive()
    assert not [thread for thread in threading.enumerate() if thread.name == "capture"]


def test_a_stopped_receiver_returns_nothing(tmp_path: Path) -> None:
    path = tmp_path / "video.avi"
    record(shown(TEN_PARTS, 10, 2), path, 15)
    with Camera(path) as camera:
        assert link.receive(camera, Receiver(), stop=lambda: camera.telemetry.frames == 1) is None


def test_refuses_to_record_nothing_or_uneven_frames(tmp_path: Path) -> None:
    for frames in ([], [BLACK, BLACK[:100]]):
        with pytest.raises(RecordingFailed):
            record(frames, tmp_path / "video.avi", 15)
    with pytest.raises(RecordingFailed):
        record([BLACK], tmp_path / "missing" / "video.avi", 15)


def test_renders_with_a_quiet_zone_at_whole_pixels() -> None:
    modules = symbol(b"part", 5)
    image = render(modules, 100)
    assert image.shape == (100, 100)
    assert image[5:95, 5:95][8:82:2, 8:82:2].shape == (37, 37)
    assert (image[13:87:2, 13:87:2] == 0).tolist() == [[bool(m) for m in r] for r in modules.rows]
    assert set(np.unique(image[:13])) == {255}


def test_refuses_to_render_below_one_pixel_a_module() -> None:
    with pytest.raises(ValueError, match="do not show"):
        render(symbol(b"part", 5), 44)


def test_what_the_command_line_renders_is_what_it_scans(tmp_path: Path) -> None:
    message = b"a payload" * 400 + random.Random(3).randbytes(900)
    encoder = Encoder(message, part_size(12, Correction.MEDIUM))
    symbols = islice(animation(encoder, 12, Correction.MEDIUM), encoder.parts_needed + 2)
    path = tmp_path / "out.avi"
    record((render(modules, 600) for modules in symbols), path, 15)
    with Camera(path) as camera:
        assert link.receive(camera, Receiver()) == message


@pytest.mark.parametrize(
    "shape", [(720, 1280), (720, 1280, 1), (720, 1280, 2), (720, 1280, 3), (720, 1280, 4)]
)
def test_pictures_of_every_usual_kind_become_grey(shape: tuple[int, ...]) -> None:
    assert grey(np.full(shape, 200, np.uint8)).shape == (720, 1280)
    assert set(np.unique(grey(np.full(shape, 200, np.uint8)))) == {200}


def test_deep_grey_is_brought_down_to_eight_bits() -> None:
    assert set(np.unique(grey(np.full((480, 640), 0xC8FF, np.uint16)))) == {0xC8}


@pytest.mark.parametrize(
    "frame",
    [
        np.zeros((480,), np.uint8),
        np.zeros((480, 640, 5), np.uint8),
        np.zeros((0, 640, 3), np.uint8),
        np.zeros((480, 0, 3), np.uint8),
        np.zeros((480, 640), np.float32),
        np.zeros((480, 640, 3), np.uint16),
        np.zeros((2, 480, 640, 3), np.uint8),
    ],
)
def test_pictures_of_no_known_kind_are_no_pictures(frame: object) -> None:
    assert grey(frame).size == 0


def test_a_hint_says_what_a_video_lacks(tmp_path: Path) -> None:
    foreign = render(symbol(b"https://example.org", 10), 400)
    for picture, hint in ((foreign, Hint.FOREIGN_CODE), (foreign * 0, Hint.BLACK)):
        path = tmp_path / f"{hint}.avi"
        record([picture] * 8, path, 15)
        with Camera(path) as camera:
            while camera.receive() is not None:
                pass
            assert camera.hint is hint
            assert camera.telemetry.decoded == 0


def test_only_parts_of_the_formats_that_are_waited_for_count(tmp_path: Path) -> None:
    path = tmp_path / "fountain.avi"
    record(shown(TEN_PARTS, 10, 4), path, 15)
    with Camera(path, frozenset({Format.UR})) as camera:
        while camera.receive() is not None:
            pass
        assert camera.hint is Hint.FOREIGN_CODE
        assert (camera.telemetry.decoded, camera.telemetry.bytes) == (0, 0)
