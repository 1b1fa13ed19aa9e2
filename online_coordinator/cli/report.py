"""What a command prints: lines for people, or one JSON object for programs; and exit codes.

0  done
1  refused: the input, the state or a check says no
2  bad usage
3  something outside does not answer, or nothing whole came from it: try again
"""

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from appliance.wire.errors import LinkError, WireError
from online_coordinator.errors import CoordinatorError, LinkNotConfirmed, NodeError

CONTRACT = 1
DONE, REFUSED, USAGE, UNAVAILABLE = range(4)


@dataclass(frozen=True, slots=True)
class Report:
    """What a command found out or did."""

    data: Mapping[str, Any]
    lines: tuple[str, ...]


def run(command: Callable[[], Report], *, as_json: bool) -> int:
    """Run a command, print its report or its failure, and return the exit code."""
    try:
        report = command()
    except (CoordinatorError, WireError) as failure:
        _print_failure(failure, as_json=as_json)
        outside = isinstance(failure, NodeError | LinkError | LinkNotConfirmed)
        return UNAVAILABLE if outside else REFUSED
    if as_json:
        _print_json({"contract": CONTRACT, **report.data})
    else:
        for line in report.lines:
            print(printable(line))  # noqa: T201  # the command line's own output
    return DONE


def _print_failure(failure: CoordinatorError | WireError, *, as_json: bool) -> None:
    details = failure.details if isinstance(failure, CoordinatorError) else ()
    if as_json:
        fault = {"id": failure.id, "what": failure.what, "next": failure.next}
        _print_json({"contract": CONTRACT, "error": {**fault, "details": list(details)}})
        return
    for line in (f"{failure.id}: {failure.what}", *details, f"Next: {failure.next}"):
        say(line)


def say(line: str) -> None:
    """Print a line for people beside the output proper."""
    print(printable(line), file=sys.stderr)  # noqa: T201  # the command line's own output


def _print_json(data: Mapping[str, Any]) -> None:
    print(json.dumps(data, ensure_ascii=True))  # noqa: T201  # the command line's own output


def printable(line: str) -> str:
    """Return a line with nothing in it that could control a terminal, escapes written out."""
    return "".join(each if each.isprintable() else f"\\u{ord(each):04x}" for each in line)
