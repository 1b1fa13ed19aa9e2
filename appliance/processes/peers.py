"""The terminal's ends of the two conversations: started when needed, started again when lost."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from appliance.errors import ProcessEnded
from appliance.processes import link_messages as link
from appliance.processes import signer_messages as signer
from appliance.processes.reported import reported
from appliance.processes.spawn import Child, spawn
from appliance.tui.desk import CameraSight, TransferProgress

T = TypeVar("T")
LOST = "The signer process ended and its HSM session with it. Open a new session."


class SignerPeer:
    """Calls to the signer process, one at a time. `notice` says when it was lost."""

    def __init__(self, settings_file: Path, starter: Path | None = None) -> None:
        self.notice: str | None = None
        self._settings_file = settings_file
        self._starter = starter
        self._child: Child | None = None
        self._turn = threading.Lock()

    def start(self) -> None:
        """Start the process before it is asked anything, so that it loads while others do."""
        with self._turn:
            self._running()

    def ask(
        self, call: object, kind: type[T], report: Callable[[int, int], None] | None = None
    ) -> T:
        """Return the answer, of class `kind`.

        Raises what the process reported, and ProcessEnded when it is gone.
        """
        with self._turn:
            try:
                return self._ask(call, kind, report)
            except ProcessEnded:
                self.notice = LOST
                self.end()
                raise

    def _ask(self, call: object, kind: type[T], report: Callable[[int, int], None] | None) -> T:
        channel = self._running().channel
        channel.send(call)
        while True:
            match channel.receive():
                case signer.Progress(done=done, of=of):
                    if report is not None:
                        report(done, of)
                case signer.Failed(id=error_id, what=what, next=next_step):
                    raise reported(error_id, what, next_step)
                case reply if isinstance(reply, kind):
                    return reply
                case other:
                    raise ProcessEnded(f"the signer process answered {type(other).__name__}")

    def end(self) -> None:
        """End the process."""
        if self._child is not None:
            self._child.end()
            self._child = None

    def _running(self) -> Child:
        if self._child is None:
            self._child = spawn(
                "signer", self._settings_file, signer.Reply, signer.Call, self._starter
            )
        return self._child


class LinkPeer:
    """What the link process does, one thing at a time."""

    def __init__(self, settings_file: Path, starter: Path | None = None) -> None:
        self._settings_file = settings_file
        self._starter = starter
        self._child: Child | None = None

    def follow(self, call: object, report: Callable[[TransferProgress], None]) -> Any:
        """Start something and wait for its end, passing progress to `report`.

        Returns Received, Sent or Stopped. Raises what the process reported, and ProcessEnded.
        """
        child = self._running()
        try:
            child.channel.send(call)
            while True:
                match child.channel.receive():
                    case link.Receiving() as progress:
                        report(_told(progress))
                    case link.LinkFailed(id=error_id, what=what, next=next_step):
                        raise reported(error_id, what, next_step)
                    case event:
                        return event
        except ProcessEnded:
            self.end()
            raise

    def next_camera(self) -> None:
        """Have it look through the next camera."""
        if self._child is not None:
            self._child.channel.send(link.NextCamera())

    def stop(self) -> None:
        """Have what is going on end with Stopped."""
        if self._child is not None:
            self._child.channel.send(link.Stop())

    def end(self) -> None:
        """End the process."""
        if self._child is not None:
            self._child.end()
            self._child = None

    def _running(self) -> Child:
        if self._child is None:
            self._child = spawn(
                "link", self._settings_file, link.LinkEvent, link.LinkCall, self._starter
            )
        return self._child


def _told(progress: link.Receiving) -> TransferProgress:
    view = progress.camera
    sight = None
    if view is not None:
        sight = CameraSight(
            name=view.name,
            cameras=view.cameras,
            decoded=view.decoded,
            skipped=view.skipped,
            bytes_per_second=view.bytes_per_second,
            hint=view.hint,
            picture=view.preview,
        )
    return TransferProgress(
        rank=progress.rank,
        needed=progress.needed,
        frames=progress.frames,
        lost=progress.lost,
        seconds_left=progress.seconds_left,
        sight=sight,
    )
