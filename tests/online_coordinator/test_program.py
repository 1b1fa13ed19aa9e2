"""The program as a whole: its help, its database, its exit codes, and what is not there yet."""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import call_command

from online_coordinator.cli.commands import parser, run_command
from tests.online_coordinator.checker import ROOT

DONE, _, USAGE, _ = range(4)


@pytest.mark.parametrize("name", ["serve", "worker", "watch"])
def test_says_honestly_what_comes_later(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command([name]) == USAGE
    assert "later release" in capsys.readouterr().err


def all_parsers(program: argparse.ArgumentParser) -> list[argparse.ArgumentParser]:
    """Return a parser and every parser under it."""
    found_parsers = [program]
    for action in program._actions:
        if isinstance(action.choices, dict):
            for each in action.choices.values():
                found_parsers += all_parsers(each)
    return found_parsers


def test_the_database_is_what_the_models_say() -> None:
    call_command("makemigrations", check_changes=True, dry_run=True, verbosity=0)


def test_a_command_that_is_none_is_bad_usage() -> None:
    with pytest.raises(SystemExit) as ending:
        run_command(["batch", "sing"])
    assert ending.value.code == USAGE


def test_every_command_explains_itself() -> None:
    for each in all_parsers(parser()):
        text = each.format_help()
        assert each.description, each.prog
        assert "--json" in text or "COMMAND" in text


def test_without_a_database_every_command_says_what_to_do(folder: Path) -> None:
    environment = {**os.environ, "AIRLOCK_COORDINATOR_DATA": str(folder / "new")}
    program = [sys.executable, "-m", "online_coordinator"]

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*program, *words],
            env=environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )

    refused = run("batch", "list", "--json")
    assert (refused.returncode, json.loads(refused.stdout)["error"]["id"]) == (1, "NOT-MIGRATED")
    assert run("migrate").returncode == DONE
    assert run("batch", "list").returncode == DONE
    closed = ["sh", "-c", '"$@" <&-', "sh", *program, "requests", "import", "--id", "W-1"]
    nothing = subprocess.run(
        [*closed, "--uris", "-"], env=environment, cwd=ROOT, capture_output=True, check=False
    )
    assert nothing.returncode == 1
    assert b"Traceback" not in nothing.stderr
    assert (folder / "new").stat().st_mode & 0o777 == 0o700
    assert (folder / "new" / "coordinator.sqlite3").stat().st_mode & 0o777 == 0o600


def test_the_station_is_another_program(folder: Path) -> None:
    environment = {**os.environ, "AIRLOCK_COORDINATOR_DATA": str(folder / "absent")}
    done = subprocess.run(
        [sys.executable, "-m", "online_coordinator", "station", "--help"],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == DONE
    assert "no database" in done.stdout
    assert not (folder / "absent").exists()
