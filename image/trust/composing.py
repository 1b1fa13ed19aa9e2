"""A release put together from built images, and a builder's attestation of what came out alike."""

from collections.abc import Iterable, Mapping
from hashlib import file_digest, sha256
from pathlib import Path

from image import regular_file
from image.build import MANIFEST, VENDOR_IMAGE
from image.metadata import manifest
from image.trust import signers, statement
from image.trust.errors import ReleaseRefused
from image.trust.owning import POLICY, SIGNATURE, SIGNED_DISK, SIGNED_MAP
from image.trust.release import ATTESTATIONS, STATEMENT, content
from image.trust.statement import Attestation, File, Part, Reproducible, Statement
from image.vendor.partition import CARD

SYSTEM = ("files.txt", "kernel.config", "sbom.cdx.json", "licences.tar")
"""What a profile's system is, whatever stands beside it on a disk."""
PROGRAM = (MANIFEST, "airlock.efi")
"""What binds the system, a vendor's partition and the command line together by their hashes."""
DISK = ("disk.img", "disk.bmap")
VENDORED_PROGRAM = (CARD, "airlock.efi")
"""With a vendor's files on the disk: what can be made without having them."""
VENDORED_DISK = (MANIFEST, *DISK)
OWNED = (SIGNATURE, SIGNED_DISK, SIGNED_MAP)


def composed(folder: Path, number: int) -> Statement:
    """Return the statement of a release whose images lie in this folder, each in one of its own.

    An image is these parts: its base, its profile, its disk, and the owner's disk if there is one.
    A vendor's partition is one more part; it, the disks that hold it and their manifest only
    licensees can reproduce. Raises ReleaseRefused.
    """
    parts: dict[str, Part] = {}
    versions = set()
    for path in sorted(folder.glob(f"*/{MANIFEST}")):
        versions.add(manifest.read(path).version)
        parts |= _parts(folder, path.parent.name)
    if len(versions) != 1:
        raise ReleaseRefused("a release is made of images of one version, all of them here")
    made = Statement(versions.pop(), number, parts)
    return statement.read_statement(made.encoded())


def _parts(folder: Path, name: str) -> dict[str, Part]:
    """Return the parts of one image."""
    is_vendored = (folder / name / CARD).exists()
    disk = Reproducible.LICENSED if is_vendored else Reproducible.PUBLIC
    program = VENDORED_PROGRAM if is_vendored else PROGRAM
    parts = {
        f"base-{name}": Part(Reproducible.PUBLIC, _files(folder, name, SYSTEM)),
        f"profile-{name}": Part(Reproducible.PUBLIC, _files(folder, name, program)),
        f"disk-{name}": Part(disk, _files(folder, name, VENDORED_DISK if is_vendored else DISK)),
    }
    if (folder / name / SIGNED_DISK).exists():
        policy = (POLICY,) if (folder / name / POLICY).exists() else ()
        parts[f"owner-{name}"] = Part(disk, _files(folder, name, (*OWNED, *policy)))
    if is_vendored:
        parts[f"vendor-{name}"] = Part(disk, _files(folder, name, (VENDOR_IMAGE,)))
    return parts


def write(folder: Path, made: Statement) -> str:
    """Write a release's statement into its folder, and return the SHA-256 that builders attest."""
    body = made.encoded()
    regular_file.replace(folder / STATEMENT, body)
    return sha256(body).hexdigest()


def attest(published: Path, rebuilt: Path, builder: str, key: Path) -> Attestation:
    """Sign for every part of a published release that this builder's own build equals, whole.

    Writes the attestation and its signature beside the published statement. Raises ReleaseRefused
    if a file came out otherwise, or if no part was built at all.
    """
    body = content(published / STATEMENT)
    told = statement.read_statement(body)
    reproduced = sorted(name for name, part in told.parts.items() if _equals(rebuilt, part.files))
    if not reproduced:
        raise ReleaseRefused("no part of the release has been rebuilt here")
    made = Attestation(builder, sha256(body).hexdigest(), tuple(reproduced))
    text = statement.read_attestation(made.encoded()).encoded()
    folder = published / ATTESTATIONS
    if folder.is_symlink():
        raise ReleaseRefused("the release's attestations lead to another folder")
    folder.mkdir(exist_ok=True)
    regular_file.replace(folder / f"{builder}.json", text)
    regular_file.replace(folder / f"{builder}.json.sig", signers.sign(key, text))
    return made


def _equals(rebuilt: Path, files: Mapping[str, File]) -> bool:
    """Tell whether a part is there, whole. Raises ReleaseRefused if a file that is there differs.

    Also one of a part that is not whole: who states a part decides what else is in it.
    """
    here = {name: file for name, file in files.items() if (rebuilt / name).is_file()}
    for name, file in here.items():
        if _file(rebuilt / name) != file:
            raise ReleaseRefused(f"{name:.100} came out otherwise here")
    return len(here) == len(files)


def _files(folder: Path, name: str, names: Iterable[str]) -> dict[str, File]:
    return {f"{name}/{file}": _file(folder / name / file) for file in names}


def _file(path: Path) -> File:
    try:
        with path.open("rb") as opened:
            return File(file_digest(opened, "sha256").hexdigest(), opened.tell())
    except OSError as problem:
        raise ReleaseRefused(f"{path.parent.name}/{path.name} cannot be read") from problem
