"""`appliance inspect`: decode and judge, sign nothing."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from appliance.cli.exits import DONE, REFUSED
from appliance.cli.files import read_file, read_lines
from appliance.errors import SettingsError
from appliance.inspection.inspect import Inspector
from appliance.inspection.strict_json import Object, parse_object
from appliance.inspection.told import told_result


def add_commands(commands: Any) -> None:
    """Add `inspect`."""
    inspect = commands.add_parser(
        "inspect",
        help="decode and judge transactions, sign nothing",
        description="Decode unsigned transactions and judge them by a context. Needs no HSM, no "
        "journal and no settings, never touches a network, and cannot sign.",
        epilog="Exit status: 0 all cleared, 1 some refused, 2 bad usage or unreadable context.",
    )
    inspect.add_argument("--context", type=Path, help="accounts, tokens, whitelist, policy (JSON)")
    inspect.add_argument("--json", action="store_true", help="one JSON result a line")
    inspect.add_argument("--jsonl", action="store_true", help="cases on stdin, results on stdout")
    inspect.add_argument("files", nargs="*", type=Path, metavar="FILE")
    inspect.set_defaults(command=_inspect)


def _inspect(options: argparse.Namespace) -> int:
    inspector = Inspector(_context(options.context))
    if options.jsonl:
        for line in read_lines(sys.stdin.buffer):
            print(json.dumps(inspector.inspect_line(line)), flush=True)
        return DONE
    if not options.files:
        raise SettingsError("name a file to inspect, or pass cases on stdin with --jsonl")
    results = [inspector.inspect_file(path.name, read_file(path)) for path in options.files]
    for result in results:
        print(json.dumps(result) if options.json else told_result(result))
    return DONE if all(result["verdict"] == "cleared" for result in results) else REFUSED


def _context(path: Path | None) -> Object:
    return {} if path is None else parse_object(read_file(path))
