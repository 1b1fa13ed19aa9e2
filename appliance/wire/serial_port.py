"""The serial link: parts in checked frames over a raw port. No terminal, no line discipline.

8 data bits, no parity, one stop bit, no software flow control: every byte value passes, and nothing
that arrives is interpreted but as frames. A port that only sends, or only receives, never touches
the other direction, so it works over a wire that has just one.
"""

import time
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import serial

from appliance.wire.errors import DeviceUnavailable
from appliance.wire.frame import DELIMITER, Deframer, framed

MIN_BAUD = 9_600
MAX_BAUD = 3_000_000
PART_SIZE = 1024
"""Bytes of part that suit a good line; a line with one byte in 10,000 wrong does best with 512."""

_BITS_PER_BYTE = 10
_READ_SECONDS = 0.1
_WRITE_SECONDS = 1.0
_SLICES_PER_SECOND = 4
_MAX_READ = 1 << 16


@dataclass(frozen=True, slots=True)
class Line:
    """Which port, how fast, and whether RTS and CTS are wired."""

    device: str
    baud: int = 115_200
    hardware_flow_control: bool = False


class SerialPort:
    """A link over one serial port, held exclusively until closed; also a context manager.

    Raises ValueError for a baud rate outside MIN_BAUD to MAX_BAUD, and DeviceUnavailable when the
    port cannot be opened, or goes away: then close it, open it again and go on.
    """

    def __init__(self, line: Line) -> None:
        if not MIN_BAUD <= line.baud <= MAX_BAUD:
            raise ValueError(f"{line.baud} baud is not between {MIN_BAUD} and {MAX_BAUD}")
        self._line = line
        self._deframer = Deframer()
        self._is_cut = False
        self._slice = line.baud // _BITS_PER_BYTE // _SLICES_PER_SECOND
        try:
            self._port = serial.Serial(
                line.device,
                line.baud,
                timeout=_READ_SECONDS,
                write_timeout=_WRITE_SECONDS,
                rtscts=line.hardware_flow_control,
                exclusive=True,
            )
        except (OSError, ValueError, serial.serialposix.termios.error):
            raise DeviceUnavailable("the serial port cannot be opened") from None

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
    def damaged(self) -> int:
        """How many frames arrived damaged and were dropped."""
        return self._deframer.damaged

    def send(self, part: bytes) -> None:
        """Send one part. If the other side holds the line back for a second, the part is lost."""
        frame = (DELIMITER if self._is_cut else b"") + framed(part)
        self._is_cut = False
        try:
            for start in range(0, len(frame), self._slice):
                self._port.write(frame[start : start + self._slice])
        except serial.SerialTimeoutException:
            self._is_cut = True
        except OSError:
            raise DeviceUnavailable("the serial port went away while sending") from None

    def receive(self) -> tuple[bytes, ...]:
        """Return the parts that arrived, after at most a tenth of a second."""
        try:
            waiting = min(self._port.in_waiting, _MAX_READ)
            return self._deframer.feed(self._port.read(waiting or 1))
        except OSError:
            raise DeviceUnavailable("the serial port went away while receiving") from None

    def poll(self) -> tuple[bytes, ...]:
        """Return the parts that arrived, without waiting."""
        try:
            waiting = min(self._port.in_waiting, _MAX_READ)
            return self._deframer.feed(self._port.read(waiting)) if waiting else ()
        except OSError:
            raise DeviceUnavailable("the serial port went away") from None

    def drain(self) -> None:
        """Wait until everything sent has left the port, or as long as that should take."""
        try:
            seconds = self._port.out_waiting * _BITS_PER_BYTE / self._line.baud + _WRITE_SECONDS
            deadline = time.monotonic() + seconds
            while self._port.out_waiting and time.monotonic() < deadline:
                time.sleep(0.01)
        except OSError:
            raise DeviceUnavailable("the serial port went away while sending") from None

    def close(self) -> None:
        """Close the port at once, dropping what has not left it."""
        try:
            self._port.reset_output_buffer()
        except (OSError, serial.serialposix.termios.error):
            pass
        finally:
            self._port.close()
