"""`appliance run`, its processes, and `appliance hsm probe`."""

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from appliance.cli.exits import DONE, REFUSED
from appliance.errors import SettingsError
from appliance.settings import load_settings


def add_commands(commands: Any) -> None:
    """Add the commands of the device itself."""
    run = commands.add_parser(
        "run",
        help="open the terminal",
        description="Open the terminal on this screen: found the appliance, receive, review, "
        "approve, sign and release.",
    )
    run.add_argument("--settings", type=Path, required=True, help="the device's settings (TOML)")
    run.add_argument(
        "--starter",
        type=Path,
        metavar="PROGRAM",
        help="reaches the link and signer processes where they run as users of their own",
    )
    run.set_defaults(command=_run)
    hsm = commands.add_parser("hsm", help="what an HSM offers")
    parts = hsm.add_subparsers(required=True, metavar="COMMAND")
    probe = parts.add_parser(
        "probe",
        help="say what a PKCS#11 module and its tokens offer, and what they lack",
        description="Asks without a PIN, and changes nothing.",
    )
    probe.add_argument("--module", type=Path, metavar="FILE", help="the PKCS#11 module")
    probe.add_argument("--settings", type=Path, help="the device's settings, which name it")
    probe.add_argument("--json", action="store_true", help="answer in JSON")
    probe.set_defaults(command=_probe)
    process = commands.add_parser("process", help="one process of the appliance, for its starter")
    process.add_argument("name", choices=("link", "signer"))
    process.add_argument("--settings", type=Path, required=True)
    process.add_argument("--channel", required=True, help="two descriptors: to read, to write")
    process.set_defaults(command=_process)


def _run(options: argparse.Namespace) -> int:
    from appliance.processes.entry import run_terminal  # noqa: PLC0415 - loads the screens

    run_terminal(options.settings, options.starter)
    return DONE


def _process(options: argparse.Namespace) -> int:
    from appliance.processes.entry import CHILDREN  # noqa: PLC0415 - loads devices

    read_end, _, write_end = options.channel.partition(",")
    if not (read_end.isdecimal() and write_end.isdecimal()):
        raise SettingsError("the channel is not two descriptors")
    CHILDREN[options.name](options.settings, int(read_end), int(write_end))
    return DONE


def _probe(options: argparse.Namespace) -> int:
    from appliance.hsm.probe import probe  # noqa: PLC0415 - loads PKCS#11

    module = options.module or (
        load_settings(options.settings).module if options.settings else None
    )
    if module is None:
        raise SettingsError("name the PKCS#11 module, or the settings that name it")
    report = {"contract": 1, **asdict(probe(str(module)))}
    print(json.dumps(report, default=str, indent=None if options.json else 2))
    missing = [lack for token in report["tokens"] for lack in token["missing"]]
    return REFUSED if missing or not report["tokens"] else DONE
