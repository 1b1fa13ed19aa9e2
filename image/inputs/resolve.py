"""Resolve what is wanted into a lock, with apt and nothing of this machine's own package state.

A private apt root holds lists, cache and an empty status file; Release files are accepted only with
a signature of the Debian archive keyring; apt prints the files it would fetch, with SHA-256.
"""

import re
import tempfile
from datetime import UTC
from email.utils import parsedate_to_datetime
from hashlib import sha256
from pathlib import Path
from urllib.parse import unquote

from image.commands import run
from image.errors import LockError
from image.inputs import wheels
from image.inputs.lock import SETS, Lock, Package, Release, Wheel
from image.inputs.wanted import Wanted, WantedSet

_KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
ROW = re.compile(
    r"^'(?P<address>[^']+)' (?P<file>\S+) (?P<size>\d+) SHA256:(?P<sha256>[0-9a-f]{64})$"
)
_DATE = re.compile(r"^Date: (.+)$", re.MULTILINE)
_SUITE = re.compile(r"^Codename: (\S+)$", re.MULTILINE)

_SETTINGS = """\
Dir "{root}";
Dir::Etc "etc";
Dir::Etc::sourcelist "sources.list";
Dir::Etc::sourceparts "-";
Dir::State "state";
Dir::State::status "{root}/state/status";
Dir::Cache "cache";
Dir::Log "log";
APT::Architecture "amd64";
APT::Architectures {{ "amd64"; }};
APT::Install-Recommends "false";
APT::Sandbox::User "";
Acquire::Languages "none";
Acquire::ForceHash "SHA256";
"""


def _apt_root(root: Path, suites: tuple[tuple[str, str], ...], mirrors: dict[str, str]) -> None:
    for folder in ("etc", "state/lists/partial", "cache/archives/partial", "log"):
        (root / folder).mkdir(parents=True)
    (root / "state/status").touch()
    lines = [f"deb [signed-by={_KEYRING}] {mirrors[a]} {suite} main\n" for a, suite in suites]
    (root / "etc/sources.list").write_text("".join(lines))
    (root / "apt.conf").write_text(_SETTINGS.format(root=root))


def _apt(root: Path, *words: str) -> str:
    return run(
        ["apt-get", "-q", *words], environment={"APT_CONFIG": str(root / "apt.conf")}
    ).decode()


def _releases(root: Path, suites: tuple[tuple[str, str], ...]) -> tuple[Release, ...]:
    found = {}
    for path in sorted((root / "state/lists").glob("*_InRelease")):
        body = path.read_bytes()
        text = body.decode("utf-8")
        date, suite = _DATE.search(text), _SUITE.search(text)
        if date is None or suite is None:
            raise LockError(f"{path.name:.64} has no date or no name")
        moment = parsedate_to_datetime(date[1]).astimezone(UTC)
        found[suite[1]] = (moment.strftime("%Y-%m-%dT%H:%M:%SZ"), sha256(body).hexdigest())
    if set(found) != {suite for _, suite in suites}:
        raise LockError("apt did not read every suite that was asked for")
    return tuple(Release(archive, suite, *found[suite]) for archive, suite in suites)


def package_from_row(row: re.Match[str], mirrors: dict[str, str]) -> Package:
    """Return the package one line of `apt-get --print-uris` names.

    Raises LockError if its address is on no known mirror.
    """
    address = unquote(row["address"])
    held = [archive for archive in mirrors if address.startswith(f"{mirrors[archive]}/pool/")]
    if len(held) != 1:
        raise LockError("apt names a file that is on no known mirror")
    name, version, architecture = unquote(row["file"]).removesuffix(".deb").rsplit("_", 2)
    path = address.removeprefix(f"{mirrors[held[0]]}/")
    size = int(row["size"])
    return Package(name, version, architecture, held[0], path, size, row["sha256"])


def _closure(root: Path, wanted: WantedSet, mirrors: dict[str, str]) -> tuple[Package, ...]:
    order = "download" if wanted.alone else "install"
    printed = _apt(root, order, "--yes", "--print-uris", *wanted.names)
    rows = [row for line in printed.splitlines() if (row := ROW.match(line))]
    packages = tuple(package_from_row(row, mirrors) for row in rows)
    names = {package.name for package in packages}
    if absent := set(wanted.names) - names:
        raise LockError(f"apt did not resolve {min(absent)}")
    return tuple(package for package in packages if package.name not in wanted.without)


def resolve(wanted: Wanted, mirrors: dict[str, str], requirements: Path, download: Path) -> Lock:
    """Resolve everything anew.

    `requirements` is the hashed requirements file the Python packages are taken from, `download` a
    folder their wheels are left in. Raises LockError, CommandError.
    """
    if absent := {archive for archive, _ in wanted.suites} - set(mirrors):
        raise LockError(f"no mirror of the archive {min(absent)} is known: give --mirror")
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        _apt_root(root, wanted.suites, mirrors)
        _apt(root, "update", "-o", "APT::Update::Error-Mode=any")
        releases = _releases(root, wanted.suites)
        closures = {name: _closure(root, wanted.sets[name], mirrors) for name in SETS}
    left_out = wanted.sets["root"].without | {package.name for package in closures["root"]}
    closures["demo"] = tuple(p for p in closures["demo"] if p.name not in left_out)
    packages = {package.name: package for closure in closures.values() for package in closure}
    sets = {name: tuple(sorted(p.name for p in closure)) for name, closure in closures.items()}
    ordered = tuple(packages[name] for name in sorted(packages))
    return Lock(releases, ordered, wheels.resolve(wanted.wheels, requirements, download), sets)


def changes(before: Lock, after: Lock) -> tuple[str, ...]:
    """Return what a new lock changes, a line each, for a person to review."""
    old, new = _files(before), _files(after)
    lines = [
        _line(name, old.get(name), new.get(name))
        for name in sorted(old.keys() | new.keys())
        if old.get(name) != new.get(name)
    ]
    lines += [
        f"set {name}: other members" for name in SETS if before.sets[name] != after.sets[name]
    ]
    if before.snapshot != after.snapshot:
        lines.append(f"snapshot: {before.snapshot} -> {after.snapshot}")
    return tuple(lines)


def _files(lock: Lock) -> dict[str, Package | Wheel]:
    return {p.name: p for p in lock.packages} | {w.name: w for w in lock.wheels}


def _line(name: str, old: Package | Wheel | None, new: Package | Wheel | None) -> str:
    before, after = old.version if old else "absent", new.version if new else "gone"
    return f"{name}: {before} -> {after}" + (", another file" if before == after else "")
