"""Building the command line: groups, commands, and what every command has."""

import argparse
from collections.abc import Callable
from textwrap import indent

from online_coordinator.cli.report import Report

Handler = Callable[[argparse.Namespace], Report]


class Commands:
    """The commands of a program or group."""

    def __init__(self, parser: argparse.ArgumentParser) -> None:
        self._parsers = parser.add_subparsers(required=True, metavar="COMMAND", title="commands")

    def group(self, name: str, title: str) -> "Commands":
        """Add a group of commands, such as `batch`."""
        return Commands(self._parsers.add_parser(name, help=title, description=title))

    def command(
        self, name: str, title: str, handler: Handler, example: str = "", *, database: bool = True
    ) -> argparse.ArgumentParser:
        """Add a command. `example` is shown at the end of its help."""
        parser = self._parsers.add_parser(
            name,
            help=title,
            description=title,
            epilog=f"example:\n{indent(example, '  ')}" if example else None,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object")
        parser.set_defaults(handler=handler, database=database)
        return parser
