"""A medium gets what builders vouch for, or what its owner says is nobody's word but theirs."""

import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from image.__main__ import main
from image.disk import gpt
from image.trust import composing, statement
from image.trust.__main__ import main as trust
from image.trust.signed_disk import partitions
from image.trust.statement import Reproducible
from tests.image.release.conftest import IMAGE, written

Flash = Callable[..., tuple[int, str]]


@pytest.fixture
def medium(tmp_path: Path) -> Path:
    path = tmp_path / "medium"
    path.write_bytes(bytes(8 << 20))
    return path


@pytest.fixture
def flash(
    medium: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Flash:
    def run(folder: Path, *words: str | Path) -> tuple[int, str]:
        line = ["image", "flash", str(medium), "--image", str(folder / IMAGE), "--yes"]
        monkeypatch.setattr("sys.argv", [*line, *map(str, words)])
        status = main()
        said = capsys.readouterr()
        return status, said.out + said.err

    return run


def demands(keys: Path, threshold: int) -> tuple[str | Path, ...]:
    return ("--allowed-signers", keys / "signers", "--threshold", str(threshold))


def test_writes_a_release_that_enough_builders_vouch_for(
    published: Path, keys: Path, medium: Path, flash: Flash
) -> None:
    status, said = flash(published, *demands(keys, 2), "--floor", "7")
    assert status == 0
    assert "release 1.0, number 7: alice, bob" in said
    disk = (published / IMAGE / "disk.img").read_bytes()
    assert medium.read_bytes()[: len(disk)] == disk


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ((), "--allowed-signers FILE --threshold K"),
        (("--unattested",), "when enough builders vouch for it"),
        (("--threshold", "2"), "say who may vouch"),
        (("--floor", "1"), "say who may vouch"),
    ],
)
def test_refuses_a_release_without_demands_and_says_what_to_do(
    published: Path, medium: Path, flash: Flash, words: tuple[str, ...], why: str
) -> None:
    status, said = flash(published, *words)
    assert status == 1
    assert why in said
    assert not any(medium.read_bytes())


def test_refuses_a_release_that_too_few_vouch_for_or_that_is_too_old(
    published: Path, keys: Path, medium: Path, flash: Flash
) -> None:
    status, said = flash(published, *demands(keys, 3))
    assert (status, "2 of 3 builders" in said) == (1, True)
    status, said = flash(published, *demands(keys, 2), "--floor", "8")
    assert (status, "below the floor 8" in said) == (1, True)
    status, said = flash(published, *demands(keys, 2), "--unattested")
    assert (status, "not both" in said) == (1, True)
    assert not any(medium.read_bytes())


@pytest.mark.parametrize("name", ["disk.img", "manifest.json"])
def test_refuses_a_release_whose_file_was_changed_or_left_out(
    published: Path, keys: Path, medium: Path, flash: Flash, name: str
) -> None:
    path = published / IMAGE / name
    path.write_bytes(path.read_bytes().replace(b"a", b"b", 1))
    status, said = flash(published, *demands(keys, 2))
    assert (status, f"{name} is not the file" in said) == (1, True)
    path.unlink()
    status, said = flash(published, *demands(keys, 2))
    assert (status, "not among the files that builders vouch for" in said) == (1, True)
    assert not any(medium.read_bytes())


def test_writes_a_build_of_ones_own_with_loud_words(
    built: Path, medium: Path, flash: Flash
) -> None:
    status, said = flash(built)
    assert (status, "nobody vouches for this image" in said) == (1, True)
    assert not any(medium.read_bytes())
    status, said = flash(built, "--unattested")
    assert (status, "NOBODY VOUCHES FOR THIS IMAGE" in said) == (0, True)
    assert any(medium.read_bytes())


def test_a_release_is_one_wherever_people_stand(
    published: Path, medium: Path, flash: Flash, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / IMAGE).symlink_to(published / IMAGE)
    status, said = flash(tmp_path / "mine", "--unattested")
    assert (status, "when enough builders vouch for it" in said) == (1, True)
    monkeypatch.chdir(published / IMAGE)
    status, said = flash(published, "--unattested", "--image", ".")
    assert (status, "when enough builders vouch for it" in said) == (1, True)
    assert not any(medium.read_bytes())


