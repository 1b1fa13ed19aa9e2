"""The station's command line."""

import argparse
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from appliance.wire import record
from appliance.wire.epochs import Genesis, Person
from appliance.wire.messages import (
    APPROVAL_STATEMENTS,
    MAX_MESSAGE,
    Audience,
    BatchContent,
    OperatorApproval,
)
from appliance.wire.statement import statement
from appliance.wire.terms import Role
from appliance.wire.words import words_of
from online_coordinator.appliances.announcement import read_announcement
from online_coordinator.cli.passphrase import read_passphrase
from online_coordinator.cli.report import Report, printable, run
from online_coordinator.clock import unix_time
from online_coordinator.errors import InputRefused, NotConfirmed
from online_coordinator.keys import SigningKey, open_personal_key
from online_coordinator.links.files import read_file, write_file
from online_coordinator.roster import person_in_role
from online_coordinator.station.inspector import default_command, inspect
from online_coordinator.station.judgement import verify_readings
from online_coordinator.station.sheet import sheet_lines

WORDS_TO_TYPE = 2

DESCRIPTION = """\
The checker's station: reads a batch from its exported bytes, shows what they pay, and signs the
batch digest that it computed here. It has no database and asks no node.

  on the console    coordinator batch export BATCH --for-checker --file batch.bin
                    coordinator appliance announcement --file appliance.bin
  at the station    coordinator station check --batch batch.bin --announcement appliance.bin \\
                        --key checker.key --out approval.bin
  on the console    coordinator batch check BATCH --approval approval.bin
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the station and return its exit code."""
    options = _parser().parse_args(arguments)
    command = _check if options.command == "check" else _read
    return run(lambda: command(options), as_json=options.json)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="coordinator station",
        description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    read = commands.add_parser("read", help="show the reading of a batch and sign nothing")
    check = commands.add_parser("check", help="show the reading, then approve what is typed")
    for each in (read, check):
        each.add_argument("--batch", type=Path, required=True, help="the batch to be checked")
        each.add_argument(
            "--announcement", type=Path, required=True, help="the appliance's announcement"
        )
        each.add_argument(
            "--inspect",
            metavar="COMMAND",
            help="the appliance's reader (default: `appliance inspect` beside this program)",
        )
        each.add_argument("--sheet", type=Path, help="also write the review sheet to a file")
        each.add_argument("--json", action="store_true", help="print one JSON object")
    check.add_argument("--key", type=Path, required=True, help="the checker's personal key file")
    check.add_argument("--passphrase-file", type=Path, help="instead of typing the passphrase")
    check.add_argument("--out", type=Path, required=True, help="where the approval is written")
    return parser


def _read(options: argparse.Namespace) -> Report:
    """Show the reading. Raises ReadingRefused where it refuses."""
    content, genesis = _load(options)
    _show(content, genesis, options)
    return Report(_data(content), ("Nothing was signed.",))


def _check(options: argparse.Namespace) -> Report:
    """Show the reading, have the checker confirm it, and write the signed approval."""
    content, genesis = _load(options)
    _show(content, genesis, options)
    key = open_personal_key(
        options.key, read_passphrase(options.passphrase_file, "Checker's passphrase")
    )
    person = person_in_role(genesis.roster, Role.CHECKER, key.public)
    _confirm(content, person)
    write_file(options.out, record.encode(approval_of(content, key)))
    return Report(
        {**_data(content), "checker": person.name, "approval": str(options.out)},
        (f"Approved as {person.name}. The approval is in {options.out}.",),
    )


def approval_of(content: BatchContent, key: SigningKey) -> OperatorApproval:
    """Return the checker's approval of the digest computed from the content."""
    signed = statement(content.audience.realm, APPROVAL_STATEMENTS[Role.CHECKER], content.digest)
    return OperatorApproval(Role.CHECKER, key.public, key.sign(signed))


def _load(options: argparse.Namespace) -> tuple[BatchContent, Genesis]:
    content = record.decode(BatchContent, read_file(options.batch, MAX_MESSAGE))
    genesis = read_announcement(read_file(options.announcement, MAX_MESSAGE)).genesis
    if content.audience != Audience.of(genesis):
        raise InputRefused("the batch is for another appliance than the one announced")
    return content, genesis


def _show(content: BatchContent, genesis: Genesis, options: argparse.Namespace) -> None:
    command = tuple(shlex.split(options.inspect)) if options.inspect else default_command()
    readings = inspect(content, genesis, command, unix_time())
    lines = [printable(line) for line in sheet_lines(content, readings, words_of(content.digest))]
    output = sys.stderr if options.json else sys.stdout
    print(*lines, sep="\n", file=output, flush=True)  # this is the sheet
    if options.sheet:
        write_file(options.sheet, ("\n".join(lines) + "\n").encode())
    verify_readings(content, genesis, readings)


def _confirm(content: BatchContent, person: Person) -> None:
    """Have the checker type words that only this batch has. Raises NotConfirmed."""
    prompt = f"{person.name}, to approve, type the first two words of the batch digest: "
    print(prompt, end="", file=sys.stderr, flush=True)  # noqa: T201  # a question, not output
    typed = sys.stdin.readline(1024).split()
    if tuple(typed) != words_of(content.digest)[:WORDS_TO_TYPE]:
        raise NotConfirmed("the words typed are not the first two of this batch digest")


def _data(content: BatchContent) -> dict[str, object]:
    return {
        "batch": content.batch,
        "digest": content.digest.hex(),
        "words": list(words_of(content.digest)),
    }
