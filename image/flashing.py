"""The command that writes an image to a medium."""

import argparse
import sys
from pathlib import Path
from typing import Any

from image import build, flash, manifest, places
from image.errors import FlashError


def add_commands(commands: Any) -> None:
    """Add `flash` to the command line."""
    flashes = commands.add_parser("flash", help="write an image to a medium and read it back")
    flashes.add_argument("target", type=Path, metavar="DEVICE")
    default = places.OUTPUT / "verity-production"
    flashes.add_argument("--image", type=Path, default=default, metavar="FOLDER")
    flashes.add_argument("--yes", action="store_true", help="do not ask before writing")
    flashes.set_defaults(run=_flash)


def _flash(options: argparse.Namespace) -> int:
    described = manifest.read(options.image / build.MANIFEST)
    disk = options.image / build.DISK
    flash.verify_free(options.target)
    flash.verify_expected(disk, described["artifacts"][build.DISK]["sha256"])
    print(f"{described['name']} {described['version']}: {' '.join(described['root_words'] or ())}")
    if not options.yes and not _is_confirmed(options.target):
        raise FlashError("nothing was written")
    digest = flash.flash(disk, options.target, _progress)
    print(f"{options.target} holds the image, read back: sha256 {digest}")
    return 0


def _is_confirmed(target: Path) -> bool:
    if not sys.stdin.isatty():
        return False
    return input(f"Everything on {target} is lost. Type its name to go on: ") == str(target)


def _progress(what: str, done: int, of: int) -> None:
    end = "\n" if done == of else ""
    print(f"\r{what}: {100 * done // of} %", end=end, file=sys.stderr, flush=True)
