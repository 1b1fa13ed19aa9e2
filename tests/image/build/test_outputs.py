import json
import os
import struct
from hashlib import sha256
from pathlib import Path

import pytest

from image.build import Image
from image.disk import gpt, uki
from image.disk.uki import Section
from image.errors import PartError
from image.inputs.deb import Entry
from image.inputs.lock import Lock
from image.metadata import manifest, sbom
from image.profiles import PROFILES, Edition, Layout, Profile, command_line, os_release, selected
from image.verification import compare
from tests.image.build.conftest import stub_of, tree_of
from tests.image.conftest import SOURCES

WORDS = tuple(f"word{number}" for number in range(1024))
ROOT = {"pcr11": "00" * 32, "root_hash": None, "root_words": ["some", "words"]}


def test_a_manifest_is_the_same_whatever_order_it_is_made_in(tmp_path: Path) -> None:
    one = manifest.described("x", SOURCES, {"a": b"1", "b": b"2"}, ROOT, ["z", "y"])
    two = manifest.described("x", SOURCES, {"b": b"2", "a": b"1"}, ROOT, ["y", "z"])
    assert one == two
    (tmp_path / "manifest.json").write_text(one)
    told = manifest.read(tmp_path / "manifest.json")
    assert told.artifact("a") == sha256(b"1").hexdigest()


@pytest.mark.parametrize("text", ["", "[]", '{"contract": 2}', "{"])
def test_refuses_what_is_no_manifest(tmp_path: Path, text: str) -> None:
    (tmp_path / "m").write_text(text)
    with pytest.raises(PartError):
        manifest.read(tmp_path / "m")


@pytest.mark.parametrize(
    "change",
    [
        {"name": "x\x1b[2J"},
        {"version": None},
        {"source_date_epoch": 7},
        {"source_date_epoch": "1793528430"},
        {"lock": []},
        {"pcr11": "00"},
        {"root_words": [["deep"]]},
        {"artifacts": {"../disk.img": {"sha256": "0" * 64, "size": 1}}},
        {"artifacts": {"disk.img": {"sha256": "0", "size": 1}}},
        {"artifacts": {"disk.img": "0" * 64}},
        {"artifacts": []},
    ],
)
def test_refuses_a_manifest_that_holds_something_else_than_it_should(
    tmp_path: Path, change: dict[str, object]
) -> None:
    told = json.loads(manifest.described("x", SOURCES, {"a": b"1"}, ROOT, []))
    (tmp_path / "m").write_text(json.dumps(told | change))
    with pytest.raises(PartError, match="no manifest"):
        manifest.read(tmp_path / "m")
    (tmp_path / "m").write_text(json.dumps(told))
    with pytest.raises(PartError, match=r"no disk\.img"):
        manifest.read(tmp_path / "m").artifact("disk.img")


def test_an_image_is_written_over_no_file_that_a_link_leads_to(tmp_path: Path) -> None:
    precious, output = tmp_path / "precious", tmp_path / "output"
    precious.write_text("kept")
    output.mkdir()
    (output / "disk.img").symlink_to(precious)
    Image({"disk.img": b"disk"}).write(output)
    assert precious.read_text() == "kept"
    assert (output / "disk.img").read_bytes() == b"disk"
    assert [path.name for path in output.iterdir()] == ["disk.img"]
    assert (output / "disk.img").stat().st_mode & 0o777 == 0o644


def test_the_words_of_a_root_hash_are_those_of_the_boot_screen() -> None:
    wire = pytest.importorskip("appliance.wire.words")
    shamir = pytest.importorskip("shamir_mnemonic.wordlist")
    digest = sha256(b"root").digest()
    assert manifest.words_of(digest, tuple(shamir.WORDLIST)) == wire.words_of(digest)


def test_refuses_another_list_of_words() -> None:
    assert len(manifest.words_of(bytes(32), WORDS)) == 13
    with pytest.raises(PartError):
        manifest.words_of(bytes(32), WORDS[:-1])


def test_names_every_path_in_which_two_trees_differ() -> None:
    one, other = tree_of(a=b"1", b=b"2"), tree_of(b=b"3", c=b"4")
    assert manifest.differences(one, other) == ("a", "b", "c")
    assert manifest.differences(one, one) == ()
    made_runnable = {**one, "a": Entry("a", 0o755, data=b"1")}
    assert manifest.differences(one, made_runnable) == ("a",)


def test_the_bill_of_materials_names_what_is_shipped(small_lock: Lock) -> None:
    text = sbom.written(small_lock, "x", "1.0", is_demo=False)
    assert text == sbom.written(small_lock, "x", "1.0", is_demo=False)
    told = json.loads(text)
    assert told["specVersion"] == "1.6"
    assert [part["purl"] for part in told["components"]] == [
        "pkg:deb/debian/alpha@1%3A1.0-2+b1?arch=amd64",
        "pkg:deb/debian/linux-source-6.12@1%3A1.0-2+b1?arch=amd64",
        "pkg:pypi/thing@1.0",
    ]
    assert told["metadata"]["timestamp"] == "2026-11-01T10:20:30Z"


