"""The choice of links on the command line.

What a link needs (OpenCV, NumPy, the serial port) is loaded only by commands that use it, so that
all others start quickly.
"""
# ruff: noqa: PLC0415

import argparse
from pathlib import Path

from appliance.wire.messages import MAX_MESSAGE
from online_coordinator.errors import InputRefused
from online_coordinator.links.files import read_file, write_file

DEFAULT_BAUD = 115_200
MINUTES = 10 * 60


def add_sending(parser: argparse.ArgumentParser) -> None:
    """Add the choice of links to a command that sends."""
    links = parser.add_mutually_exclusive_group(required=True)
    links.add_argument("--file", type=Path, help="write the message to a file")
    links.add_argument("--video", type=Path, help="write the animated QR code as a video file")
    links.add_argument("--qr", action="store_true", help="show the animated QR code here")
    links.add_argument(
        "--browser", action="store_true", help="show it on a page for a browser on this machine"
    )
    links.add_argument("--serial", metavar="DEVICE", help="send it until it is confirmed")
    parser.add_argument(
        "--rounds", type=int, help="one way: stop after so many, not at Enter or in time"
    )
    parser.add_argument(
        "--version", type=int, default=25, help="QR version of a video or page, 5 to 40"
    )
    parser.add_argument("--fps", type=int, default=15, help="QR symbols a second")
    _add_timing(parser)


def add_receiving(parser: argparse.ArgumentParser) -> None:
    """Add the choice of links to a command that receives."""
    links = parser.add_argument_group("links", "One of them; --serial also beside a QR code.")
    seen = links.add_mutually_exclusive_group()
    seen.add_argument("--file", type=Path, help="read the message from a file")
    seen.add_argument("--video", type=Path, help="read the animated QR code in a video file")
    seen.add_argument("--camera", type=int, metavar="N", help="look with camera number N")
    links.add_argument("--serial", metavar="DEVICE", help="listen on a serial port")
    _add_timing(parser)


def _add_timing(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--baud", type=int, default=DEFAULT_BAUD, help="rate of the serial line")
    parser.add_argument(
        "--mode",
        choices=("two-way", "one-way"),
        default="two-way",
        help="one-way: a serial line with one direction, on which nothing is confirmed",
    )
    parser.add_argument(
        "--flow", choices=("none", "rtscts"), default="none", help="whether RTS and CTS are wired"
    )
    parser.add_argument(
        "--seconds", type=int, default=MINUTES, help="give up after so long (default: 600)"
    )


def send(message: bytes, options: argparse.Namespace) -> str:
    """Send a message over the chosen link, and return the link's name.

    Raises LinkError, LinkNotConfirmed, InputRefused.
    """
    if options.file:
        write_file(options.file, message)
        return "file"
    if options.serial:
        from online_coordinator.links.serial_line import line_of, send_over

        send_over(message, line_of(options), options.seconds, options.rounds)
        return "serial"
    if not 0 < options.fps <= 60:
        raise InputRefused("--fps is from 1 to 60")
    if options.video:
        from online_coordinator.links.video import record

        record(message, options.video, options.version, options.fps)
    elif options.browser:
        from online_coordinator.links.browser import show_page

        show_page(message, options.version, options.fps, options.seconds)
    else:
        from online_coordinator.links.screen import show

        show(message, options.fps, options.seconds)
    return "qr"


def receive(options: argparse.Namespace) -> bytes:
    """Return a whole message from the chosen links. Raises LinkError, InputRefused."""
    source = options.camera if options.video is None else options.video
    if options.file and options.serial:
        raise InputRefused("--file and --serial are one too many")
    if options.file:
        return read_file(options.file, MAX_MESSAGE)
    if options.serial:
        from online_coordinator.links.serial_line import line_of, receive_over

        return receive_over(line_of(options), options.seconds, source)
    if source is None:
        raise InputRefused("choose a link: --camera, --serial, --video or --file")
    from online_coordinator.links.video import watch

    return watch(source, options.seconds)
