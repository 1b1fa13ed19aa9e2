"""Camera or recorded video → parts, and symbols → video file. The only importer of OpenCV.

Capture and decoding run on separate threads; decoding is done by whoever receives.
"""

import math
import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import cv2
import numpy as np

from appliance.wire.errors import DeviceUnavailable, RecordingFailed
from appliance.wire.formats import ALL_FORMATS, Format
from appliance.wire.qr import QUIET_ZONE, Image, Modules
from appliance.wire.sight.cameras import attached_cameras, camera_numbered, number_now
from appliance.wire.sight.capture import Feed, LiveFeed, RecordedFeed
from appliance.wire.sight.hints import Hint
from appliance.wire.sight.telemetry import Telemetry
from appliance.wire.sight.tracking import ALL_LOOKS, Care
from appliance.wire.sight.watching import Watcher, seen_in

_MAX_RATE = 1000.0
MAX_PIXELS = 1 << 24
"""Of the largest picture that is decoded: a file may claim any size."""
_WAIT_SECONDS = 0.1
_BLUR, _SOFT_BLUR, _WIDE_BLUR = 1.2, 0.8, 2.0
_SHARPENING = 1.5
_SHADOWS = 0.15
_MOTION_JPEG = cv2.VideoWriter.fourcc(*"MJPG")
_WISHES = (
    (cv2.CAP_PROP_FOURCC, _MOTION_JPEG),
    (cv2.CAP_PROP_FRAME_WIDTH, 1920),
    (cv2.CAP_PROP_FRAME_HEIGHT, 1080),
    (cv2.CAP_PROP_FPS, 30),
    (cv2.CAP_PROP_BUFFERSIZE, 1),
)
"""What is asked of a camera; its driver gives the nearest it has."""

_NOTHING: Image = np.empty((0, 0), np.uint8)

# OpenCV writes its complaints straight to the terminal, which belongs to the screen.
cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)


class Camera:
    """Parts from a camera, by its index, or from a video file, by its path; a context manager.

    Only parts of `formats` count as such. Raises DeviceUnavailable if it cannot be opened; a camera
    that goes away later is waited for.
    """

    def __init__(self, source: int | Path, formats: frozenset[Format] = ALL_FORMATS) -> None:
        self._feed, self._rate = _feed_of(source)
        is_recorded = isinstance(self._feed, RecordedFeed)
        self._watcher = Watcher(prepared, formats, patient=is_recorded)
        self._began = time.monotonic()
        self._seconds = 0.0
        self.frame: Image = _NOTHING
        """The last frame, of no size if there is none."""

    def __enter__(self) -> Self:
        """Return the open camera."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the camera."""
        self.close()

    @property
    def telemetry(self) -> Telemetry:
        """What was seen up to the last `receive`."""
        seen = self._watcher.telemetry
        return replace(seen, skipped=self._feed.skipped, seconds=self._seconds)

    @property
    def hint(self) -> Hint | None:
        """What is the matter with the camera, or with most of the frames lately."""
        return self._feed.fault or self._watcher.hint

    def receive(self) -> tuple[bytes, ...] | None:
        """Return what the next frame holds, or None at the end of a video file.

        Waits a tenth of a second for a frame at most. What is not a part of ours is returned with
        the rest: the receiver counts it. Raises DeviceUnavailable when a camera stays away.
        """
        frame = self._feed.take(_WAIT_SECONDS)
        if frame is None:
            return None if self._feed.ended else ()
        self.frame = frame
        contents = self._watcher.contents(frame)
        frames = self._watcher.telemetry.frames
        self._seconds = frames / self._rate if self._rate else time.monotonic() - self._began
        return contents

    def close(self) -> None:
        """Let the device go; if its driver hangs, as soon as that returns."""
        self._feed.close()


def symbols_in(frame: Image) -> tuple[bytes, ...]:
    """Return what the QR symbols in a grey frame hold; of an unusable frame, nothing.

    It looks in every way there is, and stops at the first that finds a part.
    """
    _, found = seen_in(frame, ALL_LOOKS, prepared)
    return tuple(each.content for each in found if each.content is not None)


def prepared(image: Image, care: Care) -> Image:
    """Return an image as a look with this care wants it."""
    match care:
        case Care.QUICK | Care.THOROUGH:
            return image
        case Care.BLURRED:
            return _blurred(image, _BLUR)
        case Care.LIFTED:
            return _blurred(_lifted(image), _SOFT_BLUR)
        case Care.SHARPENED:
            wide = _blurred(image, _WIDE_BLUR)
            sharp = cv2.addWeighted(image, 1 + _SHARPENING, wide, -_SHARPENING, 0)
            return np.asarray(sharp, np.uint8)


