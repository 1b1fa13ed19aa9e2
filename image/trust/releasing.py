"""The commands about a release: put it together, vouch for it, verify who vouches for it."""

import argparse
from pathlib import Path
from typing import Any

from image.trust import composing, release
from image.trust.errors import ReleaseRefused


def add_commands(commands: Any) -> None:
    """Add `compose`, `attest` and `verify-release` to the command line."""
    composes = commands.add_parser("compose", help="state what a release is made of")
    composes.add_argument("folder", type=Path, metavar="FOLDER")
    composes.add_argument("--number", type=int, required=True, help="its place among the releases")
    composes.set_defaults(run=_compose)
    attests = commands.add_parser("attest", help="sign for what came out alike in your own build")
    attests.add_argument("folder", type=Path, metavar="FOLDER", help="the published release")
    attests.add_argument("--rebuilt", type=Path, required=True, metavar="FOLDER")
    attests.add_argument("--builder", required=True, metavar="NAME")
    attests.add_argument("--key", type=Path, required=True, metavar="FILE")
    attests.set_defaults(run=_attest)
    verifies = commands.add_parser("verify-release", help="ask who vouches for a release")
    verifies.add_argument("folder", type=Path, metavar="FOLDER")
    add_demands(verifies)
    verifies.set_defaults(run=_verify)


def add_demands(command: argparse.ArgumentParser, *, required: bool = True) -> None:
    """Add to a command what a release has to meet: `demanded` reads it."""
    demands = command.add_argument_group("what a release has to meet")
    demands.add_argument("--allowed-signers", type=Path, required=required, metavar="FILE")
    demands.add_argument("--threshold", type=int, required=required, metavar="K")
    demands.add_argument("--licensed-threshold", type=int, metavar="K")
    demands.add_argument("--floor", type=int, default=0, metavar="NUMBER")


def is_demanding(options: argparse.Namespace) -> bool:
    """Tell whether anything was said of what a release has to meet."""
    asked = (options.allowed_signers, options.threshold, options.licensed_threshold)
    return bool(options.floor) or any(value is not None for value in asked)


def demanded(folder: Path, options: argparse.Namespace) -> release.Release:
    """Return the release in a folder if it meets the options. Raises ReleaseRefused."""
    if options.allowed_signers is None or options.threshold is None:
        raise ReleaseRefused(
            "say who may vouch and how many have to: --allowed-signers FILE --threshold K"
        )
    return release.verified(
        folder,
        options.allowed_signers,
        options.threshold,
        licensed=options.licensed_threshold,
        floor=options.floor,
    )


def _compose(options: argparse.Namespace) -> int:
    made = composing.composed(options.folder, options.number)
    digest = composing.write(options.folder, made)
    print(f"release {made.version}, number {made.number}, {len(made.parts)} parts: {digest}")
    return 0


def _attest(options: argparse.Namespace) -> int:
    made = composing.attest(options.folder, options.rebuilt, options.builder, options.key)
    print(f"{made.builder} vouches for {', '.join(made.reproduced)}")
    return 0


def _verify(options: argparse.Namespace) -> int:
    found = demanded(options.folder, options)
    for name, builders in found.builders.items():
        print(f"{name}: {', '.join(builders)}")
    print(
        f"release {found.version}, number {found.number}, is vouched for: {len(found.files)} files"
    )
    return 0
