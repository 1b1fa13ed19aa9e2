"""A release that enough builders vouch for, or none: what flashing and verifying ask first.

A release's folder holds `release.json`, its statement; for each builder `attestations/NAME.json`
and `NAME.json.sig`; and the files that the statement names, or some of them. Who has no licence for
a vendor's part has it attested by those who do, or leaves it out.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import file_digest, sha256
from pathlib import Path

from image import regular_file
from image.trust import signers as allowed
from image.trust import statement
from image.trust.errors import ReleaseRefused
from image.trust.signers import Signers
from image.trust.statement import Attestation, File, Part, Reproducible, Statement

STATEMENT, ATTESTATIONS = "release.json", "attestations"
MOST_ATTESTATIONS = 256


@dataclass(frozen=True, slots=True)
class Threshold:
    """How many builders it takes for a part that anyone can reproduce, and for a licensed one."""

    public: int
    licensed: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """An attestation whose builder is allowed, and whether the signature is theirs."""

    attestation: Attestation
    is_signed: bool


@dataclass(frozen=True, slots=True)
class Release:
    """A release that is vouched for: `files` are those that are here, each as vouched for."""

    folder: Path
    version: str
    number: int
    files: Mapping[str, File]
    builders: Mapping[str, tuple[str, ...]]
    """Of each part that is here, the builders who vouch for it."""
    vouching: Mapping[str, tuple[str, ...]]
    """Of each file that is here, the builders who vouch for it."""
    licensed: frozenset[str]
    """Those of the files that only licensees can rebuild."""

    def file(self, name: str) -> tuple[Path, File]:
        """Return where a file is and what it has to hash to, which its reader hashes again.

        Raises ReleaseRefused for a file that nobody vouches for, or that is not here.
        """
        if name not in self.files:
            raise ReleaseRefused(f"{name[:64]} is not among the files that builders vouch for here")
        return self.folder / name, self.files[name]


def verified(
    folder: Path, signers: Path, threshold: int, *, licensed: int | None = None, floor: int = 0
) -> Release:
    """Return the release in a folder, if it is what enough builders vouch for.

    `signers` is the verifier's own list of builders; `threshold` of them have to have reproduced
    every part of which a file is here, or `licensed` of them a licensed part. `floor` is the lowest
    number that is accepted. Raises ReleaseRefused with what is wrong, CommandError.
    """
    listed = allowed.read(signers)
    if signers.resolve().is_relative_to(folder.resolve()):
        raise ReleaseRefused("the list of builders is your own: it does not come with a release")
    body = content(folder / STATEMENT)
    told = statement.read_statement(body)
    present = _present(folder, told)
    asked = Threshold(threshold, threshold if licensed is None else licensed)
    verdicts = _verdicts(folder / ATTESTATIONS, listed)
    _verify_floor(told, floor)
    builders = decided(told, sha256(body).hexdigest(), tuple(present), verdicts, asked)
    files = {path: file for part in present.values() for path, file in part.items()}
    for path, file in files.items():
        _verify_file(folder / path, file)
    vouching = {path: builders[name] for name, part in present.items() for path in part}
    held = frozenset(path for path in files if _is_licensed(told, path))
    return Release(folder, told.version, told.number, files, builders, vouching, held)


def _is_licensed(told: Statement, path: str) -> bool:
    return any(
        path in part.files and part.reproducible is Reproducible.LICENSED
        for part in told.parts.values()
    )


def decided(
    told: Statement,
    digest: str,
    parts: Iterable[str],
    verdicts: Iterable[Verdict],
    threshold: Threshold,
) -> Mapping[str, tuple[str, ...]]:
    """Return who vouches for each of these parts of the release whose statement has this digest.

    One wrong attestation refuses the release, however many are right: builders who disagree are to
    be heard. Raises ReleaseRefused.
    """
    if min(threshold.public, threshold.licensed) < 1:
        raise ReleaseRefused("a release takes one builder at least")
    vouching: dict[str, list[str]] = {name: [] for name in told.parts}
    seen: set[str] = set()
    for verdict in verdicts:
        attestation = verdict.attestation
        _verify_verdict(verdict, digest, seen)
        seen.add(attestation.builder)
        for name in attestation.reproduced:
            if name not in vouching:
                raise ReleaseRefused(f"{attestation.builder} attests a part that is not there")
            vouching[name].append(attestation.builder)
    found = {name: tuple(sorted(vouching[name])) for name in parts}
    for name, builders in found.items():
        _verify_enough(name, told.parts[name], len(builders), threshold)
    return found


def _verify_verdict(verdict: Verdict, digest: str, seen: set[str]) -> None:
    builder = verdict.attestation.builder
    if not verdict.is_signed:
        raise ReleaseRefused(f"the attestation of {builder} is not signed by them")
    if verdict.attestation.release != digest:
        raise ReleaseRefused(f"{builder} attests another release than this one")
    if builder in seen:
        raise ReleaseRefused(f"{builder} attests twice, and counts once")


def _verify_enough(name: str, part: Part, builders: int, threshold: Threshold) -> None:
    is_licensed = part.reproducible is Reproducible.LICENSED
    needed = threshold.licensed if is_licensed else threshold.public
    if builders < needed:
        raise ReleaseRefused(f"{builders} of {needed} builders vouch for {name}")


def _verify_floor(told: Statement, floor: int) -> None:
    if told.number < floor:
        raise ReleaseRefused(f"the release has number {told.number}, below the floor {floor}")


def _present(folder: Path, told: Statement) -> dict[str, dict[str, File]]:
    """Return the files that are here, by their parts. Raises ReleaseRefused if there are none."""
    here = {
        name: {path: file for path, file in part.files.items() if (folder / path).is_file()}
        for name, part in told.parts.items()
    }
    present = {name: files for name, files in here.items() if files}
    if not present:
        raise ReleaseRefused("there is no file of the release here")
    return present


def _verdicts(folder: Path, listed: Signers) -> tuple[Verdict, ...]:
    """Return what listed builders say. Who is not on the verifier's list is not heard."""
    paths = sorted(folder.glob("*.json"))
    if len(paths) > MOST_ATTESTATIONS:
        raise ReleaseRefused("there are more attestations than builders could be")
    verdicts = []
    for path in paths:
        body = content(path)
        attestation = statement.read_attestation(body)
        if attestation.builder in listed.names:
            signature = path.with_name(path.name + ".sig")
            is_signed = signature.is_file() and allowed.is_signed(
                listed, attestation.builder, body, signature
            )
            verdicts.append(Verdict(attestation, is_signed))
    return tuple(verdicts)


def _verify_file(path: Path, file: File) -> None:
    try:
        with path.open("rb") as opened:
            found = File(file_digest(opened, "sha256").hexdigest(), opened.tell())
    except OSError as problem:
        raise ReleaseRefused(f"{path.name} cannot be read") from problem
    if found != file:
        raise ReleaseRefused(f"{path.name} is not the file that builders vouch for")


def content(path: Path) -> bytes:
    """Return a statement, an attestation or a signature, unread. Raises ReleaseRefused."""
    try:
        return regular_file.content(path, statement.LARGEST)
    except OSError as problem:
        raise ReleaseRefused(f"{path.name} cannot be read") from problem
