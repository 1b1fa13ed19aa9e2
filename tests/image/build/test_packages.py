import tarfile
from pathlib import Path

import pytest

from image import deb
from image.deb import Entry
from image.errors import PartError
from tests.image.build.conftest import DebMaker, file_info, link_info


def test_reads_files_folders_and_links(make_deb: DebMaker) -> None:
    folder = tarfile.TarInfo("./usr/share/x")
    folder.type, folder.mode = tarfile.DIRTYPE, 0o755
    path = make_deb(
        "x",
        (folder, b""),
        (file_info("./usr/share/x/one", 0o640), b"1"),
        (link_info("./usr/share/x/two", "one"), b""),
        (link_info("./usr/share/x/three", "./usr/share/x/one", tarfile.LNKTYPE), b""),
    )
    assert list(deb.entries(path)) == [
        Entry("usr/share/x", 0o755),
        Entry("usr/share/x/one", 0o640, data=b"1"),
        Entry("usr/share/x/two", 0o777, target="one"),
        Entry("usr/share/x/three", 0o644, data=b"1"),
    ]


def test_no_set_uid_bit_passes(make_deb: DebMaker) -> None:
    path = make_deb("x", (file_info("./usr/bin/su", 0o4755), b"su"))
    assert [entry.mode for entry in deb.entries(path)] == [0o755]


def test_places_the_old_folders_below_usr(make_deb: DebMaker) -> None:
    path = make_deb("x", (file_info("./lib/a"), b"a"), (file_info("bin/b"), b"b"))
    assert [entry.name for entry in deb.entries(path)] == ["usr/lib/a", "usr/bin/b"]


def test_refuses_a_path_out_of_the_root(make_deb: DebMaker) -> None:
    with pytest.raises(PartError, match="leaves the root"):
        list(deb.entries(make_deb("x", (file_info("./usr/../../etc/passwd"), b"x"))))


def test_refuses_a_device(make_deb: DebMaker) -> None:
    device = tarfile.TarInfo("./dev/sda")
    device.type = tarfile.BLKTYPE
    with pytest.raises(PartError, match="neither"):
        list(deb.entries(make_deb("x", (device, b""))))


@pytest.mark.parametrize("body", [b"", b"PK\3\4", b"!<arch>\n" + b"x" * 60, b"!<arch>\nshort"])
def test_refuses_what_is_no_archive(tmp_path: Path, body: bytes) -> None:
    path = tmp_path / "x.deb"
    path.write_bytes(body)
    with pytest.raises(PartError):
        list(deb.entries(path))


def test_reads_a_control_field(make_deb: DebMaker) -> None:
    path = make_deb("x")
    assert deb.control_field(path, "Version") == "1.0-2"
    assert deb.control_field(path, "Absent") == ""


def test_lays_packages_out_with_the_merged_links(make_deb: DebMaker, tmp_path: Path) -> None:
    root = tmp_path / "root"
    one = make_deb("one", (file_info("./lib/a", 0o755), b"a"), (link_info("./usr/lib/b", "a"), b""))
    two = make_deb("two", (file_info("./usr/lib/a", 0o644), b"newer"))
    deb.unpack((one, two), root)
    assert (root / "lib/b").read_bytes() == b"newer"
    assert (root / "lib").readlink() == Path("usr/lib")
