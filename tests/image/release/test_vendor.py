"""An HSM vendor's module: locked, on a verified partition of its own, bound to what boots."""

import json
import os
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from image import build, kernel, places
from image.build import Contents
from image.disk import uki, verity
from image.errors import LockError, PartError
from image.inputs import lock as image_locks
from image.inputs.deb import Entry
from image.inputs.tools import Tools
from image.metadata.manifest import _WORD_LIST as WORD_LIST
from image.parts import Parts
from image.profiles import Edition, Layout, Profile
from image.root import root_tree
from image.trust import composing
from image.trust.statement import Reproducible
from image.vendor import lock, partition
from image.vendor.lock import VendorLock
from image.vendor.partition import Vendor
from tests.image.build.conftest import lock_of, tree_of

PRODUCTION = Profile(Layout.VERITY, Edition.PRODUCTION)
MODULE = b"a module with C_GetFunctionList"


@pytest.fixture
def files(tmp_path: Path) -> Path:
    folder = tmp_path / "acme"
    (folder / "lib").mkdir(parents=True)
    (folder / "lib" / "libacme.so").write_bytes(MODULE)
    (folder / "acme.conf").write_bytes(b"port=usb\n")
    return folder


@pytest.fixture
def locked(files: Path) -> VendorLock:
    return lock.made(files, "acme", "7.2", "Acme licence 3", "lib/libacme.so")


@pytest.fixture(scope="session")
def tools() -> Tools:
    """The locked tools, where a build has unpacked them."""
    current, _ = image_locks.read(places.LOCK)
    for folder in sorted(places.default_cache().tools.glob("*")):
        if (folder / "usr/bin/mkfs.erofs").is_file():
            return Tools(folder, current.epoch)
    pytest.skip("no image was built on this machine: there are no locked tools")


def test_a_lock_names_files_and_reads_back(locked: VendorLock, tmp_path: Path) -> None:
    (tmp_path / "lock").write_text(lock.serialize(locked))
    assert partition.read(tmp_path / "lock") == locked
    assert list(locked.files) == ["acme.conf", "lib/libacme.so"]


def put(field: str, value: object) -> Callable[[dict[str, object]], object]:
    return lambda told: told.update({field: value})


@pytest.mark.parametrize(
    "change",
    [
        put("format", 2),
        put("name", "../acme"),
        put("licence", ""),
        put("module", "lib/other.so"),
        put("files", {}),
        put("files", {"../x": {"sha256": "0" * 64, "size": 1}}),
        put("files", {"/x": {"sha256": "0" * 64, "size": 1}}),
        put("files", {"lib/libacme.so": {"sha256": "0" * 63, "size": 1}}),
        put("files", {"lib/libacme.so": {"sha256": "0" * 64, "size": True}}),
        put("files", {"lib/libacme.so": {"sha256": "0" * 64, "size": 1, "mode": "755"}}),
        put("environment", {}),
        lambda told: told.pop("licence"),
    ],
)
def test_refuses_a_lock_in_any_other_form(
    locked: VendorLock, tmp_path: Path, change: Callable[[dict[str, object]], object]
) -> None:
    told = locked.value()
    change(told)
    (tmp_path / "lock").write_text(json.dumps(told, indent=2, sort_keys=True) + "\n")
    with pytest.raises(LockError):
        partition.read(tmp_path / "lock")


@pytest.mark.parametrize("text", ["", "[]", "{}", "[" * 99_999, '{"lock": 1}', "\u00e9"])
def test_refuses_what_is_no_lock(tmp_path: Path, text: str) -> None:
    (tmp_path / "lock").write_text(text)
    with pytest.raises(LockError):
        partition.read(tmp_path / "lock")


def test_refuses_links_in_a_vendors_folder(files: Path) -> None:
    (files / "lib" / "libacme.so.1").symlink_to("libacme.so")
    with pytest.raises(LockError, match="no links"):
        lock.made(files, "acme", "7.2", "Acme licence 3", "lib/libacme.so")


def test_takes_only_the_locked_files(locked: VendorLock, files: Path) -> None:
    (files / "other").write_bytes(b"not locked")
    assert lock.supplied(locked, files) == {
        "acme.conf": b"port=usb\n",
        "lib/libacme.so": MODULE,
    }
    (files / "acme.conf").write_bytes(b"port=lan\n")
    with pytest.raises(LockError, match=r"acme\.conf is not there, or not the locked one"):
        lock.supplied(locked, files)


