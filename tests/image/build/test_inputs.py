import contextlib
import errno
import io
import os
import tarfile
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from image import kernel, places
from image.errors import CommandError, FetchError, LockError, PartError
from image.inputs import deb, fetch, mirrors, resolve, tools, wheels
from image.inputs.lock import Lock
from tests.image.build.conftest import file_info, link_info, lock_of

FRAGMENT = '# a comment\nCONFIG_UNIX=y\n# CONFIG_INET is not set\nCONFIG_NAME="x y"\n'


def fill(lock: Lock, folder: Path) -> None:
    bodies = {sha256(body).hexdigest(): body for body in (b"one", b"two", b"egg")}
    folder.mkdir()
    for file in fetch.all_files(lock):
        (folder / file.sha256).write_bytes(bodies[file.sha256])


def test_keeps_only_the_locked_bytes(small_lock: Lock, tmp_path: Path) -> None:
    package = small_lock.packages[0]
    for wrong in (b"onf", b"on", b"one "):
        with pytest.raises(FetchError, match="not the locked file"):
            fetch.keep(wrong, package, tmp_path / "cache")
    fetch.keep(b"one", package, tmp_path / "cache")
    assert fetch.is_held(tmp_path / "cache", package)


def test_a_spoilt_file_in_the_cache_is_not_held(small_lock: Lock, tmp_path: Path) -> None:
    fill(small_lock, tmp_path / "cache")
    package = small_lock.packages[0]
    (tmp_path / "cache" / package.sha256).write_bytes(b"onf")
    assert not fetch.is_held(tmp_path / "cache", package)


def test_fetches_from_a_mirror_and_says_what_has_gone(small_lock: Lock, tmp_path: Path) -> None:
    held = tmp_path / "mirror" / small_lock.packages[0].path
    held.parent.mkdir(parents=True)
    held.write_bytes(b"one")
    fill(replace(small_lock, packages=()), tmp_path / "cache")
    with pytest.raises(FetchError, match=r"linux-source-6.12 1:1.0-2\+b1"):
        fetch.fetch(small_lock, tmp_path / "cache", {"debian": f"file://{tmp_path}/mirror"})
    assert fetch.is_held(tmp_path / "cache", small_lock.packages[0])


@pytest.mark.parametrize("as_tar", [False, True])
def test_an_archive_of_inputs_serves_for_every_mirror(
    small_lock: Lock, tmp_path: Path, *, as_tar: bool
) -> None:
    fill(small_lock, tmp_path / "kept")
    inputs = tmp_path / "kept"
    if as_tar:
        inputs = tmp_path / "inputs.tar"
        fetch.write_inputs(small_lock, tmp_path / "kept", inputs)
    fetch.take_inputs(small_lock, inputs, tmp_path / "cache")
    assert all(fetch.is_held(tmp_path / "cache", file) for file in fetch.all_files(small_lock))


def test_an_archive_of_inputs_is_verified_and_must_be_whole(
    small_lock: Lock, tmp_path: Path
) -> None:
    fill(small_lock, tmp_path / "kept")
    (tmp_path / "kept" / small_lock.wheels[0].sha256).unlink()
    with pytest.raises(FetchError, match="lacks 1"):
        fetch.take_inputs(small_lock, tmp_path / "kept", tmp_path / "cache")
    (tmp_path / "kept" / small_lock.wheels[0].sha256).write_bytes(b"bad")
    with pytest.raises(FetchError, match="not the locked file"):
        fetch.take_inputs(small_lock, tmp_path / "kept", tmp_path / "cache")


def tar_of_inputs(path: Path, *members: tuple[tarfile.TarInfo, bytes]) -> Path:
    with tarfile.open(path, "w") as tar:
        for info, body in members:
            info.size = len(body)
            tar.addfile(info, io.BytesIO(body))
    return path


def test_what_is_twice_in_an_archive_of_inputs_or_a_link_is_taken_once(
    small_lock: Lock, tmp_path: Path
) -> None:
    bodies = {sha256(body).hexdigest(): body for body in (b"one", b"two", b"egg")}
    files = [(file_info(f"inputs/{name}"), body) for name, body in bodies.items()]
    links = [(link_info(f"inputs/{name}", f"inputs/{name}"), b"") for name in bodies]
    path = tar_of_inputs(tmp_path / "inputs.tar", *links, *files, *files)
    fetch.take_inputs(small_lock, path, tmp_path / "cache")
    assert all(fetch.is_held(tmp_path / "cache", file) for file in fetch.all_files(small_lock))


