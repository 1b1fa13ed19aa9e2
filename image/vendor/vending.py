"""The commands about a vendor's files: lock them, and build an image with them."""

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from image.errors import LockError
from image.inputs.tools import Tools
from image.root.root_tree import Tree
from image.vendor import lock, partition
from image.vendor.lock import VendorLock
from image.vendor.partition import Vendor

PROFILES = ("verity-production",)
"""What is built with a vendor's files if nothing is named."""


@dataclass(frozen=True, slots=True)
class Supplied:
    """A lock or a card, and the folder of the vendor's files if the builder has them."""

    source: VendorLock | Vendor
    folder: Path | None

    def opened(self, base: Tree, tools: Tools) -> Vendor:
        """Return the partition for an image with this root. Raises ImageError."""
        return partition.opened(self.source, self.folder, base, tools)


def add_commands(commands: Any) -> None:
    """Add `vendor-lock` to the command line."""
    locks = commands.add_parser("vendor-lock", help="lock the files that an HSM's vendor gave you")
    locks.add_argument("folder", type=Path, metavar="FOLDER")
    for name in ("name", "version", "licence", "module"):
        locks.add_argument(f"--{name}", required=True, metavar=name.upper())
    locks.add_argument("--output", type=Path, required=True, metavar="FILE")
    locks.set_defaults(run=_lock)


def add_vendor(command: argparse.ArgumentParser) -> None:
    """Add a vendor's files to a command that builds: `supplied` reads it."""
    vendor = command.add_argument_group("with an HSM vendor's module")
    vendor.add_argument("--vendor", type=Path, metavar="FILE", help="a vendor's lock, or a card")
    vendor.add_argument("--vendor-files", type=Path, metavar="FOLDER", help="the vendor's files")


def supplied(options: argparse.Namespace) -> Supplied | None:
    """Return what the options name of a vendor's. Raises LockError."""
    if options.vendor is None:
        if options.vendor_files is not None:
            raise LockError("a vendor's files go with their lock: --vendor FILE")
        return None
    return Supplied(partition.read(options.vendor), options.vendor_files)


def words_of(options: argparse.Namespace) -> tuple[str, ...]:
    """Return the same options for another run, wherever that is."""
    given = (("--vendor", options.vendor), ("--vendor-files", options.vendor_files))
    return tuple(w for name, path in given if path for w in (name, str(path.absolute())))


def images(source: Supplied | None) -> tuple[str, ...]:
    """Return the names of the images that are built with a vendor's files."""
    if source is None:
        return ()
    lock = source.source.lock if isinstance(source.source, Vendor) else source.source
    return tuple(f"{name}-{lock.name}" for name in PROFILES)


def _lock(options: argparse.Namespace) -> int:
    words = (options.name, options.version, options.licence, options.module)
    made = lock.made(options.folder, *words)
    options.output.write_text(lock.serialize(made), "ascii")
    print(f"{options.output}: {len(made.files)} files of {made.name} {made.version}")
    return 0