def test_a_vendors_file_that_is_larger_than_locked_or_a_pipe_is_not_read(
    locked: VendorLock, files: Path
) -> None:
    os.truncate(files / "acme.conf", 1 << 40)
    with pytest.raises(LockError, match=r"acme\.conf"):
        lock.supplied(locked, files)
    (files / "acme.conf").unlink()
    os.mkfifo(files / "acme.conf")
    with pytest.raises(LockError, match=r"acme\.conf"):
        lock.supplied(locked, files)


def test_the_partition_is_a_function_of_the_lock(
    locked: VendorLock, files: Path, tools: Tools
) -> None:
    one, other = (partition.made(locked, files, {}, tools) for _ in range(2))
    assert one == other
    assert one.body is not None
    hashed = verity.hashed(one.body[: one.verity.data_blocks * 4096], one.verity.salt)
    assert hashed.root == one.verity.root
    (files / "acme.conf").write_bytes(b"port=two\n")
    again = lock.made(files, "acme", "7.2", "Acme licence 3", "lib/libacme.so")
    assert partition.made(again, files, {}, tools).verity.root != one.verity.root


def test_the_partition_holds_the_files_and_names_the_module(
    locked: VendorLock, files: Path, tools: Tools, tmp_path: Path
) -> None:
    body = partition.made(locked, files, {}, tools).body
    (tmp_path / "partition").write_bytes(body or b"")
    tools.run("usr/bin/fsck.erofs", f"--extract={tmp_path / 'out'}", tmp_path / "partition")
    named = (tmp_path / "out" / "module").read_text().strip()
    assert named == "/opt/vendor/files/lib/libacme.so"
    inside = tmp_path / "out" / Path(named).relative_to("/opt/vendor")
    assert inside.read_bytes() == MODULE
    assert inside.stat().st_mode & 0o7777 == 0o644


@pytest.mark.needs("veritysetup")
def test_another_tool_verifies_the_partition_by_its_card(
    locked: VendorLock, files: Path, tools: Tools, tmp_path: Path
) -> None:
    made = partition.made(locked, files, {}, tools)
    told = json.loads(made.card())
    path, blocks = tmp_path / "partition", str(told["data_blocks"])
    path.write_bytes(made.body or b"")
    shared = ("veritysetup", "verify", "--no-superblock", "--hash=sha256", "--data-blocks", blocks)
    place = ("--hash-offset", str(4096 * int(blocks)), "--salt", told["salt"])
    subprocess.run((*shared, *place, path, path, told["root_hash"]), check=True)


def test_whoever_has_no_files_takes_the_card(
    locked: VendorLock, files: Path, tools: Tools, tmp_path: Path
) -> None:
    made = partition.made(locked, files, {}, tools)
    (tmp_path / "card").write_text(made.card())
    card = partition.read(tmp_path / "card")
    assert isinstance(card, Vendor)
    assert partition.opened(card, None, {}, tools) == card
    assert card.verity.root == made.verity.root
    assert partition.opened(card, files, {}, tools) == made
    with pytest.raises(LockError, match="takes its files"):
        partition.opened(locked, None, {}, tools)
    other = replace(card, verity=replace(card.verity, root=bytes(32)))
    with pytest.raises(LockError, match="another partition"):
        partition.opened(other, files, {}, tools)


@pytest.mark.parametrize(
    ("old", "new"),
    [('"data_blocks": 1', '"data_blocks": -1'), ('"salt": "', '"salt": "ff'), ("{", '{\n "a": 1,')],
)
def test_refuses_a_card_in_any_other_form(tmp_path: Path, old: str, new: str) -> None:
    one = VendorLock("acme", "1", "x", "m", {"m": lock.VendorFile("0" * 64, 1)})
    card = Vendor(one, verity.Verity(b"", bytes(32), bytes(32), 1), None).card()
    (tmp_path / "card").write_text(card)
    assert isinstance(partition.read(tmp_path / "card"), Vendor)
    (tmp_path / "card").write_text(card.replace(old, new, 1))
    with pytest.raises(LockError):
        partition.read(tmp_path / "card")


@pytest.mark.parametrize(
    ("module", "why"),
    [
        (b"no module at all", "no PKCS#11 module"),
        (MODULE + b" of SoftHSM", "token in software"),
    ],
)
def test_refuses_what_is_no_module_of_an_hsm(
    files: Path, tools: Tools, module: bytes, why: str
) -> None:
    (files / "lib" / "libacme.so").write_bytes(module)
    locked = lock.made(files, "acme", "7.2", "Acme licence 3", "lib/libacme.so")
    with pytest.raises(PartError, match=why):
        partition.made(locked, files, {}, tools)


