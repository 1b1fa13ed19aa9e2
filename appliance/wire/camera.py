"""Camera or recorded video → parts, and symbols → video file. The only importer of OpenCV.

Capture and decoding run on separate threads. A camera's frames pass through a slot that holds the
latest one: a slow reader skips frames instead of lagging behind. Of a video file every frame is
read, as fast as decoding allows.
"""

import math
import queue
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Self

import cv2
import numpy as np

from appliance.wire import qr
from appliance.wire.errors import DeviceUnavailable, RecordingFailed
from appliance.wire.fountain import MAGIC
from appliance.wire.qr import QUIET_ZONE, Image, Modules, Reading

MAX_PIXELS = 1 << 25
MAX_RATE = 1000.0

_WAIT_SECONDS = 0.1
_READ_AHEAD = 4
_BLUR = 1.2
_MISSED_READS = 30

cv2.setLogLevel(0)


@dataclass(frozen=True, slots=True)
class Telemetry:
    """What a camera saw so far.

    `frames` looked at; `decoded` had a part in them, `lost` had none; `skipped` were overtaken by
    newer ones before anybody looked. `bytes` of parts, without immediate repeats; `seconds` on the
    video's own clock if it has one, else on the wall's.
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
    """Parts from a camera (by its index) or a video file (by its path); also a context manager.

    Raises DeviceUnavailable if it cannot be opened, or goes away.
    """

    def __init__(self, source: int | Path) -> None:
        self._capture = _opened(source)
        self._is_file = isinstance(source, Path)
        self._rate = _rate(self._capture) if self._is_file else None
        self._slot: queue.Queue[Image | None] = queue.Queue(_READ_AHEAD if self._is_file else 1)
        self._closing = threading.Event()
        self._skipped = 0
        self._failed = False
        self._region: Region | None = None
        self._previous: tuple[bytes, ...] = ()
        self._started: float | None = None
        self._telemetry = Telemetry()
        self._thread = threading.Thread(target=self._run, name="capture", daemon=True)
        self._thread.start()
