import lzma
import tarfile
from pathlib import Path

import pytest

from image.errors import PartError
from image.inputs import deb
from image.inputs.deb import Entry
from tests.image.build.conftest import DebMaker, file_info, link_info, member


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


def test_lays_packages_out_with_the_merged_links(make_deb: DebMaker, tmp_path: Path) -> None:
    root = tmp_path / "root"
    one = make_deb("one", (file_info("./lib/a", 0o755), b"a"), (link_info("./usr/lib/b", "a"), b""))
    two = make_deb("two", (file_info("./usr/lib/a", 0o644), b"newer"))
    deb.unpack((one, two), root)
    assert (root / "lib/b").read_bytes() == b"newer"
    assert (root / "lib").readlink() == Path("usr/lib")


def repacked(path: Path, old: bytes, new: bytes) -> Path:
    path.write_bytes(path.read_bytes().replace(old, new, 1))
    return path


@pytest.mark.parametrize("size", ["-60", "1_0", "+4", "x", "99999", ""])
def test_refuses_a_member_of_an_impossible_size(make_deb: DebMaker, size: str) -> None:
    header = f"{'100644':<8}4         ".encode()
    path = repacked(make_deb("x"), header, f"{'100644':<8}{size:<10}".encode())
    with pytest.raises(PartError):
        list(deb.entries(path))


def test_refuses_two_members_of_one_name(make_deb: DebMaker) -> None:
    path = repacked(make_deb("x"), b"control.tar.xz", b"data.tar.xz   ")
    with pytest.raises(PartError, match="two of a name"):
        list(deb.entries(path))


@pytest.mark.parametrize("body", [b"", b"x" * 100, lzma.compress(b"x" * 2000)[:-9]])
def test_refuses_a_damaged_archive(tmp_path: Path, body: bytes) -> None:
    path = tmp_path / "x.deb"
    path.write_bytes(b"!<arch>\n" + member("data.tar.xz", body))
    with pytest.raises(PartError):
        list(deb.entries(path))


def test_refuses_what_expands_beyond_any_package(
    make_deb: DebMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = bytes(40_000)
    links = [(link_info(f"./usr/{n}", "./usr/a", tarfile.LNKTYPE), b"") for n in range(4)]
    path = make_deb("x", (file_info("./usr/a"), body), *links)
    assert len(list(deb.entries(path))) == 5
    monkeypatch.setattr(deb, "LARGEST", 150_000)
    with pytest.raises(PartError, match="larger than any package"):
        list(deb.entries(path))
    monkeypatch.setattr(deb, "LARGEST", 20_000)
    with pytest.raises(PartError, match="larger than any package"):
        list(deb.entries(path))


def test_ends_with_a_member_that_leads_back_to_itself(tmp_path: Path) -> None:
    looping = bytearray(file_info("usr/b").tobuf())
    looping[124:136] = (2**96 - 1024).to_bytes(12, "big")
    looping[148:156] = b"%06o\0 " % (sum(looping) - sum(looping[148:156]) + 8 * 32)
    starts = (file_info("usr/a"), link_info("usr/a", "usr/b", tarfile.LNKTYPE))
    for members in (start.tobuf() + bytes(looping) for start in starts):
        path = tmp_path / "x.deb"
        body = lzma.compress(members + bytes(10_240))
        path.write_bytes(b"!<arch>\n" + member("data.tar.xz", body))
        with pytest.raises(PartError):
            list(deb.entries(path))


@pytest.mark.parametrize("name", ["usr/a\nb", "usr/a\tb.py", "usr/a\x1b[2J", "usr/\udcff"])
def test_refuses_a_name_that_lists_of_names_would_break_at(name: str) -> None:
    with pytest.raises(PartError, match="unprintable"):
        deb.canonical_name(name)


def test_refuses_a_link_to_such_a_name(make_deb: DebMaker) -> None:
    with pytest.raises(PartError, match="unprintable"):
        list(deb.entries(make_deb("x", (link_info("./usr/a", "b\n0755 - - /c/"), b""))))


@pytest.mark.parametrize("target", ["OUTSIDE", "../../OUTSIDE"])
def test_a_link_leads_no_later_entry_out_of_the_folder(
    make_deb: DebMaker, tmp_path: Path, target: str
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir(mode=0o700)
    target = target.replace("OUTSIDE", str(outside) if target == "OUTSIDE" else "outside")
    link = (link_info("./usr/x", target), b"")
    folder = tarfile.TarInfo("./usr/x")
    folder.type, folder.mode = tarfile.DIRTYPE, 0o777
    for later in ((file_info("./usr/x/key"), b"k"), (folder, b"")):
        with pytest.raises(PartError, match="out of its folder"):
            deb.unpack((make_deb("x", link, later),), tmp_path / "root")
    assert not list(outside.iterdir())
    assert outside.stat().st_mode & 0o777 == 0o700


def test_a_link_within_the_folder_is_followed(make_deb: DebMaker, tmp_path: Path) -> None:
    link = (link_info("./usr/x", "share"), b"")
    path = make_deb("x", (file_info("./usr/share/a"), b"a"), link, (file_info("./usr/x/b"), b"b"))
    deb.unpack((path,), tmp_path / "root")
    assert (tmp_path / "root/usr/share/b").read_bytes() == b"b"