def test_refuses_what_is_no_archive_of_inputs(small_lock: Lock, tmp_path: Path) -> None:
    looping = bytearray(file_info("inputs/b").tobuf())
    looping[124:136] = (2**96 - 512).to_bytes(12, "big")
    looping[148:156] = b"%06o\0 " % (sum(looping) - sum(looping[148:156]) + 8 * 32)
    (tmp_path / "looping").write_bytes(bytes(looping) + bytes(10_240))
    (tmp_path / "text").write_text("no tar")
    os.mkfifo(tmp_path / "pipe")
    for name in ("looping", "text", "pipe", "absent"):
        with pytest.raises(FetchError, match="no archive of inputs"):
            fetch.take_inputs(small_lock, tmp_path / name, tmp_path / "cache")


def test_an_input_that_is_too_large_is_not_read(small_lock: Lock, tmp_path: Path) -> None:
    fill(small_lock, tmp_path / "kept")
    large = tmp_path / "kept" / small_lock.packages[0].sha256
    os.truncate(large, 1 << 40)
    with pytest.raises(FetchError):
        fetch.take_inputs(small_lock, tmp_path / "kept", tmp_path / "cache")


def test_a_mirrors_pipe_is_not_waited_for(small_lock: Lock, tmp_path: Path) -> None:
    fill(replace(small_lock, packages=()), tmp_path / "cache")
    held = tmp_path / "mirror" / small_lock.packages[0].path
    held.parent.mkdir(parents=True)
    os.mkfifo(held)
    with pytest.raises(FetchError, match="not had"):
        fetch.fetch(small_lock, tmp_path / "cache", {"debian": f"file://{tmp_path}/mirror"})


def test_nothing_is_left_of_a_file_that_could_not_be_kept(
    small_lock: Lock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_path: Path, _mode: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "chmod", full)
    with pytest.raises(OSError, match="No space"):
        fetch.keep(b"one", small_lock.packages[0], tmp_path / "cache")
    assert not list((tmp_path / "cache").iterdir())


def test_two_builds_at_once_unpack_the_tools_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = lock_of({"tools": {"beta": b"two"}})
    first: list[Path] = []

    def slower(debs: tuple[Path, ...], root: Path) -> None:
        if not first:
            first.append(root)
            tools.unpacked(lock, tmp_path / "files", tmp_path / "tools")
        (root / "tool").write_text("t")

    monkeypatch.setattr(deb, "unpack", slower)
    made = tools.unpacked(lock, tmp_path / "files", tmp_path / "tools")
    assert (made.root / "tool").read_text() == "t"
    assert list((tmp_path / "tools").iterdir()) == [made.root]


