import stat
import sys
import tracemalloc
import warnings
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from image import contents, places
from image.disk import cpio, erofs
from image.errors import PartError
from image.inputs import wheel_files
from image.inputs.deb import Entry
from image.inputs.lock import Lock
from image.metadata import licences, manifest
from image.root import libraries, root_tree
from image.root.root_tree import SITE, Rules
from tests.image.build.conftest import DebMaker, file_info, link_info, tree_of

RULES = """
programs = ["usr/bin/tool"]
demo_files = []
keep = ["usr/lib/*"]
drop = ["usr/lib/*/tests/*"]
wheel_drop = ["*.pyi"]
opened = []
folders = ["proc", "var"]
[links]
"usr/bin/python3" = "tool"
"""


@pytest.fixture
def rules() -> Rules:
    return root_tree.parse_rules(RULES)


def test_takes_only_what_is_named(make_deb: DebMaker, rules: Rules) -> None:
    path = make_deb(
        "x",
        (file_info("./usr/bin/tool", 0o755), b"t"),
        (file_info("./usr/bin/sh", 0o755), b"s"),
        (file_info("./usr/lib/x/a.py"), b"a"),
        (file_info("./usr/lib/x/tests/b.py"), b"b"),
        (file_info("./usr/share/doc/x"), b"d"),
        (link_info("./usr/lib/x/c", "a.py"), b""),
    )
    tree = root_tree.from_packages([path], rules.programs, rules)
    assert sorted(tree) == ["usr/bin/tool", "usr/lib/x/a.py", "usr/lib/x/c"]


def test_refuses_to_go_on_without_a_named_program(make_deb: DebMaker, rules: Rules) -> None:
    with pytest.raises(PartError, match="usr/bin/tool"):
        root_tree.from_packages([make_deb("x")], rules.programs, rules)


def test_refuses_a_program_that_is_not_named(rules: Rules) -> None:
    tree = {**tree_of(), "usr/sbin/more": Entry("usr/sbin/more", 0o755, data=b"")}
    with pytest.raises(PartError, match="no program"):
        root_tree.verify(tree, rules.programs)


def test_refuses_a_link_to_nowhere(rules: Rules) -> None:
    fine = {"a": Entry("a", 0o777, target="/dev/null"), "b": Entry("b", 0o777, target="a")}
    root_tree.verify(fine, rules.programs)
    with pytest.raises(PartError, match="nowhere"):
        root_tree.verify({"c": Entry("c", 0o777, target="absent")}, rules.programs)


def test_completes_folders_links_and_modes(rules: Rules) -> None:
    tool = Entry("usr/bin/tool", 0o775, data=b"t")
    tree = root_tree.completed({"usr/bin/tool": tool}, rules)
    assert list(tree) == sorted(tree)
    assert tree["usr/bin"] == Entry("usr/bin", 0o755)
    assert tree["var"] == Entry("var", 0o755)
    assert tree["usr/bin/tool"].mode == 0o755
    assert tree["bin"].target == "usr/bin"


def test_unpacks_wheels_as_data(tmp_path: Path, rules: Rules) -> None:
    wheel = tmp_path / "x.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("x/__init__.py", "1")
        archive.writestr("x/__init__.pyi", "1")
        archive.writestr("x-1.data/platlib/x/fast.so", "elf")
        archive.writestr("x/a/", "")
    tree = root_tree.from_wheels([wheel], rules)
    assert sorted(tree) == [f"{SITE}/x/__init__.py", f"{SITE}/x/fast.so"]


def test_refuses_a_wheel_that_leaves_its_folder(tmp_path: Path, rules: Rules) -> None:
    wheel = tmp_path / "x.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("../../../etc/passwd", "1")
    with pytest.raises(PartError):
        root_tree.from_wheels([wheel], rules)


@pytest.mark.parametrize(
    "names", [("x/a\n/etc/b\t/tmp/c\td.py",), ("x/a.py", "x/a.py"), ("x/a.py", "x//a.py")]
)
def test_refuses_a_wheel_of_names_that_mislead(
    tmp_path: Path, rules: Rules, names: tuple[str, ...]
) -> None:
    wheel = tmp_path / "x.whl"
    with warnings.catch_warnings(), zipfile.ZipFile(wheel, "w") as archive:
        warnings.simplefilter("ignore")
        for name in names:
            archive.writestr(name, "1")
    with pytest.raises(PartError):
        root_tree.from_wheels([wheel], rules)


