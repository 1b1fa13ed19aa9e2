"""The owner's commands: keys for firmware, the signature of a program, the policy of a release."""

import argparse
import tempfile
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from image import build, regular_file
from image.disk import bmap
from image.metadata import manifest
from image.metadata.manifest import LARGEST, Manifest
from image.trust import authenticode, elliptic, floor_policy, secure_boot, signed_disk
from image.trust.errors import TrustError
from image.trust.secure_boot import SIGNERS, KeyFiles

SIGNATURE, POLICY = "airlock.efi.sig", "airlock.policy"
SIGNED_DISK, SIGNED_MAP = "signed.img", "signed.bmap"
RELEASE_KEY = "release.key"


def add_commands(commands: Any) -> None:
    """Add `keys`, `sign`, `policy`, `signed-disk` and `strip` to the command line."""
    keys = commands.add_parser("keys", help="make PK, KEK, db and the release key")
    keys.add_argument("folder", type=Path, metavar="FOLDER")
    keys.add_argument("--owner", type=UUID, default=uuid4(), metavar="UUID")
    keys.add_argument(
        "--epoch", type=_seconds, required=True, help="the variables' time, Unix seconds"
    )
    sign = commands.add_parser("sign", help="sign a program; the signature is a file of its own")
    sign.add_argument("--key", required=True, help="of db: a file or a URI")
    sign.add_argument("--certificate", type=Path, required=True)
    policy = commands.add_parser("policy", help="let a release open data volumes, none before it")
    policy.add_argument("--number", type=int, required=True, help="its place among the releases")
    policy.add_argument("--key", required=True, help="the release key: a file or a URI")
    disk = commands.add_parser("signed-disk", help="build the owner's disk from published files")
    for command in (sign, policy, disk):
        command.add_argument("image", type=Path, metavar="FOLDER", help="of one built image")
    strip = commands.add_parser("strip", help="show that a signed program is the one in a manifest")
    strip.add_argument("program", type=Path, metavar="PROGRAM")
    strip.add_argument("--manifest", type=Path, required=True)
    for command, runs in (
        (keys, _keys), (sign, _sign), (policy, _policy), (disk, _disk), (strip, _strip)
    ):  # fmt: skip
        command.set_defaults(run=runs)


def _seconds(word: str) -> int:
    """Return a time before a key is made for it: firmware's variables hold no year but of four."""
    seconds = int(word)
    if not 0 < seconds < 1 << 32:
        raise argparse.ArgumentTypeError(f"{seconds} is no time in seconds since 1970")
    return seconds


def _keys(options: argparse.Namespace) -> int:
    folder: Path = options.folder
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    keys = {name: secure_boot.make_key(name, folder) for name in SIGNERS}
    for name, signer in SIGNERS.items():
        body = secure_boot.certificate(keys[name])
        content = secure_boot.signature_list(body, options.owner)
        update = secure_boot.update(name, content, options.epoch, keys[signer])
        for suffix, made in (("cer", body), ("esl", content), ("auth", update)):
            (folder / f"{name}.{suffix}").write_bytes(made)
    elliptic.make_key(folder / RELEASE_KEY)
    print(f"{folder} holds the owner's keys. What ends in .key is secret.")
    return 0


def _sign(options: argparse.Namespace) -> int:
    program = options.image / build.PROGRAM
    with tempfile.TemporaryDirectory() as scratch:
        signer = KeyFiles(options.key, options.certificate)
        signature = secure_boot.sign_program(program, signer, Path(scratch))
    regular_file.replace(options.image / SIGNATURE, signature)
    signed = authenticode.attached(program.read_bytes(), signature)
    print(f"{SIGNATURE} is written; signed, the program is {sha256(signed).hexdigest()}")
    return 0


def _policy(options: argparse.Namespace) -> int:
    measured = manifest.read(options.image / build.MANIFEST).pcr_11
    made = floor_policy.signed(options.number, measured, options.key)
    regular_file.replace(options.image / POLICY, floor_policy.decoded(made.encoded()).encoded())
    print(f"{POLICY} is written, for release number {made.number}")
    return 0


def _disk(options: argparse.Namespace) -> int:
    made = owners_disk(options.image, options.image)
    regular_file.replace(options.image / SIGNED_DISK, made)
    regular_file.replace(options.image / SIGNED_MAP, bmap.of(made))
    print(f"{SIGNED_DISK} is {sha256(made).hexdigest()}")
    return 0


def owners_disk(built: Path, owned: Path) -> bytes:
    """Return the owner's disk, of an image that was built and what the owner published for it.

    `owned` holds the signature, and the policy if there is one. Raises TrustError, PartError.
    """
    described = manifest.read(built / build.MANIFEST)
    disk, program = (_listed(built / name, described) for name in (build.DISK, build.PROGRAM))
    policy = None
    if (owned / POLICY).exists():
        policy = floor_policy.decoded(regular_file.content(owned / POLICY, LARGEST))
    signature = regular_file.content(owned / SIGNATURE, LARGEST)
    return signed_disk.assembled(disk, program, signature, policy, described.epoch)


def _strip(options: argparse.Namespace) -> int:
    unsigned, signature = authenticode.detached(options.program.read_bytes())
    expected = manifest.read(options.manifest).artifact(build.PROGRAM)
    if sha256(unsigned).hexdigest() != expected:
        raise TrustError("without its signature the program is not the one in the manifest")
    digest = authenticode.digest(unsigned)
    if digest not in signature:
        raise TrustError("the signature is not over this program")
    print(f"without its signature the program is the manifest's; signed for: {digest.hex()}")
    return 0


def _listed(path: Path, described: Manifest) -> bytes:
    body = path.read_bytes()
    if sha256(body).hexdigest() != described.artifact(path.name):
        raise TrustError(f"{path.name} is not the one in its manifest")
    return body
