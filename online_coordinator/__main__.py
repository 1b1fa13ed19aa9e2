"""`coordinator`: the console's command line, and the door to the checker's station."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from django.apps import apps
from django.conf import settings

from online_coordinator.settings import folder, networks

STATION = "station"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    if sys.stdin is None:
        sys.stdin = Path(os.devnull).open(encoding="utf-8")  # noqa: SIM115  until the process ends
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given[:1] == [STATION]:
        become_station(given[1:])
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "online_coordinator.settings")
    apps.populate(settings.INSTALLED_APPS)  # django.setup would load every page's machinery
    from online_coordinator.cli.commands import run_command  # noqa: PLC0415  # models need setup

    return run_command(given)


def become_station(arguments: list[str]) -> None:
    """Turn this process into the station, which never learns where the database is."""
    hidden = (folder.VARIABLE, networks.VARIABLE, "DJANGO_SETTINGS_MODULE")
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    program = [sys.executable, "-m", "online_coordinator.station", *arguments]
    os.execve(sys.executable, program, environment)  # noqa: S606  # this program, by its path


if __name__ == "__main__":
    sys.exit(main())