def test_refuses_a_wheel_that_is_damaged_or_larger_than_any(
    tmp_path: Path, rules: Rules, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel = tmp_path / "x.whl"
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x/a.py", bytes(100_000))
    body = wheel.read_bytes()
    monkeypatch.setattr(wheel_files, "LARGEST", 99_999)
    with pytest.raises(PartError, match="too large"):
        root_tree.from_wheels([wheel], rules)
    monkeypatch.undo()
    for damaged in (b"", body[:-30], body[:40] + b"\xff" * 9 + body[49:], body[:8] + body[10:]):
        wheel.write_bytes(damaged)
        with pytest.raises(PartError, match="damaged"):
            root_tree.from_wheels([wheel], rules)


def test_a_wheels_file_is_expanded_to_the_size_it_tells_of_and_no_further(
    tmp_path: Path, rules: Rules
) -> None:
    wheel = tmp_path / "x.whl"
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x/a.py", bytes(30_000_000))
    told = (30_000_000).to_bytes(4, "little")
    wheel.write_bytes(wheel.read_bytes().replace(told, (1000).to_bytes(4, "little")))
    tracemalloc.start()
    with pytest.raises(PartError, match="damaged"):
        root_tree.from_wheels([wheel], rules)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 10_000_000


def test_licences_of_a_wheel_stay_in_their_archive(small_lock: Lock, tmp_path: Path) -> None:
    lock = replace(small_lock, packages=())
    (tmp_path / "LICENSE").write_text("ours")
    with zipfile.ZipFile(tmp_path / lock.wheels[0].sha256, "w") as archive:
        archive.writestr("x-1.dist-info/../../../LICENSE", "theirs")
    with pytest.raises(PartError, match="leaves the root"):
        licences.archive(lock, tmp_path, tmp_path, is_demo=False)


def test_the_order_on_disk_does_not_reach_the_tar(rules: Rules) -> None:
    one, other = tree_of(a=b"1", b=b"2"), dict(reversed(tree_of(a=b"1", b=b"2").items()))
    tars = [erofs.as_tar(root_tree.completed(tree, rules), 7) for tree in (one, other)]
    assert tars[0] == tars[1]


def test_a_changed_byte_changes_the_tar(rules: Rules) -> None:
    tars = [erofs.as_tar(root_tree.completed(tree_of(a=b), rules), 7) for b in (b"1", b"2")]
    assert tars[0] != tars[1]


def test_writes_an_initramfs_that_reads_back(rules: Rules) -> None:
    tree = root_tree.completed(tree_of(a=b"12345", init=b"x"), rules)
    assert read_cpio(cpio.archive(tree, 7)) == {
        name: (kind_of(entry), entry.data or (entry.target or "").encode())
        for name, entry in tree.items()
    }


def kind_of(entry: Entry) -> int:
    if entry.target is not None:
        return stat.S_IFLNK | 0o777
    return entry.mode | (stat.S_IFDIR if entry.data is None else stat.S_IFREG)


def read_cpio(body: bytes) -> dict[str, tuple[int, bytes]]:
    found: dict[str, tuple[int, bytes]] = {}
    at = 0
    while True:
        assert body[at : at + 6] == b"070701"
        fields = [int(body[at + 6 + 8 * n : at + 14 + 8 * n], 16) for n in range(13)]
        mode, mtime, size, length = fields[1], fields[5], fields[6], fields[11]
        name = body[at + 110 : at + 109 + length].decode()
        at += -(-(110 + length) // 4) * 4
        if name == "TRAILER!!!":
            return found
        assert mtime == 7
        found[name] = (mode, body[at : at + size])
        at += -(-size // 4) * 4


def test_finds_the_libraries_of_a_program() -> None:
    body = Path(sys.executable).resolve().read_bytes()
    assert "libc.so.6" in libraries.needed(body)
    assert libraries.needed(b"#!/bin/sh\n") == ()


def test_leaves_out_a_library_that_nothing_needs() -> None:
    folder = "usr/lib/x86_64-linux-gnu"
    tree = tree_of(**{f"{folder}/liba.so.1": b"", f"{folder}/libb.so.1": b"", "etc/x": b""})
    assert sorted(libraries.pruned(tree, ("libb.so.1",))) == ["etc/x", f"{folder}/libb.so.1"]


def test_refuses_a_program_without_its_library() -> None:
    tree = tree_of(**{"usr/bin/x": Path(sys.executable).resolve().read_bytes()})
    with pytest.raises(PartError, match="not on the image"):
        libraries.pruned(tree, ())


def test_the_committed_rules_name_no_shell_and_no_network_tool() -> None:
    rules = root_tree.parse_rules(places.ROOT_RULES.read_text("utf-8"))
    names = {name.rsplit("/", 1)[-1] for name in rules.programs | rules.demo_files}
    assert not names & {
        "sh",
        "bash",
        "dash",
        "busybox",
        "login",
        "su",
        "sudo",
        "ip",
        "ssh",
        "agetty",
    }
    assert len(rules.programs) <= 16
    assert rules.keep.fullmatch("usr/lib/systemd/system/getty@.service") is None
    assert rules.keep.fullmatch("usr/lib/systemd/system-generators/x") is None


def test_a_demonstration_declares_every_file_of_its_own() -> None:
    rules = root_tree.parse_rules(places.ROOT_RULES.read_text("utf-8"))
    declared = contents.declared(rules, places.PROJECT)
    assert "usr/lib/os-release" in declared
    assert rules.demo_files <= declared
    assert all(not name.startswith(f"{SITE}/appliance") for name in declared)


def test_lists_a_tree_for_people() -> None:
    tree = {"a": Entry("a", 0o755), "b": Entry("b", 0o777, target="a"), **tree_of(c=b"")}
    assert manifest.listing(tree).splitlines() == [
        "0755 - - /a/",
        "link - - /b -> a",
        "0644 0 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 /c",
    ]


@pytest.mark.parametrize("room", ["image", "online_coordinator", "tests"])
def test_of_this_project_the_appliance_alone_is_on_an_image(rules: Rules, room: str) -> None:
    name = f"{root_tree.SITE}/{room}/main.py"
    tree = root_tree.completed({name: Entry(name, 0o644, data=b"")}, rules)
    with pytest.raises(PartError, match="no place on the image"):
        root_tree.verify(tree, rules.programs)