def test_refuses_a_module_whose_library_is_not_there(files: Path, tools: Tools) -> None:
    loader = tools.root / "usr/lib/x86_64-linux-gnu/libzstd.so.1"
    (files / "lib" / "libacme.so").write_bytes(loader.read_bytes() + MODULE)
    locked = lock.made(files, "acme", "7.2", "Acme licence 3", "lib/libacme.so")
    with pytest.raises(PartError, match=r"links to libc\.so\.6, which is not on the image"):
        partition.made(locked, files, {}, tools)
    base = tree_of(**{"usr/lib/x86_64-linux-gnu/libc.so.6": b""})
    assert partition.made(locked, files, base, tools).body


@pytest.fixture
def parts(tools: Tools, tmp_path: Path) -> Parts:
    rules = root_tree.parse_rules(places.ROOT_RULES.read_text("utf-8"))
    built = kernel.stand_in(tmp_path / "kernel")
    made = lock_of({"root": {"alpha": b"one"}})
    return Parts(made, "0" * 64, tmp_path, tools, built, rules, places.PROJECT, "1.0")


@pytest.fixture
def held() -> Contents:
    words = " ".join(f"word{number}" for number in range(1024)).encode()
    tree = tree_of(**{"usr/lib/os-release": b"NAME=x\n", WORD_LIST: words})
    above = {"/".join(n.split("/")[:d]) for n in tree for d in range(1, n.count("/") + 1)}
    whole = tree | {name: Entry(name, 0o755) for name in above}
    return Contents(dict(sorted(whole.items())), b"", ())


def sections(image: build.Image) -> dict[str, bytes]:
    return {each.name: each.body for each in uki.sections(image.files[build.PROGRAM])}


def test_the_image_is_the_same_root_and_binds_the_partition(
    parts: Parts, held: Contents, locked: VendorLock, files: Path
) -> None:
    vendor = partition.made(locked, files, {}, parts.tools)
    plain = build.build(parts, PRODUCTION, held)
    image = build.build(parts, PRODUCTION, held, vendor)
    line = sections(image)[".cmdline"].decode()
    assert vendor.verity.root.hex() in line
    assert "airlock.vendor=acme" in line
    told, usual = (json.loads(each.files[build.MANIFEST]) for each in (image, plain))
    assert told["root_hash"] == usual["root_hash"]
    assert told["pcr11"] != usual["pcr11"]
    assert told["vendor"]["root_hash"] == vendor.verity.root.hex()
    listed = json.loads(image.files["sbom.cdx.json"])["components"][-1]
    assert (listed["name"], listed["licenses"][0]["license"]["name"]) == ("acme", "Acme licence 3")
    assert [file["name"] for file in listed["components"]] == list(locked.files)
    assert told["name"] == "airlock-verity-production-acme"
    assert (vendor.body or b"") in image.files[build.DISK]
    assert "airlock.vendor" not in sections(plain)[".cmdline"].decode()


def test_without_the_files_everything_else_comes_out_alike(
    parts: Parts, held: Contents, locked: VendorLock, files: Path
) -> None:
    vendor = partition.made(locked, files, {}, parts.tools)
    whole = build.build(parts, PRODUCTION, held, vendor)
    public = build.build(parts, PRODUCTION, held, replace(vendor, body=None))
    assert not public.files.keys() & {build.DISK, build.VENDOR_IMAGE, build.MANIFEST}
    assert all(whole.files[name] == body for name, body in public.files.items())


def test_a_release_says_what_licensees_only_can_rebuild(
    parts: Parts, held: Contents, locked: VendorLock, files: Path, tmp_path: Path
) -> None:
    vendor = partition.made(locked, files, {}, parts.tools)
    name = build.name_of(PRODUCTION, vendor)
    build.build(parts, PRODUCTION, held, vendor).write(tmp_path / "built" / name)
    made = composing.composed(tmp_path / "built", 7)
    licensed = {n for n, part in made.parts.items() if part.reproducible is Reproducible.LICENSED}
    assert licensed == {f"disk-{name}", f"vendor-{name}"}
    held_by = {path for part in licensed for path in made.parts[part].files}
    assert held_by == {
        f"{name}/{file}" for file in ("disk.img", "disk.bmap", "manifest.json", "vendor.img")
    }


def test_a_vendors_files_are_not_in_an_image_that_lives_in_memory(
    parts: Parts, held: Contents, locked: VendorLock, files: Path
) -> None:
    vendor = partition.made(locked, files, {}, parts.tools)
    with pytest.raises(PartError, match="verity layout"):
        build.build(parts, Profile(Layout.RAM, Edition.PRODUCTION), held, vendor)
