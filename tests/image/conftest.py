"""Builders who may vouch for a release."""

import shutil
import subprocess
from pathlib import Path

import pytest

BUILDERS = ("alice", "bob", "carol")


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the builders' keys, and the list of all three of them."""
    if shutil.which("ssh-keygen") is None:
        pytest.skip("there is no ssh-keygen on this machine")
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