def render(modules: Modules, size: int) -> Image:
    """Return a grey square of `size` pixels that shows a symbol as large as whole pixels allow.

    Raises ValueError if there is less than one pixel a module: a caller's mistake.
    """
    grid = np.array([list(row) for row in modules.rows], np.uint8)
    light = np.pad(1 - grid, QUIET_ZONE, constant_values=1) * np.uint8(255)
    scale = size // light.shape[0]
    if scale < 1:
        raise ValueError(f"{size} pixels do not show a symbol of {light.shape[0]} modules")
    drawn = light.repeat(scale, axis=0).repeat(scale, axis=1)
    before = (size - drawn.shape[0]) // 2
    after = size - drawn.shape[0] - before
    return np.pad(drawn, (before, after), constant_values=255)


def record(frames: Iterable[Image], path: Path, rate: float) -> int:
    """Write grey frames of one size as a Motion-JPEG AVI and return how many there were.

    Raises RecordingFailed if there is none, they differ in size, or the file cannot be written.
    """
    writer = cv2.VideoWriter()
    count, shape = 0, None
    try:
        for frame in frames:
            if shape is None:
                height, width = shape = frame.shape
                writer.open(path, _MOTION_JPEG, rate, (width, height), isColor=False)
            if frame.shape != shape or not writer.isOpened():
                raise RecordingFailed("the video file cannot be written, or its frames differ")
            writer.write(frame)
            count += 1
    finally:
        writer.release()
    if not count or not path.is_file():
        raise RecordingFailed("no video was written")
    return count


def _lifted(image: Image) -> Image:
    """Return an image in which only what is nearly black stays dark."""
    black, white = np.percentile(image[::4, ::4], (15, 98))
    scale = 255 / (_SHADOWS * max(white - black, 10.0))
    table = np.clip((np.arange(256) - black) * scale, 0, 255).astype(np.uint8)
    return np.asarray(cv2.LUT(image, table), np.uint8)


def _blurred(image: Image, sigma: float) -> Image:
    return np.asarray(cv2.GaussianBlur(image, (0, 0), sigma), np.uint8)


class _Capture:
    """A Source of OpenCV's."""

    def __init__(self, capture: cv2.VideoCapture) -> None:
        self._capture = capture

    def read(self) -> Image | None:
        try:
            is_read, frame = self._capture.read()
            return grey(frame) if is_read and frame is not None else None
        except cv2.error:
            return None

    def close(self) -> None:
        self._capture.release()


def _feed_of(source: int | Path) -> tuple[Feed, float | None]:
    """Return the frames of a camera or file, and how many a second a file says it has."""
    if isinstance(source, int):
        camera = camera_numbered(source, attached_cameras())

        def opened() -> _Capture:
            return _Capture(_open_device(number_now(camera, attached_cameras())))

        return LiveFeed(opened), None
    capture = _open_file(source)
    return RecordedFeed(_Capture(capture)), _sane_rate(capture.get(cv2.CAP_PROP_FPS))


def _open_device(index: int) -> cv2.VideoCapture:
    try:
        capture = cv2.VideoCapture(index, cv2.CAP_V4L2)
        for wish, value in _WISHES:
            capture.set(wish, value)
    except cv2.error:
        raise DeviceUnavailable("the camera cannot be opened") from None
    if not capture.isOpened():
        raise DeviceUnavailable("the camera cannot be opened")
    return capture


def _open_file(path: Path) -> cv2.VideoCapture:
    # A name that is no plain file could be an address, a device pipeline or a pattern to OpenCV.
    if not path.is_file():
        raise DeviceUnavailable("there is no such video file")
    try:
        capture = cv2.VideoCapture(str(path.resolve()))
    except cv2.error:
        raise DeviceUnavailable("the video file cannot be opened") from None
    if not capture.isOpened():
        raise DeviceUnavailable("the video file cannot be opened")
    if capture.get(cv2.CAP_PROP_FRAME_WIDTH) * capture.get(cv2.CAP_PROP_FRAME_HEIGHT) > MAX_PIXELS:
        raise DeviceUnavailable("the video's pictures are larger than any camera takes them")
    return capture


def _sane_rate(claimed: float) -> float | None:
    return claimed if math.isfinite(claimed) and 0 < claimed <= _MAX_RATE else None


def grey(frame: Any) -> Image:
    """Return a frame as a driver gives it in grey; of no size if it is of no kind we understand.

    Grey, brightness with colour behind it (YUYV), BGR or BGRA, of eight bits; grey of sixteen.
    """
    match frame.shape, frame.dtype:
        case (_, _), np.uint8:
            return np.ascontiguousarray(frame, np.uint8)
        case (_, _), np.uint16:
            return np.asarray(frame >> 8, np.uint8)
        case (_, _, 1 | 2), np.uint8:
            return np.ascontiguousarray(frame[:, :, 0], np.uint8)
        case (int(rows), int(columns), 3 | 4 as depth), np.uint8 if rows and columns:
            how = cv2.COLOR_BGR2GRAY if depth == 3 else cv2.COLOR_BGRA2GRAY
            return np.asarray(cv2.cvtColor(frame, how), np.uint8)
    return _NOTHING
