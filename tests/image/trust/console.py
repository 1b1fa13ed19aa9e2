"""A screen and a keyboard in this process: a dialogue runs, and somebody types what it asks for."""

import codecs
import os
import pty
import select
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TextIO

import pytest

SECONDS = 60.0


class Console:
    """One dialogue on one screen. What was shown before the last answer is `shown`."""

    def __init__(
        self, end: int, monkeypatch: pytest.MonkeyPatch, streams: tuple[TextIO, TextIO]
    ) -> None:
        self._end, self._monkeypatch, self._streams = end, monkeypatch, streams
        self._thread = threading.Thread()
        self._result: list[object] = []
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self.shown = ""

    def start(self, dialogue: Callable[..., object], *arguments: Any) -> None:
        """Have a dialogue begin."""

        def run() -> None:
            try:
                self._result.append(dialogue(*arguments))
            except Exception as problem:  # noqa: BLE001 - it is the dialogue's outcome
                self._result.append(problem)

        # Only now: before a test runs, its own screen and keyboard are put in place once more.
        for name, stream in zip(("stdin", "stdout"), self._streams, strict=True):
            self._monkeypatch.setattr(sys, name, stream)
        self._result = []
        self._thread = threading.Thread(target=run, daemon=True)
        self._thread.start()

    def asked(self, question: str) -> str:
        """Wait until a question is asked; the screen that it stands on."""
        shown, deadline = "", time.monotonic() + SECONDS
        while not shown.endswith(f"{question} "):
            shown += self._read()
            assert time.monotonic() < deadline, shown
            assert self._thread.is_alive() or self._is_ready(), (shown, self._result)
        self.shown = shown
        return shown

    def type(self, question: str, *texts: str) -> None:
        """Answer a question as often as there are texts."""
        for text in texts:
            self.asked(question)
            os.write(self._end, text.encode() + b"\r")

    def press_enter(self) -> None:
        """Press Enter, after what was asked has been looked at."""
        os.write(self._end, b"\r")

    def result(self) -> object:
        """Wait for the end; what the dialogue returned or raised."""
        deadline = time.monotonic() + SECONDS
        while self._thread.is_alive() and time.monotonic() < deadline:
            self.shown += self._read()
        self._thread.join(0)
        while more := self._read():
            self.shown += more
        (result,) = self._result
        return result

    def _is_ready(self) -> bool:
        return bool(select.select([self._end], [], [], 0.05)[0])

    def _read(self) -> str:
        if self._is_ready():
            with suppress(OSError):
                return self._decoder.decode(os.read(self._end, 65536))
        return ""


@contextmanager
def opened(monkeypatch: pytest.MonkeyPatch) -> Iterator[Console]:
    """Have a terminal that takes the place of this process's own screen and keyboard."""
    end, other = pty.openpty()
    with (
        os.fdopen(end, "rb", buffering=0),
        os.fdopen(other, "r", encoding="utf-8") as keyboard,
        os.fdopen(os.dup(other), "w", encoding="utf-8") as screen,
    ):
        yield Console(end, monkeypatch, (keyboard, screen))
        monkeypatch.undo()
