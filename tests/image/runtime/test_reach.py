"""The terminal's processes as users of their own: reached over a socket, lost, reached again."""

import os
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from airlock_os import reach

from appliance.errors import ProcessEnded
from appliance.processes.desk import ApplianceDesk
from appliance.settings import load_settings
from tests.image.runtime.service_manager import ServiceManager


@pytest.fixture
def sockets() -> Iterator[Path]:
    """A folder with a name short enough for a socket's address."""
    with tempfile.TemporaryDirectory(prefix="airlock-") as folder:
        yield Path(folder)


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    path = tmp_path / "settings.toml"
    path.write_text(f'[device]\ndata = "{tmp_path}/data"\n[hsm]\nmodule = "/m.so"\ntoken = "1"\n')
    return path


@contextmanager
def desk_at(settings: Path, starter: Path) -> Iterator[ApplianceDesk]:
    desk = ApplianceDesk(load_settings(settings), settings, lambda: 0, starter)
    try:
        yield desk
    finally:
        desk.end()


def test_the_terminal_works_with_a_process_that_it_did_not_start(
    sockets: Path, settings: Path
) -> None:
    with ServiceManager(sockets, "signer", settings) as manager:
        with desk_at(settings, manager.starter) as desk:
            assert not desk.standing().founded
            assert desk.enrol("Ada", "a passphrase of some length").enrolled == ("Ada",)
            assert len(manager.processes) == 1
        assert manager.processes[0].wait(20) == 0


def test_a_lost_process_is_told_and_reached_again(sockets: Path, settings: Path) -> None:
    with (
        ServiceManager(sockets, "signer", settings) as manager,
        desk_at(settings, manager.starter) as desk,
    ):
        desk.enrol("Ada", "a passphrase of some length")
        manager.processes[0].kill()
        manager.processes[0].wait()
        with pytest.raises(ProcessEnded):
            desk.standing()
        again = desk.standing()
        assert again.notice is not None
        assert again.enrolled == ()


def test_there_is_never_a_second_signer_process(sockets: Path, settings: Path) -> None:
    with (
        ServiceManager(sockets, "signer", settings) as manager,
        desk_at(settings, manager.starter) as first,
        desk_at(settings, manager.starter) as second,
    ):
        first.standing()
        with pytest.raises(ProcessEnded):
            second.standing()


def test_without_anybody_listening_the_process_is_gone(sockets: Path, settings: Path) -> None:
    with ServiceManager(sockets, "signer", settings) as manager:
        starter = manager.starter
    with desk_at(settings, starter) as desk, pytest.raises(ProcessEnded):
        desk.standing()


@pytest.mark.parametrize(
    "arguments",
    [
        ["cards", "--settings", "/s", "--channel", "3,4"],
        ["signer", "--settings", "/s"],
        ["signer", "--channel", "3,4", "--settings", "/s"],
        ["signer", "--settings", "/s", "--channel", "3,4", "more"],
        [],
    ],
)
def test_no_process_is_reached_that_is_not_meant(arguments: list[str]) -> None:
    assert reach.main(arguments) == 2


def test_bytes_pass_both_ways_at_once_and_the_end_is_passed_on(sockets: Path) -> None:
    """Both directions are full at the same time, which a relay with one loop would not survive."""
    import socket  # noqa: PLC0415 - no other test needs one

    near, far = socket.socketpair()
    to_relay, from_relay = os.pipe(), os.pipe()
    sent = os.urandom(1 << 20)
    relay = threading.Thread(target=reach.relay, args=(to_relay[0], from_relay[1], near))
    relay.start()
    writers = [
        threading.Thread(target=write_all, args=(to_relay[1], sent)),
        threading.Thread(target=far.sendall, args=(sent,)),
    ]
    for writer in writers:
        writer.start()
    received: list[bytes] = []
    reader = threading.Thread(
        target=lambda: received.append(read_exactly(from_relay[0], len(sent)))
    )
    reader.start()
    at_peer = b"".join(iter(lambda: far.recv(1 << 16), b""))
    for thread in (*writers, reader):
        thread.join(20)
    far.close()
    relay.join(20)
    near.close()
    for end in (to_relay[0], *from_relay):
        os.close(end)
    assert at_peer == sent
    assert received == [sent]
    assert not relay.is_alive()


def write_all(end: int, data: bytes) -> None:
    while data:
        data = data[os.write(end, data[: 1 << 16]) :]
    os.close(end)


def read_exactly(end: int, size: int) -> bytes:
    data = b""
    while len(data) < size:
        data += os.read(end, size - len(data))
    return data
