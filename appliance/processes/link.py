"""The link process: untrusted bytes from camera and serial port in, whole messages out.

It holds no key and believes nothing; a crash of a native decoder ends this process alone. Parts
that arrived are kept across a stop, a pulled cable and a change of link, because both links carry
the same parts.
"""

import threading
import time
from collections.abc import Callable
from pathlib import Path

from appliance.errors import AirlockError, ProcessEnded
from appliance.processes.channel import Channel
from appliance.processes.link_messages import (
    LinkCall,
    LinkEvent,
    LinkFailed,
    Medium,
    Received,
    Receiving,
    SendMessage,
    Sent,
    StartReceiving,
    Stop,
    Stopped,
)
from appliance.settings import Settings
from appliance.wire.camera import Camera
from appliance.wire.errors import DeviceUnavailable
from appliance.wire.fountain import Encoder
from appliance.wire.gathering import Progress
from appliance.wire.link import Incoming, confirm, receive, run_of_parts, send
from appliance.wire.receiver import Receiver
from appliance.wire.serial_port import PART_SIZE, Line, SerialPort

REPORT_SECONDS = 0.1


class LinkProcess:
    """Does one thing at a time, and stops it when told to."""

    def __init__(self, settings: Settings, channel: Channel) -> None:
        self._settings = settings
        self._channel = channel
        self._receiver = Receiver()
        self._stop = threading.Event()
        self._work: threading.Thread | None = None
        self._reported = 0.0

    def run(self) -> None:
        """Serve until the terminal is gone."""
        try:
            while True:
                self._take(self._channel.receive())
        except ProcessEnded:
            self._halt()

    def _take(self, call: LinkCall) -> None:
        self._halt()
        match call:
            case StartReceiving(medium=medium):
                self._start(lambda: self._receive(medium))
            case SendMessage(message=message):
                self._start(lambda: self._send(message))
            case Stop():
                pass

    def _halt(self) -> None:
        """Stop what is going on and wait for it."""
        self._stop.set()
        if self._work is not None:
            self._work.join()
            self._work = None

    def _start(self, work: Callable[[], None]) -> None:
        self._stop = threading.Event()
        self._work = threading.Thread(target=self._attempt, args=(work,), daemon=True)
        self._work.start()

    def _attempt(self, work: Callable[[], None]) -> None:
        try:
            work()
        except AirlockError as error:
            self._tell(LinkFailed(error.id, error.what, error.next))

    def _tell(self, event: LinkEvent) -> None:
        try:
            self._channel.send(event)
        except ProcessEnded:
            return

    def _receive(self, medium: Medium) -> None:
        match medium:
            case Medium.QR:
                with Camera(self._camera()) as camera:
                    self._hand_over(medium, self._gathered(camera))
            case Medium.SERIAL:
                with SerialPort(self._line()) as port:
                    message = self._gathered(port)
                    transfer = self._receiver.transfer
                    self._hand_over(medium, message)
                    if message is not None:
                        confirm(port, transfer, self._stop.is_set)

    def _gathered(self, source: Incoming) -> bytes | None:
        return receive(source, self._receiver, self._report, self._stop.is_set)

    def _hand_over(self, medium: Medium, message: bytes | None) -> None:
        """Tell the terminal at once: whoever waits there does not wait for the other side."""
        if message is None:
            self._tell(Stopped())
        else:
            self._receiver = Receiver()
            self._tell(Received(medium, message))

    def _send(self, message: bytes) -> None:
        encoder = Encoder(message, PART_SIZE)
        with SerialPort(self._line()) as port:
            confirmed = send(port, run_of_parts(encoder), self._stop.is_set, port)
        self._tell(Sent(confirmed) if confirmed else Stopped())

    def _report(self, progress: Progress) -> None:
        now = time.monotonic()
        if now - self._reported >= REPORT_SECONDS or progress.complete:
            self._reported = now
            frames = progress.received + progress.refused
            event = Receiving(progress.rank, progress.needed, frames, progress.refused)
            self._tell(event)

    def _camera(self) -> int | Path:
        camera = self._settings.camera
        if camera is None:
            raise DeviceUnavailable("no camera is set up on this appliance")
        return int(camera) if camera.isdecimal() else Path(camera)

    def _line(self) -> Line:
        if self._settings.serial is None:
            raise DeviceUnavailable("no serial port is set up on this appliance")
        return Line(self._settings.serial, self._settings.baud)
