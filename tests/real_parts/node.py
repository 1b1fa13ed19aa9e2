"""A child process that is a node: started on a free port, awaited, and never left behind."""

import json
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, Self

START_SECONDS = 60


class NodeError(Exception):
    """A node answered with an error."""


def free_port() -> int:
    """Return a port of the loopback interface that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Node:
    """A running node; also a context manager."""

    def __init__(self, command: Sequence[str], answers: Callable[[], bool]) -> None:
        # The kernel ends the node when the thread that started it dies, whatever kills that.
        self.process = subprocess.Popen(
            ("setpriv", "--pdeathsig", "KILL", *command),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + START_SECONDS
        while not answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise NodeError(f"{command[0]} does not start")
            time.sleep(0.05)

    def stop(self) -> None:
        """End the node, by force if it lingers."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def call(url: str, method: str, params: Sequence[Any], authorization: str | None = None) -> Any:
    """Make a JSON-RPC call. Raises NodeError for an error, OSError when nobody answers."""
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params)})
    headers = {"Content-Type": "application/json"}
    if authorization:
        headers["Authorization"] = authorization
    request = urllib.request.Request(url, body.encode(), headers)  # noqa: S310 - loopback
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
            told = json.load(answer)
    except urllib.error.HTTPError as error:
        told = json.load(error)
    if told.get("error"):
        raise NodeError(f"{method}: {told['error']}")
    return told["result"]


def is_up(url: str, method: str, authorization: str | None = None) -> bool:
    """Tell whether a node answers."""
    try:
        call(url, method, (), authorization)
    except (OSError, NodeError, ValueError):
        return False
    return True
