"""`appliance run`, its processes, and `appliance hsm probe`."""

import argparse
from pathlib import Path
from typing import Any

from appliance.cli.exits import DONE
from appliance.errors import SettingsError


def add_commands(commands: Any) -> None:
    """Add the commands of the device itself."""
    run = commands.add_parser(
        "run",
        help="open the terminal",
        description="Open the terminal on this screen: found the appliance, receive, review, "
        "approve, sign and release.",
    )
    run.add_argument("--settings", type=Path, required=True, help="the device's settings (TOML)")
    run.set_defaults(command=_run)
    process = commands.add_parser("process", help="one process of the appliance, for its starter")
    process.add_argument("name", choices=("link", "signer"))
    process.add_argument("--settings", type=Path, required=True)
    process.add_argument("--channel", required=True, help="two descriptors: to read, to write")
    process.set_defaults(command=_process)


def _run(options: argparse.Namespace) -> int:
    from appliance.processes.entry import run_terminal  # noqa: PLC0415 - loads the screens

    run_terminal(options.settings)
    return DONE


def _process(options: argparse.Namespace) -> int:
    from appliance.processes.entry import CHILDREN  # noqa: PLC0415 - loads devices

    read_end, _, write_end = options.channel.partition(",")
    if not (read_end.isdecimal() and write_end.isdecimal()):
        raise SettingsError("the channel is not two descriptors")
    CHILDREN[options.name](options.settings, int(read_end), int(write_end))
    return DONE
