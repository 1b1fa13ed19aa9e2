import os
import random
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

import pytest

from appliance.wire import link
from appliance.wire.errors import DeviceUnavailable
from appliance.wire.fountain import Encoder
from appliance.wire.frame import framed
from appliance.wire.link import QUIET_SECONDS
from appliance.wire.receiver import Receiver
from appliance.wire.serial_port import PART_SIZE, Line, SerialPort
from tests.appliance.wire.serial_lines import PtyLine

MESSAGE = random.Random(1).randbytes(20_000)


def parts_of(message: bytes, part_size: int = PART_SIZE) -> Iterator[bytes]:
    return link.run_of_parts(Encoder(message, part_size))


def crossed(line: PtyLine, message: bytes, part_size: int, baud: int) -> bytes | None:
    """Send one way until the receiver has it, and return what it has."""
    done = threading.Event()
    with (
        SerialPort(Line(line.ends[0], baud)) as near,
        SerialPort(Line(line.ends[1], baud)) as far,
        ThreadPoolExecutor(1) as pool,
    ):
        sending = pool.submit(link.send, near, parts_of(message, part_size), done.is_set)
        try:
            return link.receive(far, Receiver())
        finally:
            done.set()
            assert sending.result() is False


@pytest.mark.parametrize("baud", [9_600, 115_200, 921_600, 3_000_000])
def test_a_message_crosses_one_way_at_every_rate(baud: int) -> None:
    with PtyLine() as line:
        assert crossed(line, MESSAGE, PART_SIZE, baud) == MESSAGE
        assert line.carried[1] == 0


def test_frames_leave_the_line_to_the_message() -> None:
    encoder = Encoder(random.Random(4).randbytes(100_000), PART_SIZE)
    frames = [framed(encoder.part(number)) for number in range(encoder.transfer.symbols)]
    assert 100_000 / sum(map(len, frames)) >= 0.97


def test_the_line_is_used_to_the_full_at_its_rate() -> None:
    with PtyLine(baud=921_600) as line:
        message = random.Random(2).randbytes(90_000)
        began = time.perf_counter()
        assert crossed(line, message, PART_SIZE, 921_600) == message
        goodput = len(message) / (time.perf_counter() - began)
        assert line.carried[0] < len(message) * 1.2
        assert goodput > 0.5 * 92_160


def test_noise_costs_frames_and_nothing_else() -> None:
    with PtyLine(error_rate=5e-4, seed=3) as line:
        assert crossed(line, MESSAGE, 512, 115_200) == MESSAGE


def test_noise_and_a_break_before_the_first_frame_do_no_harm() -> None:
    with PtyLine() as line, SerialPort(Line(line.ends[1])) as far:
        line.inject(1, b"\x11\x13\x03login: \r\n\0\0\0\xff\xff")
        with SerialPort(Line(line.ends[0])) as near:
            link.send(near, link.run_of_parts(Encoder(MESSAGE, PART_SIZE), 0.5))
            assert link.receive(far, Receiver()) == MESSAGE
        assert far.damaged == 2


def test_control_characters_pass_as_bytes_like_any_other() -> None:
    every = bytes(range(256)) * 2
    with (
        PtyLine() as line,
        SerialPort(Line(line.ends[0])) as near,
        SerialPort(Line(line.ends[1])) as far,
    ):
        near.send(every)
        arrived: tuple[bytes, ...] = ()
        while not arrived:
            arrived = far.receive()
        assert arrived == (every,)
        assert near.poll() == ()


def test_a_way_back_ends_the_sending_early() -> None:
    with (
        PtyLine() as line,
        SerialPort(Line(line.ends[0])) as near,
        SerialPort(Line(line.ends[1])) as far,
        ThreadPoolExecutor(1) as pool,
    ):
        sending = pool.submit(link.send, near, parts_of(MESSAGE), link.never, near)
        assert receive_and_confirm(far) == MESSAGE
        assert sending.result(10) is True


def test_a_busy_sender_is_told_again_when_it_comes_back() -> None:
    with (
        PtyLine() as line,
        SerialPort(Line(line.ends[0])) as near,
        SerialPort(Line(line.ends[1])) as far,
        ThreadPoolExecutor(1) as pool,
    ):
        parts = parts_of(MESSAGE)
        receiving = pool.submit(receive_and_confirm, far)
        link.send(near, islice(parts, Encoder(MESSAGE, PART_SIZE).transfer.symbols))
        near.drain()
        time.sleep(QUIET_SECONDS / 2)
        assert near.poll() != (), "the first confirmation, which nobody heeds"
        assert link.send(near, parts, after(5), near) is True
        assert receiving.result(10) == MESSAGE


