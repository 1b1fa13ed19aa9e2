"""A serial line between two pseudo-terminals: as fast as its baud rate, as noisy as one likes."""

import errno
import os
import random
import select
import threading
import time
import tty
from pathlib import Path
from types import TracebackType
from typing import Self


class PtyLine:
    """Two ends to be opened by name, and a relay between them that damages bytes on the way.

    In a folder the names of the ends are the same after the line was pulled and plugged in again,
    and there is nothing of those names in between.
    """

    def __init__(
        self,
        baud: int | None = None,
        error_rate: float = 0.0,
        seed: int = 0,
        folder: Path | None = None,
    ) -> None:
        self._rate = baud / 10 if baud else None
        self._error_rate = error_rate
        self._chance = random.Random(seed)
        self._folder = folder
        self.carried = [0, 0]
        self.plug()

    def plug(self) -> None:
        """Join the ends, under the same names as before if there is a folder for them."""
        self._stop = threading.Event()
        self._masters, slaves = zip(*(os.openpty() for _ in range(2)), strict=True)
        for slave in slaves:
            tty.setraw(slave)
        self.ends = tuple(os.ttyname(slave) for slave in slaves)
        if self._folder is not None:
            self.ends = tuple(self._link(end, name) for end, name in enumerate(self.ends))
        # Kept open, so that an end nobody has opened yet is silent rather than hung up.
        self._slaves = slaves
        self._threads = [threading.Thread(target=self._relay, args=(end,)) for end in (0, 1)]
        for thread in self._threads:
            thread.start()

    def _link(self, end: int, name: str) -> str:
        assert self._folder is not None
        path = self._folder / f"line{end}"
        path.symlink_to(name)
        return str(path)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.pull()

    def inject(self, end: int, data: bytes) -> None:
        """Let bytes arrive at an end that nobody sent."""
        os.write(self._masters[end], data)

    def pull(self) -> None:
        """Hang up both ends, as when an adapter is unplugged."""
        if self._stop.is_set():
            return
        self._stop.set()
        for thread in self._threads:
            thread.join()
        if self._folder is not None:
            for end in self.ends:
                Path(end).unlink()
        for descriptor in (*self._masters, *self._slaves):
            os.close(descriptor)

    def _relay(self, end: int) -> None:
        source, target = self._masters[end], self._masters[1 - end]
        began, sent = time.perf_counter(), 0
        while not self._stop.is_set():
            if not select.select([source], [], [], 0.02)[0]:
                began, sent = time.perf_counter(), 0
                continue
            try:
                data = os.read(source, 512)
            except OSError as error:
                if error.errno == errno.EIO:
                    continue
                raise
            sent += len(data)
            if self._rate:
                self._stop.wait(max(0.0, began + sent / self._rate - time.perf_counter()))
            self._write(target, self._damaged(data))
            self.carried[end] += len(data)

    def _write(self, target: int, data: bytes) -> None:
        while data and not self._stop.is_set():
            if select.select([], [target], [], 0.02)[1]:
                data = data[os.write(target, data) :]

    def _damaged(self, data: bytes) -> bytes:
        if not self._error_rate:
            return data
        return bytes(
            byte ^ (1 << self._chance.randrange(8))
            if self._chance.random() < self._error_rate
            else byte
            for byte in data
        )
