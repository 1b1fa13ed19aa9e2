"""An owner for scenarios: keys, firmware that holds them, and signed disks, as owners make them."""

import sys
from dataclasses import dataclass
from pathlib import Path

from image.boot.bench import Bench, ScenarioFailed
from image.boot.host import VARIABLES
from image.build import PROGRAM
from image.commands import run
from image.disk import uki
from image.trust import elliptic, floor_policy, secure_boot, signed_disk
from image.trust.floor_policy import FloorPolicy
from image.trust.secure_boot import IMAGES, KeyFiles

_OWNER = "a0baa8a3-041d-48a8-bc87-c36d121b5e3d"
_WORD, _OTHER_WORD = b"quiet", b"Quiet"


@dataclass(frozen=True, slots=True)
class Owner:
    """The key that signs programs, and the key that approves releases."""

    images: KeyFiles
    releases: Path
    folder: Path


def owner(folder: Path) -> Owner:
    """Make an owner's keys in this folder. Raises CommandError, TrustError."""
    releases = folder / "release.key"
    elliptic.make_key(releases)
    return Owner(secure_boot.make_key(IMAGES, folder), releases, folder)


def program_of(bench: Bench) -> bytes:
    """Return the unsigned program of the disk under test."""
    return (bench.disk.parent / PROGRAM).read_bytes()


def signed(
    bench: Bench, by: Owner, name: str, program: bytes, policy: FloorPolicy | None = None
) -> Path:
    """Return the disk under test with this program, signed. Raises CommandError, TrustError."""
    unsigned = by.folder / f"unsigned-{name}.efi"
    unsigned.write_bytes(program)
    signature = secure_boot.sign_program(unsigned, by.images, by.folder)
    epoch = int(bench.manifest["source_date_epoch"])
    body = signed_disk.assembled(bench.disk.read_bytes(), program, signature, policy, epoch)
    return _written(by.folder / f"{name}.img", body)


def approved(by: Owner, number: int, program: bytes) -> FloorPolicy:
    """Return the owner's approval of a release of this number."""
    return floor_policy.signed(number, uki.pcr_11(program), by.releases)


def altered(disk: Path, program: bytes, to: Path) -> Path:
    """Copy a disk with one letter of the program's command line changed, and nothing else."""
    (line,) = (each.body for each in uki.sections(program) if each.name == ".cmdline")
    body = disk.read_bytes()
    if body.count(line) != 1 or line.count(_WORD) != 1:
        raise ScenarioFailed("the program's command line is not where it is looked for")
    return _written(to, body.replace(line, line.replace(_WORD, _OTHER_WORD)))


def firmware(by: Owner) -> Path:
    """Return firmware variables with the owner's certificate as PK, KEK and db."""
    made = by.folder / "owner-variables.fd"
    program = Path(sys.executable).with_name("virt-fw-vars")
    held = [
        word
        for option in ("--set-pk", "--add-kek", "--add-db")
        for word in (option, _OWNER, by.images.certificate)
    ]
    run([program, "--input", VARIABLES, "--output", made, *held, "--secure-boot"])
    return made


def _written(path: Path, body: bytes) -> Path:
    path.write_bytes(body)
    return path
