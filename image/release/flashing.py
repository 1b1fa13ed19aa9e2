"""The command that writes an image to a medium: one that builders vouch for, or one's own."""

import argparse
import os
import stat
import sys
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from image import build, places
from image.errors import FlashError
from image.metadata import manifest
from image.release import flash
from image.trust import owning, releasing, signed_disk
from image.trust.release import STATEMENT, Release

UNATTESTED = """\
############################################################################
#  NOBODY VOUCHES FOR THIS IMAGE.                                          #
#  It holds what this one machine built, and whoever controls this machine #
#  controls it. For trying things out: never for real keys, never for the  #
#  machine of somebody else.                                               #
############################################################################"""


@dataclass(frozen=True, slots=True)
class Disk:
    """A disk that may be written: its file, what it has to hash to, and what people are told."""

    path: Path
    sha256: str
    told: str


def add_commands(commands: Any) -> None:
    """Add `flash` to the command line."""
    flashes = commands.add_parser("flash", help="write an image to a medium and read it back")
    flashes.add_argument("target", type=Path, metavar="DEVICE")
    default = places.OUTPUT / "verity-production"
    flashes.add_argument(
        "--image", type=Path, default=default, metavar="FOLDER",
        help="of one image; of a release, the folder in the release's folder",
    )  # fmt: skip
    flashes.add_argument("--signed", action="store_true", help="the disk that the owner signed")
    flashes.add_argument("--yes", action="store_true", help="do not ask before writing")
    flashes.add_argument(
        "--unattested", action="store_true", help="a build of your own, that nobody vouches for"
    )
    releasing.add_demands(flashes, required=False)
    flashes.set_defaults(run=_flash)


def _flash(options: argparse.Namespace) -> int:
    was = flash.verify_free(options.target)
    disk = chosen(options)
    flash.verify_expected(disk.path, disk.sha256)
    described = manifest.read(options.image / build.MANIFEST)
    print(f"{described.name} {described.version}: {' '.join(described.root_words)}")
    print(disk.told, flush=True)
    if not options.yes and not _is_confirmed(options.target, was):
        raise FlashError("nothing was written: its name was not typed at a terminal (or --yes)")
    digest = flash.flash(disk.path, options.target, was, _progress)
    if digest != disk.sha256:
        raise FlashError("the image changed while it was written: erase the medium")
    print(f"{options.target} holds the image, read back: sha256 {digest}")
    return 0


def chosen(options: argparse.Namespace) -> Disk:
    """Return the disk that the options let be written. Raises FlashError, TrustError, PartError.

    A release is written only if it is vouched for; a build of one's own only if people say that
    this is what they want.
    """
    # Wherever people stand, and whatever leads there: what lies beside it says what it is.
    folder = options.image.resolve()
    is_release = (folder.parent / STATEMENT).exists()
    if releasing.is_demanding(options):
        if options.unattested:
            raise FlashError("either builders vouch for an image, or it is --unattested: not both")
        return _vouched(folder, releasing.demanded(folder.parent, options), options)
    if options.unattested and not is_release:
        return _own(folder, options)
    if is_release:
        raise FlashError(
            "a release is written when enough builders vouch for it: give "
            "--allowed-signers FILE --threshold K, your own list and number of them"
        )
    raise FlashError(
        "nobody vouches for this image: flash a release, with --allowed-signers FILE "
        "--threshold K; or, if it is a build of your own for trying things out, --unattested"
    )


def _vouched(folder: Path, found: Release, options: argparse.Namespace) -> Disk:
    found.file(f"{folder.name}/{build.MANIFEST}")
    name = f"{folder.name}/{owning.SIGNED_DISK if options.signed else build.DISK}"
    path, file = found.file(name)
    if name in found.licensed:
        _verify_started(found, folder.name, path, file.sha256)
    builders = ", ".join(found.vouching[name])
    return Disk(path, file.sha256, f"release {found.version}, number {found.number}: {builders}")


def _verify_started(found: Release, image: str, disk: Path, expected: str) -> None:
    """Raise FlashError unless a licensed disk starts the program that anyone can rebuild.

    That program names every other partition by its root hash: a few licensees' word is enough for
    the disk, as long as it takes the usual number of builders for what it runs.
    """
    name = f"{image}/{build.PROGRAM}"
    _, program = found.file(name)
    epoch = manifest.read(disk.with_name(build.MANIFEST)).epoch
    body = disk.read_bytes()
    started = signed_disk.started(body, epoch)
    is_held = sha256(body).hexdigest() == expected
    if name in found.licensed or not is_held or sha256(started).hexdigest() != program.sha256:
        raise FlashError("the disk does not start the program that builders vouch for")


def _own(folder: Path, options: argparse.Namespace) -> Disk:
    if options.signed:
        expected = sha256(owning.owners_disk(folder, folder)).hexdigest()
        return Disk(folder / owning.SIGNED_DISK, expected, UNATTESTED)
    described = manifest.read(folder / build.MANIFEST)
    return Disk(folder / build.DISK, described.artifact(build.DISK), UNATTESTED)


def _is_confirmed(target: Path, was: os.stat_result) -> bool:
    if not sys.stdin.isatty():
        return False
    what = str(target)
    if stat.S_ISBLK(was.st_mode):
        number = (os.major(was.st_rdev), os.minor(was.st_rdev))
        what += f" ({flash.described(number, Path('/sys'))})"
    try:
        return input(f"Everything on {what} is lost. Type its name to go on: ") == str(target)
    except EOFError:
        return False


def _progress(what: str, done: int, of: int) -> None:
    end = "\n" if done == of else ""
    print(f"\r{what}: {100 * done // of} %", end=end, file=sys.stderr, flush=True)