def receive_and_confirm(port: SerialPort) -> bytes | None:
    receiver = Receiver()
    message = link.receive(port, receiver)
    link.confirm(port, receiver.transfer)
    return message


def after(seconds: float) -> Callable[[], bool]:
    deadline = time.monotonic() + seconds
    return lambda: time.monotonic() > deadline


def carry(line: PtyLine, parts: Iterable[bytes], receiver: Receiver, rank: int) -> bytes | None:
    """Send these parts and receive until the rank is reached, or the message whole."""
    with SerialPort(Line(line.ends[0])) as near, SerialPort(Line(line.ends[1])) as far:
        link.send(near, parts)
        near.drain()
        return link.receive(far, receiver, stop=lambda: receiver.progress.rank == rank)


def test_a_transfer_survives_three_pulled_cables_with_the_rank_it_has() -> None:
    parts, receiver = parts_of(MESSAGE), Receiver()
    for rank in (5, 10, 15):
        with PtyLine() as line:
            assert carry(line, islice(parts, 5), receiver, rank) is None
    assert receiver.progress.rank == 15
    with PtyLine() as line:
        assert carry(line, islice(parts, 8), receiver, 99) == MESSAGE
    assert receiver.progress.received == receiver.progress.needed


def test_a_cable_pulled_while_confirming_takes_nothing_away() -> None:
    with (
        PtyLine() as line,
        SerialPort(Line(line.ends[0])) as near,
        SerialPort(Line(line.ends[1])) as far,
    ):
        link.send(near, link.run_of_parts(Encoder(MESSAGE, PART_SIZE), 0.0))
        receiver = Receiver()
        assert link.receive(far, receiver) == MESSAGE
        line.pull()
        link.confirm(far, receiver.transfer)


def test_confirming_ends_when_told_to() -> None:
    with PtyLine() as line, SerialPort(Line(line.ends[1])) as far:
        began = time.monotonic()
        link.confirm(far, Encoder(MESSAGE, PART_SIZE).transfer, lambda: True)
        assert time.monotonic() - began < QUIET_SECONDS / 2


def test_a_pulled_cable_is_named_on_both_sides() -> None:
    with (
        PtyLine() as line,
        SerialPort(Line(line.ends[0])) as near,
        SerialPort(Line(line.ends[1])) as far,
    ):
        line.pull()
        with pytest.raises(DeviceUnavailable):
            link.receive(far, Receiver())
        with pytest.raises(DeviceUnavailable):
            link.send(near, parts_of(MESSAGE))
        with pytest.raises(DeviceUnavailable):
            near.poll()


def test_a_port_is_held_by_one_at_a_time() -> None:
    with PtyLine() as line:
        with SerialPort(Line(line.ends[0])), pytest.raises(DeviceUnavailable):
            SerialPort(Line(line.ends[0]))
        SerialPort(Line(line.ends[0])).close()


@pytest.mark.parametrize("device", ["/dev/does-not-exist", "/dev/null", "socket://localhost:1"])
def test_what_is_no_serial_port_is_unavailable(device: str) -> None:
    with pytest.raises(DeviceUnavailable):
        SerialPort(Line(device))


@pytest.mark.parametrize("baud", [0, 9_599, 3_000_001])
def test_refuses_rates_outside_the_range(baud: int) -> None:
    with pytest.raises(ValueError, match="baud"):
        SerialPort(Line("/dev/null", baud))


def test_a_line_that_is_held_back_loses_the_part_and_recovers() -> None:
    master, slave = os.openpty()
    try:
        with SerialPort(Line(os.ttyname(slave), 3_000_000)) as port:
            for number in range(40):
                port.send(bytes((number + 1,)) * 1000)
                if port._is_cut:
                    break
            assert port._is_cut
            received = b""
            while len(received) < 1000 or not received.endswith(framed(b"after")):
                received += os.read(master, 1 << 16)
                if port._is_cut:
                    port.send(b"after")
            assert received.endswith(b"\0" + framed(b"after"))
    finally:
        os.close(slave)
        os.close(master)
