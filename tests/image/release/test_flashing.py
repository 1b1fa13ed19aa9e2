"""A medium gets what builders vouch for, or what its owner says is nobody's word but theirs."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from image.__main__ import main
from image.trust.__main__ import main as trust
from tests.image.release.conftest import IMAGE

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


@pytest.mark.skipif(shutil.which("sbsign") is None, reason="there is no sbsign on this machine")
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
