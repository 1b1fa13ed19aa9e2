"""`appliance wire`, and `scan`: messages as parts, symbols and videos, and back."""

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from appliance.cli import formats, scanning
from appliance.cli.exits import DONE
from appliance.cli.files import read_file, read_lines
from appliance.errors import DecodeError, SettingsError
from appliance.wire.errors import LinkError
from appliance.wire.formats import Format, gathered
from appliance.wire.messages import MAX_MESSAGE

FORMATS = tuple(name.value for name in Format)
OVERHEAD = 2.0
"""How many times the needed parts a rendered video shows: every part is lost now and then."""
PIXELS = 1040
MAX_RATE = 120
ABOUT = """\
A message crosses the gap in parts, each small enough for one QR symbol or one frame of a line.

  fountain  our own: any parts that are enough together give the message, whichever were lost.
            Carries anything; its digest is verified. Prints hexadecimal.
  ur        Uniform Resources, as other wallets show them. More parts than needed mend losses.
  bbqr      as other wallets show files. Each part has to arrive; shown round and round.
"""
EXAMPLES = """\
Try it, with every third part lost and the order reversed:

  appliance wire encode --parts 40 FILE | sed '0~3d' | tac | appliance wire decode | cmp - FILE

A PSBT for a wallet that reads UR, and what it answers:

  appliance wire encode --format ur --type crypto-psbt FILE
  appliance wire decode --format ur --unwrap < parts.txt > signed.psbt
"""
TYPE_HELP = "of a UR (default: bytes; psbt, crypto-psbt, …) or of a BBQr file"


def add_commands(commands: Any) -> None:
    """Add `scan` and `wire`."""
    scanning.add_scan(commands)
    wire = commands.add_parser(
        "wire",
        help="messages as parts, symbols and videos, and back",
        description=ABOUT,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parts = wire.add_subparsers(required=True, metavar="COMMAND")
    _add_encode(parts)
    _add_decode(parts)
    _add_render(parts)


def _add_encode(commands: Any) -> None:
    encode = commands.add_parser(
        "encode",
        help="print a message as parts, one a line",
        description="A PSBT, or bytes, are wrapped as the type of the UR demands; for any other "
        "type the file is the CBOR body. A BBQr is compressed where that makes it smaller.",
    )
    encode.add_argument("--format", choices=FORMATS, default="fountain")
    encode.add_argument("--type", metavar="TYPE", help=TYPE_HELP)
    encode.add_argument(
        "--part-bytes",
        type=_count,
        default=500,
        metavar="N",
        help="at most so many bytes in a part with its header (fountain), a fragment (ur), a share "
        "(bbqr); default 500",
    )
    encode.add_argument(
        "--parts", type=_count, metavar="N", help="how many (default: as needed without losses)"
    )
    encode.add_argument("file", type=Path, metavar="FILE")
    encode.set_defaults(command=_encode)


def _encode(options: argparse.Namespace) -> int:
    message = read_file(options.file, MAX_MESSAGE)
    run = formats.run_of(Format(options.format), options.type, message, options.part_bytes)
    for line in islice(run.lines, options.parts or run.needed):
        print(line)
    return DONE


def _add_decode(commands: Any) -> None:
    decode = commands.add_parser(
        "decode",
        help="join parts from stdin into the message on stdout",
        description="Parts one a line, in any order, with losses, repeats and foreign lines. The "
        "message is written exactly as carried: of a UR, its CBOR body.",
        epilog="Exit status: 0 the message is on stdout; 1 too few, mixed or wrong: no output.",
    )
    decode.add_argument("--format", choices=FORMATS, default="fountain")
    decode.add_argument("--unwrap", action="store_true", help="write what a UR's byte string holds")
    decode.add_argument(
        "--json", action="store_true", help="name format and type, with the message in hex"
    )
    decode.set_defaults(command=_decode)


def _decode(options: argparse.Namespace) -> int:
    name = Format(options.format)
    contents = formats.contents_of(name, read_lines(sys.stdin.buffer))
    try:
        carried = gathered(contents, frozenset({name}))
        output = formats.output_of(carried, is_unwrapped=options.unwrap)
    except (DecodeError, LinkError) as error:
        return formats.failed(error)
    if options.json:
        print(json.dumps(formats.told(carried, output) | {"message": output.hex()}))
    else:
        sys.stdout.buffer.write(output)
    return DONE


def _add_render(commands: Any) -> None:
    render = commands.add_parser("render", help="write the animated QR code as a video")
    render.add_argument("--format", choices=FORMATS, default="fountain")
    render.add_argument("--type", metavar="TYPE", help=TYPE_HELP)
    render.add_argument("--version", type=int, default=25, metavar="V", help="QR version, 5 to 40")
    render.add_argument("--fps", type=float, default=15.0)
    render.add_argument("file", type=Path, metavar="FILE")
    render.add_argument("out", type=Path, metavar="OUT.avi")
    render.set_defaults(command=_render)


def _render(options: argparse.Namespace) -> int:
    from appliance.wire import camera  # noqa: PLC0415 - loads OpenCV

    if not 5 <= options.version <= 40:
        raise SettingsError("a QR version is a number from 5 to 40")
    if not 1 <= options.fps <= MAX_RATE:
        raise SettingsError(f"a video has from 1 to {MAX_RATE} frames a second")
    frames = (camera.render(modules, PIXELS) for modules in _symbols(options))
    print(f"{camera.record(frames, options.out, options.fps)} frames")
    return DONE


def _symbols(options: argparse.Namespace) -> Iterator[Any]:
    from appliance.wire import qr, qr_text  # noqa: PLC0415 - loads the QR libraries

    name, version = Format(options.format), options.version
    sizes: dict[Format, Callable[[], int]] = {
        Format.FOUNTAIN: lambda: qr.part_size(version),
        Format.UR: lambda: qr_text.fragment_size(formats.ur_type(options.type), version),
        Format.BBQR: lambda: qr_text.share_size(version),
    }
    message = read_file(options.file, MAX_MESSAGE)
    run = formats.run_of(name, options.type, message, sizes[name]())
    shown = islice(run.lines, round(run.needed * OVERHEAD) + 1)
    if name is Format.FOUNTAIN:
        return (qr.symbol(bytes.fromhex(line), version) for line in shown)
    return (qr_text.symbol(line, version) for line in shown)


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError("not a number from 1 on")
    return int(text)
