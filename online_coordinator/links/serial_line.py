"""Serial lines: the sender goes on until the other side says that the message is whole.

On a line with one direction nobody can say so: it goes on for so many rounds, or until people stop
it.
"""

import select
import sys
from argparse import Namespace
from pathlib import Path

from appliance.wire import link
from appliance.wire.errors import TransferIncomplete
from appliance.wire.frame import line_encoder
from appliance.wire.receiver import Receiver
from appliance.wire.serial_port import MAX_BAUD, MIN_BAUD, PATIENCE, Line, SerialPort
from online_coordinator.errors import InputRefused, LinkNotConfirmed
from online_coordinator.links.waiting import Meter, after


def line_of(options: Namespace) -> Line:
    """Return the line that was chosen. Raises InputRefused."""
    if not MIN_BAUD <= options.baud <= MAX_BAUD:
        raise InputRefused(f"--baud is from {MIN_BAUD} to {MAX_BAUD}")
    is_held_back, is_one_way = options.flow == "rtscts", options.mode == "one-way"
    if is_held_back and is_one_way:
        raise InputRefused("--flow rtscts takes the way back that --mode one-way excludes")
    return Line(options.serial, options.baud, is_held_back, is_one_way)


def send_over(message: bytes, line: Line, seconds: int, rounds: int | None = None) -> None:
    """Send until it is confirmed; with one direction for so many rounds, or until Enter.

    A round is as much as the message takes on a perfect line. Raises LinkNotConfirmed, LinkError,
    and InputRefused for rounds that are none.
    """
    if rounds is not None and not (line.one_way and rounds > 0):
        raise InputRefused("--rounds is at least 1, and for --mode one-way only")
    encoder = line_encoder(message)
    is_over = after(seconds)
    with SerialPort(line, PATIENCE) as port:
        if line.one_way:
            parts = link.run_of_parts(encoder, None if rounds is None else rounds - 1)
            link.send(port, parts, lambda: is_over() or _is_enter_pressed())
            port.drain()
        elif not link.send(port, link.run_of_parts(encoder), is_over, port.back):
            raise LinkNotConfirmed(f"the other side confirmed nothing in {seconds} s")


def receive_over(line: Line, seconds: int, source: int | Path | None = None) -> bytes:
    """Return a whole message, and confirm it where there is a way back. Raises LinkError.

    What a camera (by its number) or video shows of it counts as well, if there is a `source`.
    """
    with SerialPort(line, PATIENCE) as port:
        receiver = Receiver()
        message = _gathered(port, receiver, seconds, source)
        if message is None:
            raise TransferIncomplete(f"no whole message arrived in {seconds} s")
        if port.back:
            link.confirm(port, receiver.transfer)
    return message


def _gathered(
    port: SerialPort, receiver: Receiver, seconds: int, source: int | Path | None
) -> bytes | None:
    if source is None:
        return link.receive(port, receiver, Meter(), after(seconds))
    from appliance.wire.camera import Camera  # noqa: PLC0415 - loads OpenCV

    with Camera(source) as eye:
        return link.receive(link.Beside(eye, port), receiver, Meter(), after(seconds))


def _is_enter_pressed() -> bool:
    return sys.stdin.isatty() and bool(select.select([sys.stdin], [], [], 0)[0])
