"""The QEMU Machine Protocol: one JSON object a line over a local socket."""

import json
import socket
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

ANSWER_SECONDS = 180.0
"""A host that does other things too lets the emulator wait."""


class MachineFailed(Exception):
    """QEMU refused a command, or is gone."""


class Qmp:
    """A conversation with one QEMU process; events are kept in the order they came."""

    def __init__(self, path: Path, seconds: float = 20.0) -> None:
        self.events: list[dict[str, Any]] = []
        self._socket = _connected(path, seconds)
        self._file = self._socket.makefile("rwb")
        self._next()
        self.run("qmp_capabilities")
        self._socket.settimeout(ANSWER_SECONDS)

    def run(self, command: str, **arguments: Any) -> Any:
        """Run a command and return its answer. Raises MachineFailed."""
        call = {"execute": command, "arguments": arguments}
        try:
            self._file.write(json.dumps(call).encode() + b"\n")
            self._file.flush()
            while "event" in (answer := self._next()):
                self.events.append(answer)
        except OSError as error:
            raise MachineFailed(f"QEMU is gone: {error}") from error
        if "error" in answer:
            raise MachineFailed(f"{command}: {answer['error'].get('desc')}")
        return answer["return"]

    def happened(self, event: str) -> bool:
        """Return whether an event of this name has come by now."""
        self.run("query-status")
        return any(each["event"] == event for each in self.events)

    def last_events(self) -> list[dict[str, Any]]:
        """Return all events, once QEMU has ended."""
        with suppress(MachineFailed, OSError):
            while True:
                self.events.append(self._next())
        return self.events

    def _next(self) -> dict[str, Any]:
        line = self._file.readline()
        if not line:
            raise MachineFailed("QEMU has ended")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with suppress(OSError):  # what was not sent any more says less than the error on its way
            self._file.close()
        self._socket.close()


def _connected(path: Path, seconds: float) -> socket.socket:
    deadline = time.monotonic() + seconds
    while True:
        made = socket.socket(socket.AF_UNIX)
        try:
            made.settimeout(seconds)
            made.connect(str(path))
        except OSError as error:
            made.close()
            if time.monotonic() > deadline:
                raise MachineFailed(f"QEMU does not answer: {error}") from error
            time.sleep(0.05)
        else:
            return made
