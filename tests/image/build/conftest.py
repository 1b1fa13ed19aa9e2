import contextlib
import io
import socket
import struct
import tarfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from image.inputs.deb import Entry
from image.inputs.lock import SETS, Lock, Package, Release, Wheel
from image.root.root_tree import Tree

DebMaker = Callable[..., Path]


def member(name: str, body: bytes) -> bytes:
    header = f"{name:<16}{0:<12}{0:<6}{0:<6}{'100644':<8}{len(body):<10}`\n".encode()
    return header + body + b"\n" * (len(body) % 2)


def tar_of(*members: tuple[tarfile.TarInfo, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:xz") as tar:
        for info, body in members:
            info.size = len(body)
            tar.addfile(info, io.BytesIO(body))
    return out.getvalue()


def file_info(name: str, mode: int = 0o644) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.mode = mode
    return info


def link_info(name: str, target: str, kind: bytes = tarfile.SYMTYPE) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


@pytest.fixture
def make_deb(tmp_path: Path) -> DebMaker:
    def make(name: str, *members: tuple[tarfile.TarInfo, bytes]) -> Path:
        control = tar_of((file_info("./control"), b"Package: thing\nVersion: 1.0-2\n"))
        parts = [
            member("debian-binary", b"2.0\n"),
            member("control.tar.xz", control),
            member("data.tar.xz", tar_of(*members)),
        ]
        path = tmp_path / f"{name}.deb"
        path.write_bytes(b"!<arch>\n" + b"".join(parts))
        return path

    return make


@pytest.fixture
def small_lock() -> Lock:
    return lock_of({"root": {"alpha": b"one"}, "kernel": {"linux-source-6.12": b"two"}})


def lock_of(contents: dict[str, dict[str, bytes]]) -> Lock:
    packages = tuple(
        Package(
            name,
            "1:1.0-2+b1",
            "amd64",
            "debian",
            f"pool/main/a/{name}/{name}_1.0-2+b1_amd64.deb",
            len(body),
            sha256(body).hexdigest(),
        )
        for members in contents.values()
        for name, body in sorted(members.items())
    )
    wheel = Wheel("thing", "1.0", "thing-1.0-py3-none-any.whl", 3, sha256(b"egg").hexdigest())
    return Lock(
        (Release("debian", "trixie", "2026-11-01T10:20:30Z", "a" * 64),),
        tuple(sorted(packages, key=lambda package: package.name)),
        (wheel,),
        {name: tuple(sorted(contents.get(name, {}))) for name in SETS},
    )


def tree_of(**files: bytes) -> Tree:
    return {name: Entry(name, 0o644, data=body) for name, body in sorted(files.items())}


def stub_of(sections: dict[str, bytes]) -> bytes:
    """Return a small PE32+ file with these sections and room for more."""
    room, count = 1024, len(sections)
    head = bytearray(b"MZ".ljust(60, b"\0") + struct.pack("<I", 64))
    head += struct.pack("<4sHHIIIHH", b"PE\0\0", 0x8664, count, 0, 0, 0, 240, 0x22E)
    optional = bytearray(240)
    struct.pack_into("<H", optional, 0, 0x20B)
    struct.pack_into("<II", optional, 32, 4096, 512)
    struct.pack_into("<II", optional, 56, 4096 * (count + 1), room)
    head += optional
    bodies = b""
    for number, (name, body) in enumerate(sections.items(), 1):
        raw = len(body) + -len(body) % 512
        at = room + len(bodies)
        head += struct.pack("<8sIIII16x", name.encode(), len(body), 4096 * number, raw, at)
        bodies += body.ljust(raw, b"\0")
    return bytes(head).ljust(room, b"\0") + bodies


Answers = Callable[[Iterable[bytes]], str]


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Iterator[Answers]:
    """A mirror on this machine that answers every request with these bytes; its address."""
    monkeypatch.setattr(time, "sleep", lambda _seconds: None)
    monkeypatch.setenv("no_proxy", "*")
    server = socket.create_server(("127.0.0.1", 0))

    def start(pieces: Iterable[bytes]) -> str:
        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = server.accept()
                    with contextlib.suppress(OSError), connection:
                        connection.recv(4096)
                        for piece in pieces:
                            connection.sendall(piece)

        threading.Thread(target=serve, daemon=True).start()
        return f"http://127.0.0.1:{server.getsockname()[1]}"

    yield start
    server.shutdown(socket.SHUT_RDWR)
    server.close()
