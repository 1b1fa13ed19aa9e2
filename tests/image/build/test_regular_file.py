import os
from pathlib import Path

import pytest

from image import regular_file


def test_reads_an_ordinary_file_of_a_bounded_size(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"12345")
    (tmp_path / "link").symlink_to("file")
    assert regular_file.content(tmp_path / "link", 5) == b"12345"
    with pytest.raises(OSError, match="no ordinary file of at most 4 bytes"):
        regular_file.content(tmp_path / "file", 4)


def test_reads_neither_devices_nor_pipes_nor_folders(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (Path("/dev/null"), Path("/dev/zero"), tmp_path / "pipe", tmp_path):
        with pytest.raises(OSError, match=r"ordinary|directory"):
            regular_file.content(path, 10)


def test_a_file_takes_the_place_of_what_has_its_name(tmp_path: Path) -> None:
    (tmp_path / "precious").write_bytes(b"kept")
    (tmp_path / "link").symlink_to("precious")
    regular_file.replace(tmp_path / "link", b"new")
    assert (tmp_path / "precious").read_bytes() == b"kept"
    assert (tmp_path / "link").read_bytes() == b"new"
    assert not (tmp_path / "link").is_symlink()