def test_a_kernel_that_is_kept_in_part_is_replaced(
    small_lock: Lock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = kernel.key_of(small_lock, FRAGMENT)
    kernel.stand_in(tmp_path / key)
    (tmp_path / key / "symbols").unlink()
    monkeypatch.setattr(deb, "unpack", lambda _debs, root: root.mkdir())
    monkeypatch.setattr(kernel, "_compile", lambda _root, _fragment, _jobs: None)
    monkeypatch.setattr(kernel, "keep", lambda _linux, _fragment, kept: kernel.stand_in(kept))
    assert kernel.build(small_lock, FRAGMENT, tmp_path, tmp_path, 1) == kernel.cached(key, tmp_path)
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == [key]


def test_the_archive_of_inputs_is_the_same_every_time(small_lock: Lock, tmp_path: Path) -> None:
    fill(small_lock, tmp_path / "kept")
    for name in ("a", "b"):
        fetch.write_inputs(small_lock, tmp_path / "kept", tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_knows_the_machines_own_mirrors(tmp_path: Path) -> None:
    (tmp_path / "sources.list.d").mkdir()
    (tmp_path / "sources.list").write_text("deb [a=b] http://one.test/debian/ trixie main\n")
    (tmp_path / "sources.list.d/x.sources").write_text(
        "Types: deb\n# URIs: http://no.test/debian\nURIs: https://two.test/x/debian-security\n"
    )
    (tmp_path / "sources.list.d/y.list").write_text("deb http://three.test/ubuntu noble main\n")
    assert mirrors.from_apt(tmp_path) == {
        "debian": "http://one.test/debian",
        "debian-security": "https://two.test/x/debian-security",
    }


def test_takes_mirrors_from_words() -> None:
    assert mirrors.from_words(("debian=file:///srv/debian/",)) == {"debian": "file:///srv/debian"}
    for word in ("debian", "debian=ftp://x.test", "=", "http://x.test"):
        with pytest.raises(FetchError):
            mirrors.from_words((word,))
    with pytest.raises(FetchError, match="--mirror"):
        mirrors.address_of({}, "debian", "pool/x")


def test_runs_no_interpreter_of_the_folder_that_people_stand_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".venv/bin").mkdir(parents=True)
    (tmp_path / ".venv/bin/python").write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    (tmp_path / ".venv/bin/python").chmod(0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.executable", "/nonexistent/python")
    with contextlib.suppress(FetchError, CommandError):
        wheels.download((), tmp_path)
    assert not (tmp_path / "ran").exists()


def test_reads_what_apt_would_fetch() -> None:
    line = (
        "'http://m.test/debian/pool/main/a/ab/ab_1%3a2%2bb1_amd64.deb' ab_1%3a2+b1_amd64.deb 12 "
        "SHA256:" + "0" * 64
    )
    row = resolve.ROW.match(line)
    assert row
    package = resolve.package_from_row(row, {"debian": "http://m.test/debian"})
    assert (package.name, package.version, package.size) == ("ab", "1:2+b1", 12)
    assert package.path == "pool/main/a/ab/ab_1:2+b1_amd64.deb"
    with pytest.raises(LockError, match="no known mirror"):
        resolve.package_from_row(row, {"debian": "http://other.test/debian"})


def test_says_what_a_new_lock_changes(small_lock: Lock) -> None:
    newer = replace(small_lock.packages[0], version="2.0")
    after = replace(small_lock, packages=(newer, *small_lock.packages[1:]))
    assert resolve.changes(small_lock, small_lock) == ()
    assert resolve.changes(small_lock, after)[0] == "alpha: 1:1.0-2+b1 -> 2.0"


def test_reads_the_pins_of_a_hashed_requirements_file() -> None:
    text = f"a-b==1.0 \\\n    --hash=sha256:{'1' * 64} \\\n    --hash=sha256:{'2' * 64}\nc==2\n"
    assert wheels.pins(text) == {"a-b": ("1.0", ("1" * 64, "2" * 64)), "c": ("2", ())}
    assert "textual" in wheels.pins(places.REQUIREMENTS.read_text("utf-8"))


def test_a_kernels_key_is_its_inputs_and_nothing_else(small_lock: Lock) -> None:
    key = kernel.key_of(small_lock, FRAGMENT)
    assert kernel.key_of(small_lock, FRAGMENT.replace("a comment", "another")) == key
    assert kernel.key_of(small_lock, FRAGMENT.replace("UNIX=y", "UNIX=n")) != key
    source = replace(small_lock.packages[1], sha256="f" * 64)
    changed = replace(small_lock, packages=(small_lock.packages[0], source))
    assert kernel.key_of(changed, FRAGMENT) != key


def test_the_kernel_must_be_configured_as_asked() -> None:
    kernel.verify_configuration(FRAGMENT, 'CONFIG_UNIX=y\nCONFIG_NAME="x y"\nCONFIG_MORE=y\n')
    with pytest.raises(PartError, match="CONFIG_INET=n, not y"):
        kernel.verify_configuration(FRAGMENT, FRAGMENT + "CONFIG_INET=y\n")


def test_the_kernel_must_hold_no_way_into_a_network() -> None:
    kernel.verify_symbols("ffffffff81000000 T unix_create\n")
    with pytest.raises(PartError, match="tcp_v4_rcv"):
        kernel.verify_symbols("ffffffff81000000 T tcp_v4_rcv\n")


def test_the_committed_configuration_shuts_what_must_be_shut() -> None:
    asked = kernel.options(places.KERNEL_CONFIG.read_text("utf-8"))
    shut = "MODULES INET PACKET NETDEVICES WIRELESS BT IO_URING USER_NS KEXEC DEVMEM COREDUMP"
    assert all(asked[f"CONFIG_{name}"] == "n" for name in shut.split())
    assert asked["CONFIG_LOCK_DOWN_KERNEL_FORCE_CONFIDENTIALITY"] == "y"
    assert asked["CONFIG_INIT_ON_FREE_DEFAULT_ON"] == "y"


def test_a_kernel_is_cached_only_when_it_is_whole(tmp_path: Path) -> None:
    assert kernel.cached("k", tmp_path) is None
    kernel.stand_in(tmp_path / "k")
    assert kernel.cached("k", tmp_path)
    (tmp_path / "k/symbols").unlink()
    assert kernel.cached("k", tmp_path) is None
