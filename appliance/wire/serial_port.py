"""The serial link: parts in checked frames over a raw port. No terminal, no line discipline.

8 data bits, no parity, one stop bit, no software flow control: every byte value passes, and nothing
that arrives is interpreted but as frames. A break, or a byte whose framing is wrong, arrives as
bytes like any others. The port is held exclusively and is nobody's controlling terminal. A port
that only sends, or only receives, never touches the other direction, so it works over a wire that
has just one.
"""

import fcntl
import termios
import time
from contextlib import suppress
from dataclasses import dataclass
from errno import EACCES, EAGAIN, EBUSY, EPERM
from types import TracebackType
from typing import Self

import serial

from appliance.wire.errors import DeviceBusy, DeviceForbidden, DeviceUnavailable
from appliance.wire.frame import DELIMITER, Deframer, Framer

MIN_BAUD = 9_600
MAX_BAUD = 3_000_000
PATIENCE = 20.0
"""Seconds in which people plug a cable in again."""

_BITS_PER_BYTE = 10
_READ_SECONDS = 0.1
_WRITE_SECONDS = 1.0
_REOPEN_SECONDS = 0.1
_SLICES_PER_SECOND = 4
_MAX_READ = 1 << 16
_MEDDLING = termios.BRKINT | termios.PARMRK | termios.INPCK | termios.ISTRIP | termios.IMAXBEL


@dataclass(frozen=True, slots=True)
class Line:
    """Which port, how fast, whether RTS and CTS are wired, and whether there is a way back.

    `one_way` is for a line that carries one direction only, such as a data diode: then nothing is
    confirmed, and whoever sends never reads.
    """

    device: str
    baud: int = 115_200
    hardware_flow_control: bool = False
    one_way: bool = False


class SerialPort:
    """A link over one serial port, held exclusively until closed; also a context manager.

    Raises ValueError for a baud rate outside MIN_BAUD to MAX_BAUD, and DeviceUnavailable, or one of
    its kinds that says more, when the port cannot be opened. When it goes away later it is opened
    again under the same name as soon as it is back; parts sent meanwhile are lost. After `patience`
    seconds DeviceUnavailable is raised: then close the port, open it again and go on.
    """

    def __init__(self, line: Line, patience: float = 0.0) -> None:
        if not MIN_BAUD <= line.baud <= MAX_BAUD:
            raise ValueError(f"{line.baud} baud is not between {MIN_BAUD} and {MAX_BAUD}")
        self._line = line
        self._patience = patience
        self._deframer = Deframer()
        self._framer = Framer()
        self._is_cut = True
        self._is_drained = False
        self._slice = line.baud // _BITS_PER_BYTE // _SLICES_PER_SECOND
        self._gone_since: float | None = None
        self._port = _opened(line)

    def __enter__(self) -> Self:
        """Return the open port."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the port."""
        self.close()

    @property
    def back(self) -> Self | None:
        """The way back, None on a line that has none."""
        return None if self._line.one_way else self

    @property
    def damaged(self) -> int:
        """How many frames arrived damaged and were dropped."""
        return self._deframer.damaged

    def send(self, part: bytes) -> None:
        """Send one part. If the other side holds the line back for a second, the part is lost."""
        if not self._is_there():
            return
        self._is_drained = False
        if self._is_cut:
            self._framer.announce()
        frames = (DELIMITER if self._is_cut else b"") + self._framer.frames(part)
        self._is_cut = False
        try:
            for start in range(0, len(frames), self._slice):
                self._port.write(frames[start : start + self._slice])
        except serial.SerialTimeoutException:
            self._is_cut = True
        except OSError:
            self._go("the serial port went away while sending")

    def receive(self) -> tuple[bytes, ...]:
        """Return the parts that arrived, after at most a tenth of a second."""
        if not self._is_there():
            return ()
        try:
            waiting = min(self._port.in_waiting, _MAX_READ)
            return self._deframer.feed(self._port.read(waiting or 1))
        except OSError:
            self._go("the serial port went away while receiving")
            return ()

    def poll(self) -> tuple[bytes, ...]:
        """Return the parts that arrived, without waiting."""
        if self._gone_since is not None:
            return ()
        try:
            waiting = min(self._port.in_waiting, _MAX_READ)
            return self._deframer.feed(self._port.read(waiting)) if waiting else ()
        except OSError:
            self._go("the serial port went away")
            return ()

    def drain(self) -> None:
        """Wait until everything sent has left the port, or as long as that should take."""
        if self._gone_since is not None:
            return
        try:
            seconds = self._port.out_waiting * _BITS_PER_BYTE / self._line.baud + _WRITE_SECONDS
            deadline = time.monotonic() + seconds
            while self._port.out_waiting and time.monotonic() < deadline:
                time.sleep(0.01)
            self._is_drained = not self._port.out_waiting
        except OSError:
            raise DeviceUnavailable("the serial port went away while sending") from None

    def close(self) -> None:
        """Close the port at once, dropping what has not left it."""
        with suppress(OSError, termios.error):
            if not self._is_drained:
                self._port.reset_output_buffer()
        with suppress(OSError):
            fcntl.ioctl(self._port, termios.TIOCNXCL)
        self._port.close()

    def _go(self, what: str) -> None:
        """Let go of a port that went away. Raises DeviceUnavailable where nobody waits for it."""
        if not self._patience:
            raise DeviceUnavailable(what) from None
        self._gone_since = time.monotonic()
        self.close()

    def _is_there(self) -> bool:
        """Say whether the port can be used; one that went away is looked for, for a moment."""
        if self._gone_since is None:
            return True
        try:
            self._port = _opened(self._line)
        except DeviceUnavailable as error:
            if time.monotonic() - self._gone_since > self._patience:
                raise type(error)("the serial port went away and did not come back") from None
            time.sleep(_REOPEN_SECONDS)
            return False
        self._gone_since, self._is_cut = None, True
        return True


def _opened(line: Line) -> serial.Serial:
    try:
        port = serial.Serial(
            line.device,
            line.baud,
            timeout=_READ_SECONDS,
            write_timeout=_WRITE_SECONDS,
            rtscts=line.hardware_flow_control,
            exclusive=True,
        )
    except (OSError, ValueError, termios.error) as failure:
        raise _named(failure, line.device) from None
    try:
        fcntl.ioctl(port, termios.TIOCEXCL)
        flags, *others = termios.tcgetattr(port)
        termios.tcsetattr(port, termios.TCSANOW, [flags & ~_MEDDLING, *others])
    except (OSError, termios.error) as failure:
        port.close()
        raise _named(failure, line.device) from None
    return port


def _named(failure: Exception, device: str) -> DeviceUnavailable:
    name = device[:64] if device.isascii() and device.isprintable() else "a strange name"
    match getattr(failure, "errno", None):
        case errno if errno in (EBUSY, EAGAIN):
            return DeviceBusy(f"the serial port {name} is held by another program")
        case errno if errno in (EACCES, EPERM):
            return DeviceForbidden(f"the serial port {name} may not be opened by this program")
        case None:
            return DeviceUnavailable(f"{name} is not a serial port")
        case _:
            return DeviceUnavailable(f"there is no serial port {name}")
