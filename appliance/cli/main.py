"""Which command is asked for, and what its errors look like."""

import argparse
import sys
from collections.abc import Callable, Sequence

from appliance.cli import device, inspection, journal, links, wallet
from appliance.cli.exits import USAGE
from appliance.errors import AirlockError

Command = Callable[[argparse.Namespace], int]


def main(arguments: Sequence[str]) -> int:
    """Run one command and return its exit status."""
    options = parser().parse_args(arguments)
    command: Command = options.command
    try:
        return command(options)
    except AirlockError as error:
        print(f"{error}\nNext: {error.next}", file=sys.stderr)
        return USAGE
    except BrokenPipeError:
        return USAGE


def parser() -> argparse.ArgumentParser:
    """Return the parser of every command."""
    whole = argparse.ArgumentParser(
        prog="appliance",
        description="The offline side of Airlock: what it shows is what it decoded.",
    )
    commands = whole.add_subparsers(required=True, metavar="COMMAND")
    for room in (device, inspection, links, wallet, journal):
        room.add_commands(commands)
    return whole
