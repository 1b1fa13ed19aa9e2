"""A serial cable: two pseudo-terminals and what relays bytes between them."""

import os
import select
import threading
import tty
from types import TracebackType
from typing import Self

PATIENCE = 0.05
"""Seconds that a full end is given before bytes are lost."""


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
        wires = ((self._left, self._right, "left"), (self._right, self._left, "right"))
        self._threads = [threading.Thread(target=self._carry, args=wire) for wire in wires]
        for thread in self._threads:
            thread.start()

    def _carry(self, source: int, target: int, name: str) -> None:
        """Pass bytes on one way; what nobody takes in time is lost, as on a wire."""
        while not self._stop.is_set():
            if not select.select([source], [], [], 0.1)[0]:
                continue
            data = os.read(source, 4096)
            self.carried[name] += len(data)
            while data and select.select([], [target], [], PATIENCE)[1]:
                data = data[os.write(target, data[:512]) :]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()
        for end in (self._left, self._right, *self._ends):
            os.close(end)
