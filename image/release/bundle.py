"""A release as one folder: what builders vouch for, and what it takes to build it again.

A pure function of the images, the lock and the number, but for the attestations that are added.
"""

import shutil
from pathlib import Path

from image.build import MANIFEST
from image.errors import PartError
from image.inputs import fetch
from image.inputs.lock import Lock
from image.metadata import manifest
from image.trust import composing, owning
from image.trust.release import ATTESTATIONS
from image.trust.statement import Reproducible, Statement

INPUTS, LOCK, SUMS = "airlock-inputs.tar", "lock.json", "SHA256SUMS"


def gathered(images: Path, folder: Path, number: int, *, licensed: bool = False) -> Statement:
    """Copy a release's images into a new folder, with its statement, and return that.

    What only licensees can rebuild holds a vendor's files, which not everybody may have: it is
    stated, and copied only if `licensed`. Raises ReleaseRefused, and PartError if the folder exists
    or an image is not what its manifest says.
    """
    if folder.exists():
        raise PartError(f"{folder.name:.64} is there already: a release is put into a new folder")
    made = composing.composed(images, number)
    for name in {path.split("/")[0] for part in made.parts.values() for path in part.files}:
        _verify(images / name)
    for part in made.parts.values():
        if licensed or part.reproducible is Reproducible.PUBLIC:
            for path in part.files:
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(images / path, folder / path)
    composing.write(folder, made)
    return made


def add_inputs(folder: Path, lock: Lock, path: Path, digest: str, files: Path) -> None:
    """Add the lock at `path`, which has this digest, and every file that it names.

    Raises PartError if an image of the release was made from another lock.
    """
    for described in sorted(folder.glob(f"*/{MANIFEST}")):
        if manifest.read(described).lock != digest:
            raise PartError(f"{described.parent.name} was built from another lock")
    shutil.copyfile(path, folder / LOCK)
    fetch.write_inputs(lock, files, folder / INPUTS)


def add_sums(folder: Path) -> None:
    """Add the hash of every file, for `sha256sum --check`. Attestations have signatures instead."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    names = [str(path.relative_to(folder)) for path in paths]
    lines = [
        f"{fetch.digest_of(folder / name)}  {name}\n"
        for name in names
        if name != SUMS and not name.startswith(f"{ATTESTATIONS}/")
    ]
    (folder / SUMS).write_text("".join(lines), "ascii")


def _verify(image: Path) -> None:
    """Raise PartError unless an image is what its manifest says, and the owner's disk is of it."""
    for name, expected in manifest.read(image / MANIFEST).artifacts.items():
        path = image / name
        if not path.is_file() or fetch.digest_of(path) != expected:
            raise PartError(f"{image.name}/{name} is not the one in its manifest")
    signed = image / owning.SIGNED_DISK
    if signed.exists() and owning.owners_disk(image, image) != signed.read_bytes():
        raise PartError(f"{image.name}/{signed.name} is of another build: make it anew")
