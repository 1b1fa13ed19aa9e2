"""A TPM in software for each test that asks for one, and an owner's release key."""

import socket
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from image.trust import elliptic
from tests.conventions.documents import ROOT
from tests.real_parts import programs

PROGRAMS = ROOT / "image" / "overlay" / "usr" / "lib" / "airlock"
sys.path.insert(0, str(PROGRAMS))

from airlock_os.tpm.commands import Exchange  # noqa: E402 - found only after the path is set

PCR_EXTEND, CLEAR, PLATFORM = 0x182, 0x126, 0x4000000C


@dataclass(frozen=True, slots=True)
class Machine:
    """A TPM, and what firmware and other programs can do to it."""

    exchange: Exchange
    restart: Callable[[], None]

    def measure(self, register: int, digest: bytes) -> None:
        """Extend a register as firmware does."""
        values = struct.pack(">IH", 1, 0x0B) + digest
        assert self.demand(PCR_EXTEND, (register,), values)[6:10] == bytes(4)

    def clear(self) -> None:
        """Clear the TPM, as the firmware's menu does."""
        assert self.demand(CLEAR, (PLATFORM,))[6:10] == bytes(4)

    def demand(self, code: int, handles: tuple[int, ...], parameters: bytes = b"") -> bytes:
        """Give a command that the image itself never gives; the answer as it came."""
        area = struct.pack(">IHBH", 0x40000009, 0, 1, 0)
        named = struct.pack(f">{len(handles)}I", *handles)
        body = named + struct.pack(">I", len(area)) + area + parameters
        return self.exchange(struct.pack(">HII", 0x8002, 10 + len(body), code) + body)


class _SoftwareTpm:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._connection: socket.socket | None = None

    def start(self) -> None:
        server = self._folder / "socket"
        words = ("--tpm2", "--tpmstate", f"dir={self._folder}", "--flags", "startup-clear")
        listening = ("--server", f"type=unixio,path={server}")
        control = ("--ctrl", f"type=unixio,path={self._folder / 'control'}")
        server.unlink(missing_ok=True)
        self._process = subprocess.Popen(("swtpm", "socket", *words, *listening, *control))
        self._connection = socket.socket(socket.AF_UNIX)
        deadline = time.monotonic() + 20
        while True:
            try:
                self._connection.connect(str(server))
            except OSError:
                assert time.monotonic() < deadline
                time.sleep(0.02)
            else:
                return

    def stop(self) -> None:
        if self._connection is not None:
            self._connection.close()
        if self._process is not None:
            self._process.terminate()
            self._process.wait(10)

    def restart(self) -> None:
        self.stop()
        self.start()

    def exchange(self, sent: bytes) -> bytes:
        assert self._connection is not None
        self._connection.sendall(sent)
        answer = self._connection.recv(4096)
        while len(answer) < 6 or len(answer) < int.from_bytes(answer[2:6], "big"):
            more = self._connection.recv(4096)
            assert more
            answer += more
        return answer


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    programs.demand("swtpm")
    folder = tmp_path / "tpm"
    folder.mkdir()
    software = _SoftwareTpm(folder)
    try:
        software.start()
        yield Machine(software.exchange, software.restart)
    finally:
        software.stop()


@pytest.fixture(scope="session")
def release_key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("owner") / "release.key"
    elliptic.make_key(path)
    return path
