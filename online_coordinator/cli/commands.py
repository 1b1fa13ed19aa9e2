"""Every command of `coordinator`, and running one."""

import argparse
from collections.abc import Sequence

from django.core.management import call_command
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from online_coordinator.cli import appliances, batches, money, people, requests, settlement
from online_coordinator.cli.parsers import Commands
from online_coordinator.cli.report import USAGE, Report, run, say
from online_coordinator.errors import NotMigrated, StoreError, foreign
from online_coordinator.settings.folder import VARIABLE, data_folder, make_data_folder
from online_coordinator.settings.networks import EXAMPLE

DESCRIPTION = f"""\
The online side of Airlock: withdrawal requests in, batches to the appliance, signatures back,
transactions out.

  requests import → batch build → batch approve → station check → batch check → batch export
  response import → broadcast → reconcile

Data lives in the folder that {VARIABLE} names; networks.toml in it names the nodes.
Exit codes: 0 done, 1 refused, 2 bad usage, 3 a node or device does not answer.
"""

LATER = {
    "serve": "The web pages come in a later release; every step works on this command line.",
    "worker": "Background work comes in a later release; give `coordinator reconcile` instead.",
    "watch": "Continuous watching comes in a later release; give `coordinator reconcile` instead.",
}


def run_command(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code."""
    options = parser().parse_args(arguments)
    if options.handler is None:
        say(LATER[options.later])
        return USAGE
    return run(lambda: _run(options), as_json=options.json)


def parser() -> argparse.ArgumentParser:
    """Return the whole command line."""
    program = argparse.ArgumentParser(
        prog="coordinator",
        description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = Commands(program)
    commands.command(
        "migrate",
        "make the data folder and database, or update it",
        _migrate,
        f"coordinator migrate\n\nthen name the nodes in networks.toml there:\n\n{EXAMPLE}",
        database=False,
    )
    people.add(commands)
    appliances.add(commands)
    money.add(commands)
    requests.add(commands)
    batches.add(commands)
    settlement.add(commands)
    commands.command("station", "the checker's station, a process of its own", _never)
    for name, sentence in LATER.items():
        commands.command(name, sentence, _never).set_defaults(handler=None, later=name)
    return program


def _run(options: argparse.Namespace) -> Report:
    try:
        if options.database:
            _verify_migrated()
        report: Report = options.handler(options)
    except DatabaseError as fault:
        raise StoreError(f"the database cannot be used: {foreign(str(fault))}") from None
    return report


def _verify_migrated() -> None:
    if not (data_folder() / "coordinator.sqlite3").exists():
        raise NotMigrated(f"there is no database in {data_folder()}")
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise NotMigrated("the database is of an earlier version")


def _migrate(_: argparse.Namespace) -> Report:
    folder = make_data_folder()
    call_command("migrate", verbosity=0, interactive=False)
    (folder / "coordinator.sqlite3").chmod(0o600)
    return Report({"folder": str(folder)}, (f"The database in {folder} is up to date.",))


def _never(_: argparse.Namespace) -> Report:
    raise AssertionError("the station is started before any command is parsed")
