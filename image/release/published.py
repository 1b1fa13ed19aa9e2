"""Whether a published release is what was rebuilt here, file by file."""

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

from image.disk import bmap
from image.inputs.fetch import digest_of
from image.trust import owning
from image.trust.owning import SIGNED_DISK, SIGNED_MAP
from image.trust.release import Release

_OWNERS = (owning.SIGNATURE, owning.POLICY)
"""What only the owner can make: it is taken as it is published, and what holds it is rebuilt."""


def compared(found: Release, rebuilt: Path) -> dict[str, Any]:
    """Return what a report says of a release whose builders are heard already.

    `rebuilt` holds the images that were built here. `missing` is what should have been rebuilt and
    was not; `not_rebuilt` what only the owner or a licensee can make. Raises TrustError if the
    owner's signature or policy is not for what was rebuilt.
    """
    expected = {name: file.sha256 for name, file in found.files.items()}
    ours = dict(_rebuilt(found, rebuilt))
    absent = expected.keys() - ours.keys()
    tolerated = {n for n in absent if n in found.licensed or n.rsplit("/", 1)[-1] in _OWNERS}
    return {
        "version": found.version,
        "number": found.number,
        "builders": {name: list(builders) for name, builders in found.builders.items()},
        "identical": sorted(name for name in ours if ours[name] == expected[name]),
        "different": sorted(name for name in ours if ours[name] != expected[name]),
        "missing": sorted(absent - tolerated),
        "not_rebuilt": sorted(tolerated),
    }


def is_same(told: dict[str, Any]) -> bool:
    """Tell whether all that could be rebuilt here is what was published, and something was."""
    return bool(told["identical"]) and not told["different"] and not told["missing"]


def _rebuilt(found: Release, rebuilt: Path) -> Iterator[tuple[str, str]]:
    """Return the hash of each of the release's files as it came out here."""
    for folder in sorted({name.rsplit("/", 1)[0] for name in found.files}):
        built = rebuilt / folder
        if f"{folder}/{SIGNED_DISK}" in found.files and built.is_dir():
            disk = owning.owners_disk(built, found.folder / folder)
            yield f"{folder}/{SIGNED_DISK}", sha256(disk).hexdigest()
            yield f"{folder}/{SIGNED_MAP}", sha256(bmap.of(disk)).hexdigest()
    for name in found.files:
        file = name.rsplit("/", 1)[-1]
        if file not in (*_OWNERS, SIGNED_DISK, SIGNED_MAP) and (rebuilt / name).is_file():
            yield name, digest_of(rebuilt / name)
