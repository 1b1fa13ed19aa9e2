"""A small image as a build leaves it, and a release of it that two builders vouch for."""

import shutil
from pathlib import Path

import pytest

from image.disk import bmap, esp, gpt, uki
from image.disk.uki import Section
from image.metadata import manifest
from image.trust import composing
from tests.image.trust.test_secure_boot import stub

EPOCH = 1_793_528_430
SOURCES = manifest.Sources("1.0", EPOCH, "2026-11-01T10:20:30Z", "l", "6.12", "c", "i", "k", 3, 4)
IMAGE = "verity-production"


def written(folder: Path, told: bytes = b"ro") -> Path:
    """Write an image's files, as a build does, whose command line is `told`."""
    folder.mkdir(parents=True)
    program = uki.assemble(stub(), (Section(".cmdline", told),))
    boot = gpt.Partition(gpt.ESP, gpt.ESP, "airlock-boot", 0, esp.make(program, 1, EPOCH))
    root = gpt.Partition(gpt.ROOT, gpt.ROOT, "airlock-root", 0, bytes(range(256)) * 64)
    disk = gpt.disk(gpt.ROOT, (boot, root))
    texts = {name: name.encode() for name in composing.SYSTEM}
    artifacts = {"disk.img": disk, "disk.bmap": bmap.of(disk), "airlock.efi": program, **texts}
    root_told = {"root_hash": None, "root_words": ["some", "words"], "pcr11": "00" * 32}
    text = manifest.described(f"airlock-{folder.name}", SOURCES, artifacts, root_told, ())
    for name, body in {**artifacts, "manifest.json": text.encode()}.items():
        (folder / name).write_bytes(body)
    return folder


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """A folder with one image, built here."""
    return written(tmp_path / "built" / IMAGE).parent


@pytest.fixture
def published(built: Path, keys: Path) -> Path:
    """A release of that image, which alice and bob vouch for."""
    folder = built.with_name("published")
    shutil.copytree(built, folder)
    composing.write(folder, composing.composed(folder, 7))
    for builder in ("alice", "bob"):
        composing.attest(folder, built, builder, keys / builder)
    return folder
