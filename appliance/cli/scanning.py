"""`appliance scan`: a camera or a recorded video → the message that is shown."""

import argparse
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from appliance.cli.exits import DONE
from appliance.cli.formats import failed, output_of, told
from appliance.errors import DecodeError
from appliance.wire.errors import LinkError, TransferIncomplete
from appliance.wire.formats import Carried, Gatherer, format_of


class Looking(Protocol):
    """What is looked through: a camera, or a recorded video."""

    def receive(self) -> tuple[bytes, ...] | None:
        """Return what the next look found; None at the end."""


@dataclass(frozen=True, slots=True)
class Seen:
    """Frames that had a part of any format in them, and the bytes of parts without repeats."""

    decoded: int = 0
    bytes: int = 0


def add_scan(commands: Any) -> None:
    """Add `scan`."""
    scan = commands.add_parser(
        "scan",
        help="read a message from a camera or a recorded video",
        description="Look until a whole message is there, in whichever of the three formats it is "
        "shown, write it out exactly as carried, and print what the camera saw. Believes nothing "
        "of the message.",
    )
    source = scan.add_mutually_exclusive_group(required=True)
    source.add_argument("--camera", type=int, metavar="N", help="the camera's number")
    source.add_argument("--video", type=Path, metavar="FILE", help="a recorded video")
    scan.add_argument("--out", type=Path, metavar="FILE", help="where the message is written")
    scan.add_argument("--unwrap", action="store_true", help="write what a UR's byte string holds")
    scan.add_argument("--json", action="store_true", help="print the telemetry as JSON")
    scan.set_defaults(command=_scan)


def _scan(options: argparse.Namespace) -> int:
    from appliance.wire.camera import Camera  # noqa: PLC0415 - loads OpenCV

    with Camera(options.camera if options.video is None else options.video) as camera:
        try:
            carried, seen = look(camera)
            output = output_of(carried, is_unwrapped=options.unwrap)
        except (DecodeError, LinkError) as error:
            return failed(error)
        telemetry = asdict(camera.telemetry)
    telemetry |= asdict(seen) | {"lost": telemetry["frames"] - seen.decoded}
    seconds = telemetry["seconds"]
    rate = {"bytes_per_second": round(seen.bytes / seconds) if seconds > 0 else 0}
    report = told(carried, output) | telemetry | rate
    if options.out is not None:
        options.out.write_bytes(output)
    print(json.dumps(report) if options.json else "\n".join(f"{k}: {v}" for k, v in report.items()))
    return DONE


def look(source: Looking) -> tuple[Carried, Seen]:
    """Look until a message is whole. Raises LinkError, also when there is no more to look at."""
    gatherer, seen = Gatherer(), Seen()
    previous: tuple[bytes, ...] = ()
    for contents in _looks(source):
        parts = tuple(each for each in contents if format_of(each) is not None)
        if not parts:
            continue
        new = 0 if parts == previous else sum(map(len, parts))
        seen, previous = replace(seen, decoded=seen.decoded + 1, bytes=seen.bytes + new), parts
        for part in parts:
            gatherer.add(part)
            if (carried := gatherer.carried) is not None:
                return carried, seen
    progress = gatherer.progress
    raise TransferIncomplete(f"{progress.rank} of {progress.needed} parts arrived")


def _looks(source: Looking) -> Iterator[tuple[bytes, ...]]:
    while (contents := source.receive()) is not None:
        yield contents
