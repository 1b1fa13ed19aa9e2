"""`appliance scan` and `appliance wire`: messages as parts, symbols and videos, and back."""

import argparse
import json
import sys
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Any

from appliance.cli.exits import DONE, REFUSED
from appliance.cli.files import read_file
from appliance.wire.errors import LinkError
from appliance.wire.fountain import Encoder
from appliance.wire.messages import MAX_MESSAGE

FORMATS = ("fountain",)
OVERHEAD = 2.0
"""How many times the needed parts a rendered video shows: every part is lost now and then."""
PIXELS = 1040


def add_commands(commands: Any) -> None:
    """Add `scan` and `wire`."""
    _add_scan(commands)
    wire = commands.add_parser("wire", help="messages as parts, symbols and videos, and back")
    parts = wire.add_subparsers(required=True, metavar="COMMAND")
    _add_encode(parts)
    _add_decode(parts)
    _add_render(parts)


def _add_scan(commands: Any) -> None:
    scan = commands.add_parser(
        "scan",
        help="read a message from a camera or a recorded video",
        description="Look until a whole message is there, write it out exactly as carried, and "
        "print what the camera saw. Believes nothing of the message.",
    )
    source = scan.add_mutually_exclusive_group(required=True)
    source.add_argument("--camera", type=int, metavar="N", help="the camera's number")
    source.add_argument("--video", type=Path, metavar="FILE", help="a recorded video")
    scan.add_argument("--out", type=Path, metavar="FILE", help="where the message is written")
    scan.add_argument("--json", action="store_true", help="print the telemetry as JSON")
    scan.set_defaults(command=_scan)


def _scan(options: argparse.Namespace) -> int:
    from appliance.wire.camera import Camera  # noqa: PLC0415 - loads OpenCV
    from appliance.wire.link import receive  # noqa: PLC0415
    from appliance.wire.receiver import Receiver  # noqa: PLC0415

    receiver = Receiver()
    with Camera(options.camera if options.video is None else options.video) as camera:
        try:
            message = receive(camera, receiver)
        except LinkError as error:
            return _failed(error)
        seen = camera.telemetry
    told = {"contract": 1, "format": "fountain", "message_bytes": len(message or b"")}
    told |= {**asdict(seen), "bytes_per_second": round(seen.bytes_per_second)}
    if options.out is not None:
        options.out.write_bytes(message or b"")
    print(json.dumps(told) if options.json else "\n".join(f"{k}: {v}" for k, v in told.items()))
    return DONE


def _add_encode(commands: Any) -> None:
    encode = commands.add_parser("encode", help="print a message as parts, one a line")
    encode.add_argument("--format", choices=FORMATS, default="fountain")
    encode.add_argument("--part-bytes", type=int, default=500, metavar="N")
    encode.add_argument("--parts", type=int, metavar="N", help="how many (default: as needed)")
    encode.add_argument("file", type=Path, metavar="FILE")
    encode.set_defaults(command=_encode)


def _encode(options: argparse.Namespace) -> int:
    encoder = Encoder(read_file(options.file, MAX_MESSAGE), options.part_bytes)
    for part in islice(encoder.parts(), options.parts or encoder.transfer.symbols):
        print(part.hex())
    return DONE


def _add_decode(commands: Any) -> None:
    decode = commands.add_parser(
        "decode",
        help="join parts from stdin into the message on stdout",
        description="Parts one a line, in any order, with losses, repeats and foreign lines.",
        epilog="Exit status: 0 the message is on stdout; 1 too few, mixed or wrong: no output.",
    )
    decode.add_argument("--format", choices=FORMATS, default="fountain")
    decode.set_defaults(command=_decode)


def _decode(_options: argparse.Namespace) -> int:
    from appliance.wire.receiver import gathered, parts_from_lines  # noqa: PLC0415

    lines = (line.decode("ascii", "replace") for line in sys.stdin.buffer)
    try:
        message = gathered(parts_from_lines(lines))
    except LinkError as error:
        return _failed(error)
    sys.stdout.buffer.write(message)
    return DONE


def _add_render(commands: Any) -> None:
    render = commands.add_parser("render", help="write the animated QR code as a video")
    render.add_argument("--format", choices=FORMATS, default="fountain")
    render.add_argument("--version", type=int, default=25, metavar="V", help="QR version, 5 to 40")
    render.add_argument("--fps", type=float, default=15.0)
    render.add_argument("file", type=Path, metavar="FILE")
    render.add_argument("out", type=Path, metavar="OUT.avi")
    render.set_defaults(command=_render)


def _render(options: argparse.Namespace) -> int:
    from appliance.wire import camera, qr  # noqa: PLC0415 - loads OpenCV

    message = read_file(options.file, MAX_MESSAGE)
    encoder = Encoder(message, qr.part_size(options.version))
    shown = round(encoder.transfer.symbols * OVERHEAD) + 1
    symbols = islice(qr.animation(encoder, options.version, qr.Correction.LOW), shown)
    frames = (camera.render(modules, PIXELS) for modules in symbols)
    count = camera.record(frames, options.out, options.fps)
    print(f"{count} frames")
    return DONE


def _failed(error: LinkError) -> int:
    print(f"{error}\nNext: {error.next}", file=sys.stderr)
    return REFUSED
