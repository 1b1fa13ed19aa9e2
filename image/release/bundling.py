"""The command that puts a release into one folder."""

import argparse
from pathlib import Path
from typing import Any

from image import places
from image.errors import FetchError
from image.inputs import locking
from image.inputs.gone import gone
from image.inputs.lock import Lock
from image.release import bundle
from image.trust.release import STATEMENT


def add_commands(commands: Any) -> None:
    """Add `release` to the command line."""
    releases = commands.add_parser("release", help="put the built images into a release's folder")
    releases.add_argument("folder", type=Path, metavar="FOLDER", help="a new one")
    releases.add_argument("--number", type=int, required=True, help="its place among the releases")
    releases.add_argument("--images", type=Path, default=places.OUTPUT, metavar="FOLDER")
    releases.add_argument(
        "--licensed", action="store_true", help="with vendors' files, for licensees only"
    )
    releases.add_argument(
        "--aged-lock", action="store_true", help="gather one again whose packages have left"
    )
    releases.add_argument("--mirror", action="append", default=[], metavar="ARCHIVE=ADDRESS")
    releases.set_defaults(run=_release)


def _release(options: argparse.Namespace) -> int:
    folder: Path = options.folder
    current, digest = locking.ready(options.cache, options.mirror, None)
    if not options.aged_lock:
        verify_fresh(current, locking.known_mirrors(options.mirror))
    made = bundle.gathered(options.images, folder, options.number, licensed=options.licensed)
    bundle.add_inputs(folder, current, places.LOCK, digest, options.cache.files)
    bundle.add_sums(folder)
    print(f"release {made.version}, number {made.number}, {len(made.parts)} parts: {folder}")
    print(f"Builders attest {STATEMENT}; who rebuilds it offline needs {bundle.INPUTS}.")
    return 0


def verify_fresh(lock: Lock, mirrors: dict[str, str]) -> None:
    """Raise FetchError if a locked package has left its mirror."""
    if left := gone(lock, mirrors):
        more = f" and {len(left) - 1} more" * (len(left) > 1)
        raise FetchError(
            f"the lock has aged, and a release takes a fresh one (`make image-lock`): {left[0]}"
            f"{more}. --aged-lock gathers an old release again"
        )
