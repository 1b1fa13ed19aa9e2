"""The link process: untrusted bytes from camera and serial port in, whole messages out.

It holds no key and believes nothing; a crash of a native decoder ends this process alone. Parts
that arrived are kept across a stop, a pulled cable and a change of link, because both links carry
the same parts.
"""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

from appliance.errors import AirlockError, ProcessEnded
from appliance.processes.channel import Channel
from appliance.processes.link_messages import (
    LinkCall,
    LinkEvent,
    LinkFailed,
    Medium,
    NextCamera,
    Received,
    Receiving,
    SendMessage,
    Sent,
    StartReceiving,
    Stop,
    Stopped,
)
from appliance.processes.lookout import MAX_COUNT, Lookout
from appliance.settings import FlowControl, LineMode, Settings
from appliance.wire.errors import DeviceUnavailable
from appliance.wire.formats import Carried, Gatherer
from appliance.wire.fountain import Transfer
from appliance.wire.frame import line_encoder
from appliance.wire.gathering import Progress
from appliance.wire.link import confirm, receive, send
from appliance.wire.public_message import handed_on
from appliance.wire.serial_port import PATIENCE, Line, SerialPort
from appliance.wire.sight.telemetry import Pace

REPORT_SECONDS = 0.1


class LinkProcess:
    """Does one thing at a time, and stops it when told to."""

    def __init__(self, settings: Settings, channel: Channel) -> None:
        self._settings = settings
        self._channel = channel
        self._lookout = Lookout(settings.camera)
        self._receiver = Gatherer()
        self._begun: tuple[bytes, Iterator[bytes]] | None = None
        self._stop = threading.Event()
        self._work: threading.Thread | None = None
        self._reported = 0.0
        self._pace = Pace()

    def run(self) -> None:
        """Serve until the terminal is gone."""
        try:
            while True:
                self._take(self._channel.receive())
        except ProcessEnded:
            self._halt()

    def _take(self, call: LinkCall) -> None:
        if isinstance(call, NextCamera):
            self._lookout.choose_next()
            return
        self._halt()
        match call:
            case StartReceiving(medium=medium):
                self._start(lambda: self._receive(medium))
            case SendMessage(message=message, first=first):
                self._start(lambda: self._send(message, first))
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
        self._pace = Pace()
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
                self._hand_over(medium, self._filmed())
            case Medium.SERIAL:
                with SerialPort(self._line(), PATIENCE) as port:
                    carried, transfer = self._gathered(port), self._receiver.transfer
                    self._hand_over(medium, carried)
                    if carried and port.back and isinstance(transfer, Transfer):
                        confirm(port, transfer, self._stop.is_set)

    def _filmed(self) -> Carried | None:
        """Return the message, looking through one camera after another as people choose."""
        while not self._stop.is_set():
            with self._lookout.open() as camera:
                carried = receive(
                    camera,
                    self._receiver,
                    lambda progress: self._report(progress, self._lookout),
                    lambda: self._stop.is_set() or self._lookout.is_changed,
                )
            if carried is not None:
                return carried
        return None

    def _gathered(self, port: SerialPort) -> Carried | None:
        """Return the message; frames that the line damaged are among the lost ones."""

        def report(progress: Progress) -> None:
            self._report(replace(progress, refused=progress.refused + port.damaged))

        return receive(port, self._receiver, report, self._stop.is_set)

    def _hand_over(self, medium: Medium, carried: Carried | None) -> None:
        """Tell the terminal at once: whoever waits there does not wait for the other side."""
        if carried is None:
            self._tell(Stopped())
        else:
            self._receiver = Gatherer()
            self._tell(Received(medium, handed_on(carried)))

    def _send(self, message: bytes, first: int) -> None:
        with SerialPort(self._line(), PATIENCE) as port:
            confirmed = send(port, self._run_of(message, first), self._stop.is_set, port.back)
        self._tell(Sent(confirmed) if confirmed else Stopped())

    def _run_of(self, message: bytes, first: int) -> Iterator[bytes]:
        """Return the parts of a message, from where they stopped if it was begun before.

        Whoever looked on knows the symbols before `first`; others want as many of the later ones.
        """
        if self._begun is None or self._begun[0] != message:
            encoder = line_encoder(message)
            self._begun = (message, encoder.parts(-(-first // encoder.part_symbols)))
        return self._begun[1]

    def _report(self, progress: Progress, lookout: Lookout | None = None) -> None:
        """Tell the terminal, but not more often than people can read."""
        now = time.monotonic()
        if now - self._reported < REPORT_SECONDS and not progress.complete:
            return
        self._reported = now
        self._pace = self._pace.at(now, progress.rank)
        left = self._pace.seconds_left(progress.needed)
        view = lookout.view() if lookout else None
        frames, lost = progress.received + progress.refused, progress.refused
        self._tell(
            Receiving(
                rank=progress.rank,
                needed=progress.needed,
                frames=view.frames if view else frames,
                lost=view.frames - view.decoded if view else lost,
                seconds_left=None if left is None else min(left, MAX_COUNT),
                camera=view,
            )
        )

    def _line(self) -> Line:
        if self._settings.serial is None:
            raise DeviceUnavailable("no serial port is set up on this appliance")
        return Line(
            self._settings.serial,
            self._settings.baud,
            self._settings.flow is FlowControl.RTS_CTS,
            self._settings.mode is LineMode.ONE_WAY,
        )
