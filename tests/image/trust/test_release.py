"""Builders vouch for a release: enough of them, for this one, for each part that is here."""

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from image import commands
from image.errors import ProgramAbsent
from image.trust import composing, elliptic, release, signers, statement
from image.trust.__main__ import main
from image.trust.errors import ReleaseRefused
from image.trust.release import Threshold, Verdict, decided, verified
from image.trust.statement import Attestation, File, Part, Reproducible, Statement
from tests.image.conftest import BUILDERS, manifest_of

DIGEST = "ab" * 32
BASE = Part(Reproducible.PUBLIC, {"x/files.txt": File(DIGEST, 3)})
VENDOR = Part(Reproducible.LICENSED, {"vendor/module.so": File(DIGEST, 3)})
RELEASE = Statement("1.0", 7, {"base": BASE, "vendor": VENDOR})
TWO = Threshold(2, 1)


def vouched(builder: str, *parts: str, release: str = DIGEST, is_signed: bool = True) -> Verdict:
    return Verdict(Attestation(builder, release, parts or ("base",)), is_signed)


def judged(*verdicts: Verdict, parts: tuple[str, ...] = ("base",)) -> dict[str, tuple[str, ...]]:
    return dict(decided(RELEASE, DIGEST, parts, verdicts, TWO))


def test_accepts_enough_builders() -> None:
    assert judged(vouched("alice"), vouched("bob")) == {"base": ("alice", "bob")}


def test_a_licensed_part_takes_its_own_number_of_licensees() -> None:
    with_vendor = (vouched("alice", "base", "vendor"), vouched("bob"))
    assert judged(*with_vendor, parts=("base", "vendor"))["vendor"] == ("alice",)
    with pytest.raises(ReleaseRefused, match="0 of 1 builders vouch for vendor"):
        judged(vouched("alice"), vouched("bob"), parts=("base", "vendor"))


@pytest.mark.parametrize(
    ("verdicts", "why"),
    [
        ((), "0 of 2 builders"),
        ((vouched("alice"),), "1 of 2 builders"),
        ((vouched("alice"), vouched("alice")), "alice attests twice"),
        ((vouched("alice"), vouched("bob", release="cd" * 32)), "bob attests another release"),
        ((vouched("alice"), vouched("bob", is_signed=False)), "bob is not signed"),
        ((vouched("alice"), vouched("bob", "profile")), "a part that is not there"),
        ((vouched("alice", "vendor"), vouched("bob")), "1 of 2 builders"),
    ],
)
def test_refuses(verdicts: tuple[Verdict, ...], why: str) -> None:
    with pytest.raises(ReleaseRefused, match=why):
        judged(*verdicts)


@pytest.mark.parametrize("threshold", [Threshold(0, 1), Threshold(1, 0), Threshold(-1, 1)])
def test_refuses_a_threshold_of_nobody(threshold: Threshold) -> None:
    with pytest.raises(ReleaseRefused, match="one builder"):
        decided(RELEASE, DIGEST, ("base",), (vouched("alice"),), threshold)


def test_a_statement_has_one_form() -> None:
    body = RELEASE.encoded()
    assert statement.read_statement(body) == RELEASE
    assert statement.read_statement(body).encoded() == body


def changed(change: Callable[[dict[str, object]], object]) -> bytes:
    value = json.loads(RELEASE.encoded())
    change(value)
    return (json.dumps(value, indent=2, sort_keys=True) + "\n").encode()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"[" * 100_000,
        RELEASE.encoded() + b" ",
        RELEASE.encoded().replace(b'"number": 7', b'"number": 7, "number": 8'),
        RELEASE.encoded().replace(b"x/files.txt", b"../etc/passwd"),
        RELEASE.encoded().replace(b"x/files.txt", b"/etc/passwd"),
        RELEASE.encoded().replace(DIGEST.encode(), DIGEST.upper().encode()),
        RELEASE.encoded().replace(b"by-licensees", b"by-nobody"),
        RELEASE.encoded().replace(b"vendor/module.so", b"x/files.txt"),
        changed(lambda value: value.update(number=True)),
        changed(lambda value: value.update(number=0)),
        changed(lambda value: value.update(contract=2)),
        changed(lambda value: value.update(contract=True)),
        RELEASE.encoded().replace(b"x/files.txt", b"x/" + b"f" * 200),
        changed(lambda value: value.update(parts={})),
        changed(lambda value: value.update(comment="unknown")),
        changed(lambda value: value.pop("version")),
    ],
)
def test_refuses_a_statement_in_any_other_form(body: bytes) -> None:
    with pytest.raises(ReleaseRefused):
        statement.read_statement(body)


