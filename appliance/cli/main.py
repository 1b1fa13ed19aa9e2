"""Which command is asked for, and what its errors look like."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from appliance.cli import device
from appliance.cli.exits import INTERRUPTED, USAGE
from appliance.errors import AirlockError, SettingsError

Command = Callable[[argparse.Namespace], int]

STARTED = {"run", "process"}
"""What the start of a machine waits for: it loads no other command."""


def main(arguments: Sequence[str]) -> int:
    """Run one command and return its exit status."""
    try:
        _verify_streams()
        options = parser(is_start=bool(STARTED & set(arguments[:1]))).parse_args(arguments)
        command: Command = options.command
        status = command(options)
        sys.stdout.flush()
    except BrokenPipeError:
        return _unwritten()
    except OSError as error:
        print(f"A device or the output failed: {error.strerror}.", file=sys.stderr)
        return _unwritten()
    except AirlockError as error:
        print(f"{error}\nNext: {error.next}", file=sys.stderr)
        return USAGE
    except KeyboardInterrupt:
        print("Stopped before it was done.", file=sys.stderr)
        return INTERRUPTED
    return status


def _verify_streams() -> None:
    """Raise SettingsError if there is nowhere to write; what is not to be read is empty."""
    if sys.stdin is None:
        sys.stdin = Path(os.devnull).open(encoding="utf-8")  # noqa: SIM115 - until the process ends
    if sys.stdout is None or sys.stderr is None:
        raise SettingsError("the output is closed: there is nowhere to write")


def _unwritten() -> int:
    """Return the status of what could not be written; the interpreter must not try it again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return USAGE


def parser(*, is_start: bool = False) -> argparse.ArgumentParser:
    """Return the parser of every command, or only of those that the start of a machine needs."""
    whole = argparse.ArgumentParser(
        prog="appliance",
        description="The offline side of Airlock: what it shows is what it decoded.",
    )
    commands = whole.add_subparsers(required=True, metavar="COMMAND")
    device.add_commands(commands)
    if not is_start:
        _add_tools(commands)
    return whole


def _add_tools(commands: Any) -> None:
    from appliance.cli import inspection, journal, links, wallet  # noqa: PLC0415 - load the chains

    for room in (inspection, links, wallet, journal):
        room.add_commands(commands)
