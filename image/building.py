"""The command that builds images into a folder."""

import argparse
import os
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from image import build, kernel, parts, places
from image.errors import PartError
from image.inputs import locking
from image.inputs.lock import Lock
from image.kernel import Kernel
from image.parts import Parts
from image.places import Cache
from image.profiles import PROFILES, Profile, selected
from image.vendor import vending
from image.vendor.vending import Supplied


def add_commands(commands: Any) -> None:
    """Add `build` to the command line."""
    builds = commands.add_parser("build", help="build the images")
    known = ", ".join(profile.name for profile in PROFILES)
    builds.add_argument("profiles", nargs="*", metavar="PROFILE", help=known)
    builds.add_argument("--output", type=Path, default=places.OUTPUT, metavar="FOLDER")
    builds.add_argument("--inputs", type=Path, metavar="ARCHIVE", help="take files from here only")
    builds.add_argument("--mirror", action="append", default=[], metavar="ARCHIVE=ADDRESS")
    builds.add_argument("--lock", type=Path, default=places.LOCK, metavar="FILE")
    builds.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    builds.add_argument("--without-kernel", action="store_true", help="to compare; does not boot")
    vending.add_vendor(builds)
    builds.set_defaults(run=_build)


def build_all(
    opened: Parts, profiles: Iterable[Profile], folder: Path, supplied: Supplied | None = None
) -> None:
    """Build images into folders named after them. Raises ImageError."""
    began = time.monotonic()
    held = build.editions(opened)
    print(f"trees: {time.monotonic() - began:.1f} s", flush=True)
    for profile in profiles:
        began = time.monotonic()
        contents = held[profile.edition]
        vendor = supplied.opened(contents.tree, opened.tools) if supplied else None
        image = build.build(opened, profile, contents, vendor)
        name = build.name_of(profile, vendor)
        image.write(folder / name)
        size = len(image.files.get(build.DISK, b"")) / 2**20
        print(f"{name}: {size:.1f} MiB, {time.monotonic() - began:.1f} s", flush=True)


def the_kernel(lock: Lock, cache: Cache, jobs: int) -> Kernel:
    """Return the lock's kernel, built if it is not kept. Raises ImageError."""
    fragment = places.KERNEL_CONFIG.read_text("utf-8")
    return kernel.build(lock, fragment, cache.files, cache.kernels, jobs)


def _build(options: argparse.Namespace) -> int:
    supplied = vending.supplied(options)
    try:
        profiles = selected(tuple(options.profiles) or (vending.PROFILES if supplied else ()))
    except ValueError as problem:
        raise PartError(str(problem)) from problem
    cache = options.cache
    current, digest = locking.ready(cache, options.mirror, options.inputs, options.lock)
    with tempfile.TemporaryDirectory() as scratch:
        if options.without_kernel:
            built = kernel.stand_in(Path(scratch))
        else:
            built = the_kernel(current, cache, options.jobs)
        build_all(parts.opened(current, digest, cache, built), profiles, options.output, supplied)
    return 0