def test_nothing_is_written_when_people_give_no_answer(
    built: Path, medium: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def ended(_prompt: str) -> str:
        raise EOFError

    words = ["image", "flash", str(medium), "--image", str(built / IMAGE), "--unattested"]
    monkeypatch.setattr("sys.argv", words)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", ended)
    assert main() == 1
    assert "nothing was written" in capsys.readouterr().err
    assert not any(medium.read_bytes())


def test_an_interrupted_command_says_so_in_a_line(
    built: Path, medium: Path, flash: Flash, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(_path: Path, _expected: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("image.release.flash.verify_expected", interrupted)
    status, said = flash(built, "--unattested")
    assert (status, said.splitlines()[-1]) == (130, "image: interrupted")


def licensed(built: Path, folder: Path, keys: Path, disk: bytes) -> Path:
    """A release with a vendor's part and this disk: two vouch for what anyone can build, one for
    the disk."""
    for name in ("vendor.json", "vendor.img"):
        (built / IMAGE / name).write_text("vendor's")
    shutil.copytree(built, folder)
    (folder / IMAGE / "disk.img").write_bytes(disk)
    composing.write(folder, composing.composed(folder, 7))
    composing.attest(folder, folder, "carol", keys / "carol")
    unlicensed = folder.with_name("unlicensed")
    shutil.copytree(built, unlicensed)
    for name in (*composing.VENDORED_DISK, "vendor.img"):
        (unlicensed / IMAGE / name).unlink()
    composing.attest(folder, unlicensed, "alice", keys / "alice")
    return folder


def test_one_licensee_is_enough_for_a_disk_that_starts_what_builders_vouch_for(
    built: Path, keys: Path, medium: Path, flash: Flash, tmp_path: Path
) -> None:
    disk = (built / IMAGE / "disk.img").read_bytes()
    folder = licensed(built, tmp_path / "release", keys, disk)
    status, said = flash(folder, *demands(keys, 2), "--licensed-threshold", "1")
    assert (status, "number 7: carol" in said) == (0, True)
    assert medium.read_bytes()[: len(disk)] == disk


def another_program(disk: bytes, other: bytes) -> bytes:
    return other


def two_programs(disk: bytes, other: bytes) -> bytes:
    parts = (*partitions(disk), *(part for part in partitions(other) if part.kind == gpt.ESP))
    return gpt.disk(gpt.ROOT, parts)


def something_beside(disk: bytes, other: bytes) -> bytes:
    boot, root = partitions(disk)
    body = boot.body[:-512] + b"x" * 512
    return gpt.disk(gpt.ROOT, (replace(boot, body=body), root))


def no_program(disk: bytes, other: bytes) -> bytes:
    return gpt.disk(gpt.ROOT, partitions(disk)[1:])


@pytest.mark.parametrize("attack", [another_program, two_programs, something_beside, no_program])
def test_one_licensee_is_not_enough_for_a_disk_that_starts_something_else(
    built: Path, keys: Path, medium: Path, flash: Flash, tmp_path: Path,
    attack: Callable[[bytes, bytes], bytes],
) -> None:  # fmt: skip
    other = written(tmp_path / "other" / IMAGE, b"init=/evil")
    disk = attack(*((folder / "disk.img").read_bytes() for folder in (built / IMAGE, other)))
    folder = licensed(built, tmp_path / "release", keys, disk)
    status, said = flash(folder, *demands(keys, 2), "--licensed-threshold", "1")
    assert (status, "start" in said) == (1, True)
    assert not any(medium.read_bytes())


def test_one_licensee_is_not_enough_where_everything_is_said_to_be_licensed(
    built: Path, keys: Path, medium: Path, flash: Flash, tmp_path: Path
) -> None:
    disk = (built / IMAGE / "disk.img").read_bytes()
    folder = licensed(built, tmp_path / "release", keys, disk)
    told = statement.read_statement((folder / "release.json").read_bytes())
    parts = {n: replace(p, reproducible=Reproducible.LICENSED) for n, p in told.parts.items()}
    composing.write(folder, replace(told, parts=parts))
    (folder / "attestations" / "alice.json").unlink()
    composing.attest(folder, folder, "carol", keys / "carol")
    status, said = flash(folder, *demands(keys, 2), "--licensed-threshold", "1")
    assert (status, "program that builders vouch for" in said) == (1, True)
    assert not any(medium.read_bytes())


@pytest.mark.needs("openssl", "sbsign")
def test_writes_the_disk_that_the_owner_signed(
    built: Path, medium: Path, flash: Flash, tmp_path: Path
) -> None:
    key, certificate = tmp_path / "db.key", tmp_path / "db.crt"
    words = ("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=test/")
    files = ("-keyout", str(key), "-out", str(certificate))
    subprocess.run(("openssl", *words, *files), check=True, capture_output=True)
    image = str(built / IMAGE)
    assert trust(["sign", image, "--key", str(key), "--certificate", str(certificate)]) == 0
    assert trust(["signed-disk", image]) == 0
    status, _ = flash(built, "--unattested", "--signed")
    assert status == 0
    signed = (built / IMAGE / "signed.img").read_bytes()
    assert medium.read_bytes()[: len(signed)] == signed
    (built / IMAGE / "signed.img").write_bytes(signed + bytes(512))
    status, said = flash(built, "--unattested", "--signed")
    assert (status, "nothing was written" in said) == (1, True)
