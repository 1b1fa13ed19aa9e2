"""What of the project is on the image: what its version control knows, whoever's folder it is."""

import subprocess
from pathlib import Path

import pytest

from image.errors import PartError
from image.root import sources


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with one tracked file in each folder that goes onto the image."""
    for folder in sources.FOLDERS:
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "main.py").write_text("tracked\n")
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", "--all")
    return tmp_path


def git(folder: Path, *words: str) -> None:
    subprocess.run(("git", "-C", folder, *words), check=True, capture_output=True)


def test_a_folder_is_taken_without_the_builders_modes_and_byte_code(tmp_path: Path) -> None:
    (tmp_path / "etc/__pycache__").mkdir(parents=True)
    (tmp_path / "etc/__pycache__/x.pyc").write_bytes(b"x")
    for name, mode in (("a", 0o600), ("b", 0o777)):
        (tmp_path / "etc" / name).write_bytes(b"")
        (tmp_path / "etc" / name).chmod(mode)
    (tmp_path / "etc/c").symlink_to("a")
    tree = sources.files(tmp_path, "usr/x")
    assert {name: entry.mode for name, entry in tree.items()} == {
        "usr/x/etc/a": 0o644,
        "usr/x/etc/b": 0o644,
        "usr/x/etc/c": 0o777,
    }


@pytest.mark.parametrize(
    "name", [".main.py.swp", "main.py~", "main.pyc", "a/.hidden/x", "unit.conf.orig", ".DS_Store"]
)
def test_what_tools_leave_behind_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_bytes(b"")
    with pytest.raises(PartError, match="no source"):
        sources.files(tmp_path)


def test_a_whole_checkout_is_taken_with_byte_code_beside_it(checkout: Path) -> None:
    (checkout / "appliance/__pycache__").mkdir()
    (checkout / "appliance/__pycache__/main.cpython-311.pyc").write_bytes(b"")
    (checkout / "notes.txt").write_text("not on the image\n")
    sources.verify(checkout)


@pytest.mark.parametrize("folder", sources.FOLDERS)
@pytest.mark.parametrize("ignored", [True, False])
def test_a_file_that_is_not_tracked_is_refused(checkout: Path, folder: str, ignored: bool) -> None:
    (checkout / ".gitignore").write_text("stray*\n" if ignored else "")
    (checkout / folder / "stray.py").write_text("run me\n")
    with pytest.raises(PartError, match=r"not in version control: .*stray\.py"):
        sources.verify(checkout)


def test_a_new_file_is_taken_once_it_is_added(checkout: Path) -> None:
    (checkout / "appliance/new.py").write_text("")
    git(checkout, "add", "appliance/new.py")
    sources.verify(checkout)


def test_sources_without_version_control_are_taken(tmp_path: Path) -> None:
    (tmp_path / "appliance").mkdir()
    (tmp_path / "appliance/main.py").write_text("")
    sources.verify(tmp_path)
