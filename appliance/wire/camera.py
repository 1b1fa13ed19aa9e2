"""Camera or recorded video → parts, and symbols → video file. The only importer of OpenCV.

Capture and decoding run on separate threads. A camera's frames pass through a slot that holds the
latest one, so that a slow reader skips frames instead of lagging behind. Of a video file every
frame is read, as fast as decoding allows.
"""

import math
import queue
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Self

import cv2
import numpy as np

from appliance.wire import qr
from appliance.wire.errors import DeviceUnavailable, RecordingFailed
from appliance.wire.formats import format_of
from appliance.wire.qr import QUIET_ZONE, Image, Modules

MAX_PIXELS = 1 << 25
"""Pixels of the largest frame that is looked at."""

_MAX_RATE = 1000.0
_MAX_BAD_READS = 30
_READ_AHEAD = 4
_WAIT_SECONDS = 0.1
_CLOSE_SECONDS = 2.0
_BLUR = 1.2
_MOTION_JPEG = cv2.VideoWriter.fourcc(*"MJPG")
_WISHES = (
    (cv2.CAP_PROP_FOURCC, _MOTION_JPEG),
    (cv2.CAP_PROP_FRAME_WIDTH, 1920),
    (cv2.CAP_PROP_FRAME_HEIGHT, 1080),
    (cv2.CAP_PROP_FPS, 30),
    (cv2.CAP_PROP_BUFFERSIZE, 1),
)
"""What is asked of a camera; its driver gives the nearest it has."""

# OpenCV writes its complaints straight to the terminal, which belongs to the screen.
cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)


@dataclass(frozen=True, slots=True)
class Telemetry:
    """What a camera saw so far.

    `frames` were looked at; `decoded` had a part in them, `lost` had none. `skipped` were overtaken
    by newer ones before anybody looked. `bytes` of parts, immediate repeats not counted. `seconds`
    by the video's own clock if it has one, else by the wall's.
    """

    frames: int = 0
    decoded: int = 0
    lost: int = 0
    skipped: int = 0
    bytes: int = 0
    seconds: float = 0.0

    @property
    def bytes_per_second(self) -> float:
        """The rate of parts so far."""
        return self.bytes / self.seconds if self.seconds > 0 else 0.0


class Camera:
    """Parts from a camera, by its index, or from a video file, by its path; a context manager.

    Raises DeviceUnavailable if it cannot be opened.
    """

    def __init__(self, source: int | Path) -> None:
        self._capture = _open_capture(source)
        self._is_live = isinstance(source, int)
        self._rate = None if self._is_live else _rate(self._capture.get(cv2.CAP_PROP_FPS))
        self._frames: queue.Queue[Image | None] = queue.Queue(1 if self._is_live else _READ_AHEAD)
        self._closing = threading.Event()
        self._skipped = 0
        self._telemetry = Telemetry()
        self._previous: tuple[bytes, ...] = ()
        self._began = time.monotonic()
        self._thread = threading.Thread(target=self._run, name="capture", daemon=True)
        self._thread.start()

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
        return self._telemetry

    def receive(self) -> tuple[bytes, ...] | None:
        """Return what the next frame holds, or None at the end of a video file.

        Waits a tenth of a second for a frame at most. What is not a part of ours is returned with
        the rest: the receiver counts it. Raises DeviceUnavailable when a camera goes away.
        """
        try:
            frame = self._frames.get(timeout=_WAIT_SECONDS)
        except queue.Empty:
            return ()
        if frame is None:
            self._frames.put(None)
            if self._is_live:
                raise DeviceUnavailable("the camera stopped giving pictures")
            return None
        contents = symbols_in(frame)
        self._count(contents)
        return contents

    def close(self) -> None:
        """Let the device go; if its driver hangs, as soon as that returns."""
        self._closing.set()
        self._thread.join(_CLOSE_SECONDS)

    def _count(self, contents: tuple[bytes, ...]) -> None:
        seen, parts = self._telemetry, tuple(filter(format_of, contents))
        new = 0 if parts == self._previous else sum(map(len, parts))
        frames, self._previous = seen.frames + 1, parts or self._previous
        self._telemetry = replace(
            seen,
            frames=frames,
            decoded=seen.decoded + bool(parts),
            lost=seen.lost + (not parts),
            skipped=self._skipped,
            bytes=seen.bytes + new,
            seconds=frames / self._rate if self._rate else time.monotonic() - self._began,
        )

    def _run(self) -> None:
        """Read frames into the queue until told to stop; None marks that there are no more."""
        bad_reads = 0
        while bad_reads < (_MAX_BAD_READS if self._is_live else 1) and not self._closing.is_set():
            frame = _next_frame(self._capture)
            bad_reads = 0 if frame is not None else bad_reads + 1
            if frame is not None:
                self._offer(frame)
        self._capture.release()
        self._offer(None)

    def _offer(self, frame: Image | None) -> None:
        while not self._closing.is_set():
            try:
                self._frames.put(frame, timeout=0 if self._is_live else _WAIT_SECONDS)
            except queue.Full:
                if self._is_live:
                    self._skip()
            else:
                return

    def _skip(self) -> None:
        try:
            self._frames.get_nowait()
        except queue.Empty:
            return
        self._skipped += 1


def symbols_in(frame: Image) -> tuple[bytes, ...]:
    """Return what the QR symbols in a grey frame hold; of an unusable frame, nothing.

    Quick first; then blurred, which undoes moiré and noise; then thoroughly. It stops at the first
    look that finds a part.
    """
    if not 0 < frame.size <= MAX_PIXELS:
        return ()
    looks: tuple[Callable[[Image], tuple[bytes, ...]], ...] = (
        qr.read,
        lambda image: qr.read(_blurred(image)),
        qr.read_thoroughly,
    )
    contents: tuple[bytes, ...] = ()
    for look in looks:
        contents = look(frame) or contents
        if any(map(format_of, contents)):
            break
    return contents


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


def _open_capture(source: int | Path) -> cv2.VideoCapture:
    try:
        capture = _open_device(source) if isinstance(source, int) else _open_file(source)
    except cv2.error:
        raise DeviceUnavailable("the camera or video file cannot be opened") from None
    if not capture.isOpened():
        raise DeviceUnavailable("the camera or video file cannot be opened")
    return capture


def _open_device(index: int) -> cv2.VideoCapture:
    capture = cv2.VideoCapture(index, cv2.CAP_V4L2)
    for wish, value in _WISHES:
        capture.set(wish, value)
    return capture


def _open_file(path: Path) -> cv2.VideoCapture:
    # A name that is no plain file could be an address, a device pipeline or a pattern to OpenCV.
    if not path.is_file():
        raise DeviceUnavailable("there is no such video file")
    return cv2.VideoCapture(str(path.resolve()))


def _rate(claimed: float) -> float | None:
    """Return the frames a second that a file claims, if it is a sane number."""
    return claimed if math.isfinite(claimed) and 0 < claimed <= _MAX_RATE else None


def _next_frame(capture: cv2.VideoCapture) -> Image | None:
    """Return the next frame in grey, of no size if it is none we understand; None at the end."""
    try:
        is_read, frame = capture.read()
        if not is_read or frame is None:
            return None
        match frame.shape, frame.dtype:
            case (_, _), np.uint8:
                return np.asarray(frame, np.uint8)
            case (height, width, 3), np.uint8 if height and width:
                return np.asarray(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY), np.uint8)
    except cv2.error:
        return None
    return np.empty((0, 0), np.uint8)


def _blurred(image: Image) -> Image:
    return np.asarray(cv2.GaussianBlur(image, (0, 0), _BLUR), np.uint8)
