"""Builders who may vouch for a release, and what an image's manifest says."""

import subprocess
from pathlib import Path

import pytest

from image.metadata import manifest
from tests.real_parts import programs

BUILDERS = ("alice", "bob", "carol")
SOURCES = manifest.Sources(
    "1.0", 1_793_528_430, "2026-11-01T10:20:30Z", "l", "6.12", "c", "i", "k", 3, 4
)


def manifest_of(artifacts: dict[str, bytes], pcr_11: bytes = bytes(32)) -> str:
    root = {"root_hash": None, "root_words": ["some", "words"], "pcr11": pcr_11.hex()}
    return manifest.described("airlock-x", SOURCES, artifacts, root, ())


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the builders' keys, and the list of all three of them."""
    programs.demand("ssh-keygen")
    folder = tmp_path_factory.mktemp("builders")
    lines = []
    for name in (*BUILDERS, "mallory"):
        words = ("-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(folder / name))
        subprocess.run(("ssh-keygen", *words), check=True)
        kind, key, _ = (folder / f"{name}.pub").read_text().split()
        lines.append(f'{name} namespaces="airlock-release" {kind} {key}\n')
    (folder / "signers").write_text("".join(lines[:3]))
    (folder / "mallory.line").write_text(lines[3])
    return folder