@pytest.mark.parametrize("reproduced", [(), ("b", "a"), ("a", "a"), ("A",)])
def test_refuses_an_attestation_of_no_parts_or_in_no_order(reproduced: tuple[str, ...]) -> None:
    with pytest.raises(ReleaseRefused):
        statement.read_attestation(Attestation("alice", DIGEST, reproduced).encoded())


@pytest.fixture
def published(tmp_path: Path, keys: Path) -> Path:
    """A release of one image with a vendor's files; alice and bob vouch, bob without a licence."""
    built = tmp_path / "built"
    image = built / "verity-production"
    image.mkdir(parents=True)
    for name in (*composing.SYSTEM, "airlock.efi", *composing.DISK, "vendor.json", "vendor.img"):
        (image / name).write_text(f"content of {name}")
    (image / "manifest.json").write_text(manifest_of({}))
    folder, unlicensed = tmp_path / "published", tmp_path / "unlicensed"
    shutil.copytree(built, folder)
    shutil.copytree(built, unlicensed)
    withhold(unlicensed)
    composing.write(folder, composing.composed(folder, 7))
    composing.attest(folder, built, "alice", keys / "alice")
    composing.attest(folder, unlicensed, "bob", keys / "bob")
    return folder


def withhold(folder: Path) -> None:
    """Take away what holds the vendor's files."""
    for name in (*composing.VENDORED_DISK, "vendor.img"):
        (folder / "verity-production" / name).unlink()


def test_a_release_is_verified_part_by_part(published: Path, keys: Path) -> None:
    found = verified(published, keys / "signers", 2, licensed=1, floor=7)
    assert (found.version, found.number) == ("1.0", 7)
    assert found.builders["base-verity-production"] == ("alice", "bob")
    assert found.builders["vendor-verity-production"] == ("alice",)
    path, file = found.file("verity-production/disk.img")
    assert file.size == path.stat().st_size
    with pytest.raises(ReleaseRefused):
        found.file("verity-production/other.img")


def test_who_has_no_licensed_parts_needs_no_licensees(published: Path, keys: Path) -> None:
    with pytest.raises(ReleaseRefused, match="1 of 2 builders vouch for disk"):
        verified(published, keys / "signers", 2)
    withhold(published)
    found = verified(published, keys / "signers", 2)
    assert sorted(found.builders) == ["base-verity-production", "profile-verity-production"]
    with pytest.raises(ReleaseRefused):
        found.file("verity-production/disk.img")


def _change_an_artifact(folder: Path, keys: Path) -> None:
    (folder / "verity-production" / "airlock.efi").write_text("malware")


def _state_something_else(folder: Path, keys: Path) -> None:
    told = statement.read_statement((folder / "release.json").read_bytes())
    (folder / "release.json").write_bytes(replace(told, number=8).encoded())


def _sign_as_bob(folder: Path, keys: Path) -> None:
    body = (folder / "attestations" / "bob.json").read_bytes()
    (folder / "attestations" / "bob.json.sig").write_bytes(signers.sign(keys / "mallory", body))


def _copy_alice(folder: Path, keys: Path) -> None:
    for suffix in ("json", "json.sig"):
        source = folder / "attestations" / f"alice.{suffix}"
        shutil.copy(source, folder / "attestations" / f"alice2.{suffix}")


def _drop_a_signature(folder: Path, keys: Path) -> None:
    (folder / "attestations" / "bob.json.sig").unlink()


def _add_a_field(folder: Path, keys: Path) -> None:
    path = folder / "attestations" / "bob.json"
    path.write_text(path.read_text().replace("{", '{\n  "also": 1,', 1))


def _drop_everything(folder: Path, keys: Path) -> None:
    shutil.rmtree(folder / "verity-production")


@pytest.mark.parametrize(
    ("attack", "why"),
    [
        (_change_an_artifact, "airlock.efi is not the file"),
        (_state_something_else, "attests another release"),
        (_sign_as_bob, "bob is not signed by them"),
        (_copy_alice, "alice attests twice"),
        (_drop_a_signature, "bob is not signed by them"),
        (_add_a_field, "other fields|one form"),
        (_drop_everything, "no file of the release"),
    ],
)
def test_refuses_a_release_that_was_changed(
    published: Path, keys: Path, attack: Callable[[Path, Path], None], why: str
) -> None:
    attack(published, keys)
    with pytest.raises(ReleaseRefused, match=why):
        verified(published, keys / "signers", 2, licensed=1)


def test_refuses_a_release_below_the_floor_and_a_higher_threshold(
    published: Path, keys: Path
) -> None:
    with pytest.raises(ReleaseRefused, match="below the floor 8"):
        verified(published, keys / "signers", 2, licensed=1, floor=8)
    with pytest.raises(ReleaseRefused, match="2 of 3 builders"):
        verified(published, keys / "signers", 3, licensed=1)


