"""`appliance scan`: a camera or a recorded video → the message that is shown."""

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from appliance.cli.exits import DONE
from appliance.cli.files import verify_writable, write_file
from appliance.cli.formats import failed, output_of, told
from appliance.errors import DecodeError
from appliance.wire.errors import LinkError
from appliance.wire.formats import Gatherer
from appliance.wire.gathering import Progress
from appliance.wire.link import receive
from appliance.wire.sight.cameras import attached_cameras
from appliance.wire.sight.hints import Hint
from appliance.wire.sight.telemetry import Telemetry


def add_scan(commands: Any) -> None:
    """Add `scan`."""
    scan = commands.add_parser(
        "scan",
        help="read a message from a camera or a recorded video",
        description="Look until a whole message is there, in whichever of the three formats it is "
        "shown, write it out exactly as carried, and print what the camera saw. Believes nothing "
        "of the message.",
        epilog="Exit status: 0 the message is whole; 1 it is not, or not what was asked for; 130 "
        "stopped by Ctrl-C.",
    )
    source = scan.add_mutually_exclusive_group(required=True)
    source.add_argument("--camera", type=int, metavar="N", help="the camera's number")
    source.add_argument("--video", type=Path, metavar="FILE", help="a recorded video")
    source.add_argument("--list", action="store_true", help="print which cameras there are")
    scan.add_argument("--out", type=Path, metavar="FILE", help="where the message is written")
    scan.add_argument("--unwrap", action="store_true", help="write what a UR's byte string holds")
    scan.add_argument("--json", action="store_true", help="print the telemetry as JSON")
    scan.set_defaults(command=_scan)


def _scan(options: argparse.Namespace) -> int:
    if options.list:
        return _list(is_json=options.json)
    if options.out is not None:
        verify_writable(options.out)
    from appliance.wire.camera import Camera  # noqa: PLC0415 - loads OpenCV

    with Camera(options.camera if options.video is None else options.video) as camera:
        try:
            carried = receive(camera, Gatherer(), _advising(lambda: camera.hint))
            if carried is None:
                return DONE
            output = output_of(carried, is_unwrapped=options.unwrap)
        except (DecodeError, LinkError) as error:
            print(_lines(_seen(camera.telemetry)), file=sys.stderr)
            return failed(error)
        report = told(carried, output) | _seen(camera.telemetry)
    if options.out is not None:
        write_file(options.out, output)
    print(json.dumps(report) if options.json else _lines(report))
    return DONE


def _list(*, is_json: bool) -> int:
    cameras = attached_cameras()
    if is_json:
        print(json.dumps({"contract": 1, "cameras": [asdict(each) for each in cameras]}))
    else:
        print("\n".join(f"{each.number}: {each.name}" for each in cameras) or "no camera")
    return DONE


def _advising(hint: Callable[[], Hint | None]) -> Callable[[Progress], None]:
    """Return what says on stderr, whenever it changes, what is the matter with the picture."""
    said: list[Hint | None] = [None]

    def report(_: Progress) -> None:
        if (now := hint()) != said[0]:
            said[0] = now
            print(f"camera: {now or 'reading'}", file=sys.stderr)

    return report


def _seen(telemetry: Telemetry) -> dict[str, Any]:
    return asdict(telemetry) | {"bytes_per_second": round(telemetry.bytes_per_second)}


def _lines(report: dict[str, Any]) -> str:
    return "\n".join(f"{key}: {value}" for key, value in report.items())
