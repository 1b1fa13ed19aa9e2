"""`appliance journal verify`."""

import argparse
import json
from pathlib import Path
from typing import Any

from appliance.cli.exits import DONE, REFUSED, UNANCHORED
from appliance.cli.files import read_file
from appliance.errors import JournalBroken

MAX_JOURNAL = 4 << 30


def add_commands(commands: Any) -> None:
    """Add `journal`."""
    journal = commands.add_parser("journal", help="verify the record")
    parts = journal.add_subparsers(required=True, metavar="COMMAND")
    verify = parts.add_parser(
        "verify",
        help="verify a journal's file",
        description="Verify that every entry follows from the one before, that the fold holds, and "
        "that the last entry is the expected head or one that the HSM signed.",
        epilog="Exit status: 0 verified; 1 broken, naming the first bad entry; 3 consistent but "
        "unanchored: the tail may be cut.",
    )
    verify.add_argument("file", type=Path, metavar="FILE")
    verify.add_argument("--expect-head", metavar="WORDS|HEX", help="where the journal must stand")
    verify.add_argument("--deep", action="store_true", help="verify every signature again")
    verify.add_argument("--json", action="store_true", help="answer in JSON")
    verify.set_defaults(command=_verify)


def _verify(options: argparse.Namespace) -> int:
    from appliance.journal.verify import (  # noqa: PLC0415 - loads the signature libraries
        Verified,
        told_verification,
        verify_journal,
    )

    data = read_file(options.file, MAX_JOURNAL)
    try:
        found = verify_journal(data, options.expect_head, deep=options.deep)
    except JournalBroken as error:
        told = {"contract": 1, "result": "broken", "what": error.what}
        print(json.dumps(told) if options.json else f"BROKEN: {error.what}\nNext: {error.next}")
        return REFUSED
    told = told_verification(found)
    print(json.dumps(told) if options.json else "\n".join(f"{k}: {v}" for k, v in told.items()))
    return DONE if isinstance(found, Verified) else UNANCHORED
