"""The commands about a release: put it together, vouch for it, verify who vouches for it."""

import argparse
from pathlib import Path
from typing import Any

from image.trust import composing, release


def add_commands(commands: Any) -> None:
    """Add `compose`, `attest` and `verify-release` to the command line."""
    composes = commands.add_parser("compose", help="state what a release is made of")
    composes.add_argument("folder", type=Path, metavar="FOLDER")
    composes.add_argument("--number", type=int, required=True, help="its place among the releases")
    composes.add_argument("--vendor", action="append", default=[], metavar="IMAGE=FOLDER")
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


def add_demands(command: argparse.ArgumentParser) -> None:
    """Add to a command what a release has to meet: `demanded` reads it."""
    command.add_argument("--allowed-signers", type=Path, required=True, metavar="FILE")
    command.add_argument("--threshold", type=int, required=True, metavar="K")
    command.add_argument("--licensed-threshold", type=int, metavar="K")
    command.add_argument("--floor", type=int, default=0, metavar="NUMBER")


def demanded(folder: Path, options: argparse.Namespace) -> release.Release:
    """Return the release in a folder if it meets the options. Raises ReleaseRefused."""
    return release.verified(
        folder,
        options.allowed_signers,
        options.threshold,
        licensed=options.licensed_threshold,
        floor=options.floor,
    )


def _compose(options: argparse.Namespace) -> int:
    vendors = dict(word.partition("=")[::2] for word in options.vendor)
    made = composing.composed(options.folder, options.number, vendors)
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
