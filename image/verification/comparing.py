"""The command that explains how two builds differ."""

import argparse
from pathlib import Path
from typing import Any

from image.verification import compare


def add_commands(commands: Any) -> None:
    """Add `compare` to the command line."""
    compares = commands.add_parser("compare", help="explain how two builds of an image differ")
    compares.add_argument("one", type=Path, metavar="FOLDER")
    compares.add_argument("other", type=Path, metavar="FOLDER")
    compares.set_defaults(run=_compare)


def _compare(options: argparse.Namespace) -> int:
    explanation = compare.told(options.one, options.other)
    print(explanation or "the same, bit for bit")
    return 1 if explanation else 0
