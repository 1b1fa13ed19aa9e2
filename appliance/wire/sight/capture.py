"""Frames on their way from a device or a file to whoever looks at them, on a thread of their own.

A live camera's frames pass through a slot that holds the latest one, so that a slow reader skips
frames instead of lagging behind. It may be unplugged, come back under another number, or hang in
its driver: it is opened again for as long as people have patience. Of a recording every frame is
handed on, as fast as they are taken.
"""

import queue
import threading
import time
from collections.abc import Callable
from typing import Protocol

from appliance.wire.errors import DeviceUnavailable
from appliance.wire.qr import Image
from appliance.wire.sight.hints import Hint

OPEN_SECONDS = 10.0
"""A camera that has not opened by then hangs."""
SILENT_SECONDS = 1.0
"""A camera whose reads fail for so long is opened again."""
HUNG_SECONDS = 6.0
"""A driver that has not come back by then is left alone, and the camera opened again."""
PATIENCE = 120.0
"""Seconds without a frame after which the camera is given up."""
MAX_HUNG = 3
RETRY_SECONDS = 0.25
READ_AHEAD = 4
CLOSE_SECONDS = 2.0


class Source(Protocol):
    """An open device or file."""

    def read(self) -> Image | None:
        """Return the next frame in grey, of no size if it is none we understand; None if none."""

    def close(self) -> None:
        """Let go of it."""


Opening = Callable[[], Source]
"""Opens a source. Raises DeviceUnavailable."""


class LiveFeed:
    """The latest frame of a camera. Raises DeviceUnavailable if it cannot be opened at first."""

    ended = False

    def __init__(self, opening: Opening, clock: Callable[[], float] = time.monotonic) -> None:
        self.fault: Hint | None = None
        self.skipped = 0
        self._opening = opening
        self._clock = clock
        self._slot: queue.Queue[Image] = queue.Queue(1)
        self._closing = threading.Event()
        self._hung: list[threading.Thread] = []
        self._given = self._stirred = clock()
        self._turn = 0
        self._opened: queue.Queue[DeviceUnavailable | None] = queue.Queue()
        self._thread = self._start(self._run_first)
        try:
            refusal = self._opened.get(timeout=OPEN_SECONDS)
        except queue.Empty:
            refusal = DeviceUnavailable("the camera does not answer")
        if refusal is not None:
            self._closing.set()
            raise refusal

    def take(self, seconds: float) -> Image | None:
        """Return a frame that nobody has seen yet, None if none comes within these seconds.

        `fault` says then what is the matter, if anything is. Raises DeviceUnavailable when patience
        is at its end; what was gathered until then is the receiver's.
        """
        try:
            frame = self._slot.get(timeout=seconds)
        except queue.Empty:
            self._look_after()
            return None
        self._given = self._clock()
        self.fault = None
        return frame

    def close(self) -> None:
        """Let the device go; if its driver hangs, as soon as that returns."""
        self._closing.set()
        self._thread.join(CLOSE_SECONDS)

    def _look_after(self) -> None:
        now = self._clock()
        if now - self._given > PATIENCE:
            raise DeviceUnavailable("the camera gave no pictures for minutes")
        if now - self._given > SILENT_SECONDS and self.fault is None:
            self.fault = Hint.SILENT
        if now - self._stirred > HUNG_SECONDS:
            self._hung = [thread for thread in (*self._hung, self._thread) if thread.is_alive()]
            if len(self._hung) > MAX_HUNG:
                raise DeviceUnavailable("the camera's driver hangs")
            self._thread = self._start(self._run_again)

    def _start(self, run: Callable[[int], None]) -> threading.Thread:
        """Have another thread take over from whichever there is."""
        self._turn += 1
        self._stirred = self._clock()
        thread = threading.Thread(target=run, args=(self._turn,), name="capture", daemon=True)
        thread.start()
        return thread

    def _run_first(self, turn: int) -> None:
        try:
            source = self._opening()
        except DeviceUnavailable as refusal:
            self._opened.put(refusal)
            return
        self._opened.put(None)
        self._run(turn, source)

    def _run_again(self, turn: int) -> None:
        if (source := self._opened_again(turn)) is not None:
            self._run(turn, source)

    def _run(self, turn: int, first: Source) -> None:
        """Read from one device after another until closed, or until another thread took over."""
        source: Source | None = first
        while source is not None:
            self._read(turn, source)
            source.close()
            source = self._opened_again(turn)

    def _goes_on(self, turn: int) -> bool:
        return self._turn == turn and not self._closing.is_set()

    def _read(self, turn: int, source: Source) -> None:
        """Hand on frames until there were none for a while."""
        last = self._clock()
        while self._goes_on(turn) and self._clock() - last <= SILENT_SECONDS:
            frame = source.read()
            if self._turn != turn:
                return
            self._stirred = self._clock()
            if frame is None:
                self._closing.wait(RETRY_SECONDS / 10)
            else:
                last = self._stirred
                self._offer(frame)

    def _opened_again(self, turn: int) -> Source | None:
        while self._goes_on(turn):
            self.fault = Hint.UNPLUGGED
            self._closing.wait(RETRY_SECONDS)
            self._stirred = self._clock()
            try:
                return self._opening()
            except DeviceUnavailable:
                continue
        return None

    def _offer(self, frame: Image) -> None:
        while True:
            try:
                self._slot.put_nowait(frame)
            except queue.Full:
                self._skip()
            else:
                return

    def _skip(self) -> None:
        try:
            self._slot.get_nowait()
        except queue.Empty:
            return
        self.skipped += 1


class RecordedFeed:
    """Every frame of a recording."""

    fault: Hint | None = None
    skipped = 0

    def __init__(self, source: Source) -> None:
        self.ended = False
        self._source = source
        self._frames: queue.Queue[Image | None] = queue.Queue(READ_AHEAD)
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="capture", daemon=True)
        self._thread.start()

    def take(self, seconds: float) -> Image | None:
        """Return the next frame, None if none comes in time or it has `ended`."""
        try:
            frame = None if self.ended else self._frames.get(timeout=seconds)
        except queue.Empty:
            return None
        self.ended = frame is None
        return frame

    def close(self) -> None:
        """Let the file go."""
        self._closing.set()
        self._thread.join(CLOSE_SECONDS)

    def _run(self) -> None:
        while not self._closing.is_set() and (frame := self._source.read()) is not None:
            self._offer(frame)
        self._source.close()
        self._offer(None)

    def _offer(self, frame: Image | None) -> None:
        while not self._closing.is_set():
            try:
                self._frames.put(frame, timeout=0.1)
            except queue.Full:
                continue
            else:
                return


Feed = LiveFeed | RecordedFeed