def test_does_not_hear_who_is_not_on_the_verifiers_own_list(published: Path, keys: Path) -> None:
    composing.attest(published, published, "mallory", keys / "mallory")
    found = verified(published, keys / "signers", 2, licensed=1)
    assert "mallory" not in found.builders["base-verity-production"]


def test_a_builder_does_not_vouch_for_what_came_out_otherwise(published: Path, keys: Path) -> None:
    other = published.parent / "other"
    shutil.copytree(published, other)
    (other / "verity-production" / "files.txt").write_text("another")
    with pytest.raises(ReleaseRefused, match=r"files\.txt came out otherwise"):
        composing.attest(published, other, "carol", keys / "carol")
    with pytest.raises(ReleaseRefused, match="no part"):
        composing.attest(published, published.parent / "empty", "carol", keys / "carol")


def test_a_file_that_came_out_otherwise_is_said_whatever_else_its_part_names(
    published: Path, keys: Path
) -> None:
    other = published.parent / "other"
    shutil.copytree(published, other)
    (other / "verity-production" / "disk.img").write_text("another")
    (other / "verity-production" / "disk.bmap").unlink()
    with pytest.raises(ReleaseRefused, match=r"disk\.img came out otherwise"):
        composing.attest(published, other, "carol", keys / "carol")


def test_a_builder_overwrites_nothing_that_a_release_leads_to(published: Path, keys: Path) -> None:
    precious, folder = published.parent / "precious", published / "attestations"
    precious.write_text("builder's own")
    for name in ("carol.json", "carol.json.sig"):
        (folder / name).symlink_to(precious)
    composing.attest(published, published, "carol", keys / "carol")
    assert precious.read_text() == "builder's own"
    assert verified(published, keys / "signers", 3, licensed=2).builders
    folder.rename(published.parent / "elsewhere")
    folder.symlink_to(published.parent / "elsewhere")
    with pytest.raises(ReleaseRefused, match="another folder"):
        composing.attest(published, published, "carol", keys / "carol")


@pytest.mark.parametrize(
    "name", ["release.json", "attestations/bob.json", "attestations/bob.json.sig"]
)
def test_a_pipe_in_a_release_is_refused_and_not_waited_for(
    published: Path, keys: Path, name: str
) -> None:
    (published / name).unlink()
    os.mkfifo(published / name)
    with pytest.raises(ReleaseRefused):
        verified(published, keys / "signers", 2, licensed=1)


def test_nobody_is_accused_where_there_is_no_ssh_keygen(
    published: Path, keys: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, "_ENVIRONMENT", {"PATH": str(tmp_path)})
    with pytest.raises(ProgramAbsent, match="ssh-keygen could not be started"):
        verified(published, keys / "signers", 2, licensed=1)
    with pytest.raises(ProgramAbsent, match="openssl could not be started"):
        elliptic.is_signed(bytes(64), b"", bytes(64))


def test_a_list_of_builders_that_comes_with_the_release_is_nobodys_own(
    published: Path, keys: Path
) -> None:
    shutil.copy(keys / "signers", published / "builders")
    (published.parent / "mine").symlink_to(published / "builders")
    for path in (published / "builders", published.parent / "mine"):
        with pytest.raises(ReleaseRefused, match="does not come with a release"):
            verified(published, path, 2, licensed=1)


@pytest.mark.parametrize(
    "altered",
    [
        lambda lines: lines + lines[:1],
        lambda lines: [*lines, lines[0].replace("alice", "alicia", 1)],
        lambda lines: [lines[0].replace("alice", "*", 1)],
        lambda lines: [lines[0].replace("alice", "alice,bob", 1)],
        lambda lines: [lines[0].replace("namespaces", "cert-authority,namespaces")],
        lambda lines: [lines[0].replace("airlock-release", "git")],
        lambda lines: [lines[0][:-9]],
    ],
)
def test_refuses_a_list_that_could_count_one_person_twice(
    tmp_path: Path, keys: Path, altered: Callable[[list[str]], list[str]]
) -> None:
    lines = (keys / "signers").read_text().splitlines()
    assert signers.read(keys / "signers").names == frozenset(BUILDERS)
    (tmp_path / "signers").write_text("\n".join(altered(lines)) + "\n")
    with pytest.raises(ReleaseRefused):
        signers.read(tmp_path / "signers")


def test_the_command_says_who_vouches(
    published: Path, keys: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["verify-release", str(published), "--allowed-signers", str(keys / "signers")]
    assert main([*words, "--threshold", "2", "--licensed-threshold", "1"]) == 0
    assert "base-verity-production: alice, bob" in capsys.readouterr().out
    assert main([*words, "--threshold", "3"]) == 1
    assert "2 of 3 builders" in capsys.readouterr().err
    assert release.STATEMENT == "release.json"
