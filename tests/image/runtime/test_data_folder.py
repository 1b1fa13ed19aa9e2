"""The data folder: whoever filled the volume, the journal is a file, and its owner set here."""

import os
import pwd
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from airlock_os.volume import data_folder


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    myself = pwd.getpwuid(os.getuid()).pw_name
    monkeypatch.setattr(data_folder, "FOLDER", tmp_path)
    monkeypatch.setattr(data_folder, "JOURNAL", tmp_path / "journal")
    monkeypatch.setattr(data_folder, "OWNER", myself)
    monkeypatch.setattr(data_folder, "READER", myself)
    return tmp_path


def test_a_new_volume_gets_an_empty_journal(folder: Path) -> None:
    data_folder.lay_out()
    assert (folder / "journal").read_bytes() == b""
    assert stat.S_IMODE((folder / "journal").stat().st_mode) == 0o640
    assert stat.S_IMODE(folder.stat().st_mode) == 0o750


def test_the_journal_is_kept_and_nobody_else_reads_it(folder: Path) -> None:
    (folder / "journal").write_bytes(b"entries")
    (folder / "journal").chmod(0o666)
    data_folder.lay_out()
    assert (folder / "journal").read_bytes() == b"entries"
    assert stat.S_IMODE((folder / "journal").stat().st_mode) == 0o640


@pytest.mark.parametrize(
    "make",
    [
        Path.mkdir,
        os.mkfifo,
        lambda path: path.symlink_to(path.parent / "elsewhere"),
        lambda path: path.symlink_to(path.parent / "nowhere"),
    ],
)
def test_a_journal_that_is_no_file_is_refused_and_nothing_behind_it_changed(
    folder: Path, make: Callable[[Path], object]
) -> None:
    elsewhere = folder / "elsewhere"
    elsewhere.touch(mode=0o600)
    make(folder / "journal")
    with pytest.raises(OSError, match="journal"):
        data_folder.lay_out()
    assert stat.S_IMODE(elsewhere.stat().st_mode) == 0o600
    assert not (folder / "nowhere").exists()
