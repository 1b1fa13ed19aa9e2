"""A serial cable: two pseudo-terminals and what relays bytes between them."""

import os
import select
import threading
import tty
from types import TracebackType
from typing import Self


class Cable:
    """A null-modem cable; `left` and `right` are the devices at its ends."""

    def __init__(self) -> None:
        self._left, left_end = os.openpty()
        self._right, right_end = os.openpty()
        for end in (left_end, right_end):
            tty.setraw(end)
        self.left, self.right = os.ttyname(left_end), os.ttyname(right_end)
        self._ends = (left_end, right_end)
        self._stop = threading.Event()
        self.carried = {"left": 0, "right": 0}
        self._thread = threading.Thread(target=self._relay, daemon=True)
        self._thread.start()

    def _relay(self) -> None:
        other = {self._left: self._right, self._right: self._left}
        names = {self._left: "left", self._right: "right"}
        while not self._stop.is_set():
            ready, _, _ = select.select(list(other), [], [], 0.1)
            for source in ready:
                data = os.read(source, 4096)
                self.carried[names[source]] += len(data)
                self._push(other[source], data)

    def _push(self, end: int, data: bytes) -> None:
        """Pass bytes on; what a full line cannot take in a second is lost, as on a wire."""
        while data and not self._stop.is_set():
            _, ready, _ = select.select([], [end], [], 1.0)
            if not ready:
                return
            data = data[os.write(end, data[:512]) :]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join()
        for end in (self._left, self._right, *self._ends):
            os.close(end)