def test_a_demonstration_says_so_in_its_own_name() -> None:
    assert "DEMO" in os_release("1.0", Edition.DEMO)
    assert "DEMO" not in os_release("1.0", Edition.PRODUCTION)


def test_selects_profiles_by_name() -> None:
    assert selected(()) == PROFILES
    assert selected(("ram-demo",)) == (Profile(Layout.RAM, Edition.DEMO),)
    with pytest.raises(ValueError, match="no profile"):
        selected(("fast",))


@pytest.mark.parametrize(("name", "why"), [("hsm-pcie", "driver"), ("hsm-lan", "IP stack")])
def test_a_profile_that_weakens_the_image_is_not_built_and_says_why(name: str, why: str) -> None:
    with pytest.raises(ValueError, match=f"{name} is not built here: .*{why}"):
        selected((name,))
    assert name not in {profile.name for profile in PROFILES}


def test_refuses_a_command_line_that_the_kernel_would_cut() -> None:
    assert command_line("root=x", "", "acme").startswith("root=x airlock.vendor=acme init=")
    with pytest.raises(PartError, match="longer than the kernel reads"):
        command_line("x" * 2048, "")


def an_image(folder: Path, command_line: bytes, listing: str) -> Path:
    folder.mkdir()
    program = uki.assemble(stub_of({".text": b"x"}), (Section(".cmdline", command_line),))
    part = gpt.Partition(gpt.ESP, gpt.ESP, "airlock-boot", 0, program.ljust(8192, b"\0"))
    (folder / "airlock.efi").write_bytes(program)
    (folder / "disk.img").write_bytes(gpt.disk(gpt.ROOT, (part,)))
    (folder / "files.txt").write_text(listing)
    (folder / "manifest.json").write_text(json.dumps({"contract": 1, "pcr11": command_line.hex()}))
    return folder


def test_says_nothing_of_two_equal_images(tmp_path: Path) -> None:
    one, other = (an_image(tmp_path / name, b"ro", "0644 1 aa /a\n") for name in "xy")
    assert compare.folders(one, other) == ()


def test_explains_from_the_outside_in_what_differs(tmp_path: Path) -> None:
    one = an_image(tmp_path / "x", b"ro", "0644 1 aa /a\n0644 1 aa /b\n")
    other = an_image(tmp_path / "y", b"rw", "0644 1 bb /a\n")
    (other / "extra").write_bytes(b"")
    told = {(item.layer, item.what) for item in compare.folders(one, other)}
    assert told == {
        ("root", "/a"),
        ("root", "/b"),
        ("EFI program", ".cmdline"),
        ("disk", "airlock-boot"),
        ("manifest", "manifest.pcr11"),
        ("image", "extra"),
    }


def overlapping(count: int) -> bytes:
    disk = bytearray(1 << 16)
    for number in range(count):
        at = 1024 + 128 * number
        disk[at : at + 48] = struct.pack("<16s16xQQ", bytes(range(1, 17)), 0, 127)
        disk[at + 56 : at + 58] = bytes((65 + number, 0))
    return bytes(disk)


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("files.txt", b"short line\n"),
        ("files.txt", b"\xff\n"),
        ("manifest.json", b"[" * 100_000),
        ("manifest.json", b"{"),
        ("disk.img", overlapping(3)),
    ],
)
def test_refuses_to_compare_a_file_that_is_none(tmp_path: Path, name: str, body: bytes) -> None:
    one, other = (an_image(tmp_path / folder, b"ro", "0644 1 aa /a\n") for folder in "xy")
    (other / name).write_bytes(body)
    with pytest.raises(PartError):
        compare.told(one, other)


@pytest.mark.parametrize("body", [b"", b"short", b"x" * 5000])
def test_a_disk_that_is_cut_off_is_only_different(tmp_path: Path, body: bytes) -> None:
    one, other = (an_image(tmp_path / folder, b"ro", "0644 1 aa /a\n") for folder in "xy")
    (other / "disk.img").write_bytes(body)
    assert "disk: tables" in compare.told(one, other)


def test_what_differs_is_told_in_characters_that_a_screen_only_shows(tmp_path: Path) -> None:
    one, other = (an_image(tmp_path / folder, b"ro", "0644 1 aa /a\n") for folder in "xy")
    (other / "files.txt").write_text("0644 1 aa /\x1b]0;owned\x07\n")
    (other / os.fsdecode(b"\xff\xfe")).write_bytes(b"")
    told = compare.told(one, other)
    assert "?]0;owned?" in told
    assert told.replace("\n", "").isascii()
    assert told.replace("\n", "").isprintable()


def test_refuses_to_compare_what_is_no_image(tmp_path: Path) -> None:
    with pytest.raises(PartError):
        compare.told(tmp_path / "absent", tmp_path)
