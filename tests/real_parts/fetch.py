"""Fetch the real parts that no package of this machine installs: a Bitcoin node and an EVM node.

They are unpacked into `.parts/` and never installed. The Bitcoin node comes from Debian's archive
through a private apt root, checked by Debian's keyring; the EVM node through npm, checked by the
digest written here. Where from is the machine's own configuration: no address stands in this file.

    python -m tests.real_parts.fetch
"""

import base64
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
PARTS = ROOT / ".parts"
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
DEBOOTSTRAP = Path("/usr/sbin/debootstrap")
MIRROR_VARIABLE = "AIRLOCK_DEBIAN_MIRROR"

BITCOIN = "bitcoin-knots"
SUITES = ("trixie", "trixie-backports")
ANVIL = "@foundry-rs/anvil-linux-amd64@1.7.1"
ANVIL_SHA512 = (
    "+XmShybEaxfCrr0OUUZwYEy2OnYZt5pHH9TzBtLv3+VrK0O/ANuNSVEahqNhKHlgX7GRJ59383ofNhxkRWIYTg=="
)


class FetchError(Exception):
    """A part cannot be had here; the sentence says why and what to do."""


def main() -> None:
    """Fetch what is missing."""
    PARTS.mkdir(exist_ok=True)
    for name, fetch in (("bitcoin", fetch_bitcoin), ("anvil", fetch_anvil)):
        stamp = PARTS / f"{name}.done"
        if not stamp.exists():
            print(f"real parts: fetching {name}", flush=True)
            shutil.rmtree(PARTS / name, ignore_errors=True)
            (PARTS / name).mkdir()
            fetch(PARTS / name)
            stamp.touch()


def run(command: list[str], folder: Path | None = None) -> str:
    """Run a program and return what it printed. Raises FetchError."""
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if ran.returncode:
        told = (ran.stderr or ran.stdout).strip().splitlines()[-1:]
        raise FetchError(f"{command[0]} {command[1]} failed: {' '.join(told)}")
    return ran.stdout


def debian_mirror() -> str:
    """Return the address of Debian's archive by this machine's own apt sources."""
    if named := os.environ.get(MIRROR_VARIABLE):
        return named
    listed = run(
        ["apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE)", "Created-By: Packages"]
    )
    for line in listed.splitlines():
        address, _, release = line.partition(" ")
        if release in ("bookworm", "trixie", "forky", "stable", "oldstable", "testing"):
            return address.rstrip("/")
    # On a derivative, Debian's own installer package knows where the archive is.
    if DEBOOTSTRAP.exists():
        found = re.search(r'^DEF_MIRROR="(\S+/debian)/?"$', DEBOOTSTRAP.read_text(), re.MULTILINE)
        if found:
            return found[1]
    raise FetchError(
        "this machine's apt sources name no Debian archive; "
        f"set {MIRROR_VARIABLE} to the address of one"
    )


def fetch_bitcoin(folder: Path) -> None:
    """Unpack a Bitcoin node with every library it needs, and its own loader."""
    if not Path(KEYRING).exists():
        raise FetchError("the package debian-archive-keyring is missing")
    with tempfile.TemporaryDirectory() as scratch:
        options = apt_root(Path(scratch), debian_mirror())
        run(["apt-get", "update", "-qq", *options])
        wanted = f"{BITCOIN}/{SUITES[-1]}"
        run(["apt-get", "install", "--download-only", "-y", "-qq", wanted, *options])
        for package in sorted((Path(scratch) / "cache" / "archives").glob("*.deb")):
            run(["dpkg-deb", "-x", str(package), str(folder)])
    loader = folder / "usr/lib64/ld-linux-x86-64.so.2"
    libraries = folder / "usr/lib/x86_64-linux-gnu"
    for program in ("bitcoind", "bitcoin-cli"):
        script = folder / program
        start = f'exec "{loader}" --library-path "{libraries}" "{folder}/usr/bin/{program}" "$@"'
        script.write_text(f"#!/bin/sh\n{start}\n")
        script.chmod(0o755)
    run([str(folder / "bitcoind"), "--version"])


def apt_root(scratch: Path, mirror: str) -> list[str]:
    """Make a private apt root: own lists, cache and status; nothing of the machine's is touched."""
    for name in ("state/lists/partial", "cache/archives/partial"):
        (scratch / name).mkdir(parents=True)
    (scratch / "state" / "status").touch()
    sources = (f"deb [signed-by={KEYRING}] {mirror} {suite} main\n" for suite in SUITES)
    (scratch / "sources.list").write_text("".join(sources))
    settings = {
        "Dir::Etc::sourcelist": f"{scratch}/sources.list",
        "Dir::Etc::sourceparts": "-",
        "Dir::State": f"{scratch}/state",
        "Dir::State::status": f"{scratch}/state/status",
        "Dir::Cache": f"{scratch}/cache",
        "APT::Install-Recommends": "0",
        "APT::Sandbox::User": "root",
        "Debug::NoLocking": "1",
    }
    return [part for name, value in settings.items() for part in ("-o", f"{name}={value}")]


def fetch_anvil(folder: Path) -> None:
    """Unpack the EVM node from its npm package; no install script is run."""
    if shutil.which("npm") is None:
        raise FetchError("npm is missing, which brings the EVM node")
    with tempfile.TemporaryDirectory() as scratch:
        run(["npm", "pack", "--silent", ANVIL], Path(scratch))
        package = next(Path(scratch).glob("*.tgz"))
        digest = base64.b64encode(hashlib.sha512(package.read_bytes()).digest()).decode()
        if digest != ANVIL_SHA512:
            raise FetchError("the EVM node's package is not the one whose digest is written here")
        program = folder / "anvil"
        with tarfile.open(package) as archive, program.open("wb") as file:
            if (packed := archive.extractfile("package/bin/anvil")) is None:
                raise FetchError("the EVM node's package holds no program")
            shutil.copyfileobj(packed, file)
    program.chmod(0o755)
    run([str(program), "--version"])


if __name__ == "__main__":
    try:
        main()
    except FetchError as error:
        sys.exit(f"real parts: {error}")
