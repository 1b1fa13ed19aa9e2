import os
import random
import termios
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

import pytest

from appliance.wire import link
from appliance.wire.errors import DeviceBusy, DeviceForbidden, DeviceUnavailable
from appliance.wire.frame import framed, line_encoder
from appliance.wire.link import QUIET_SECONDS, MemoryLink, memory_link
from appliance.wire.receiver import Receiver
from appliance.wire.serial_port import Line, SerialPort
from tests.appliance.wire.serial_lines import PtyLine

MESSAGE = random.Random(1).randbytes(20_000)


ENCODER = line_encoder(MESSAGE)


def parts_of(message: bytes) -> Iterator[bytes]:
    return link.run_of_parts(line_encoder(message))


def crossed(line: PtyLine, message: bytes, baud: int) -> bytes | None:
    """Send one way until the receiver has it, and return what it has."""
    done = threading.Event()
    with (
        SerialPort(Line(line.ends[0], baud)) as near,
        SerialPort(Line(line.ends[1], baud)) as far,
        ThreadPoolExecutor(1) as pool,
    ):
        sending = pool.submit(link.send, near, parts_of(message), done.is_set)
        try:
            return link.receive(far, Receiver())
        finally:
            done.set()
            assert sending.result() is False


@pytest.mark.parametrize("baud", [9_600, 115_200, 921_600, 3_000_000])
def test_a_message_crosses_one_way_at_every_rate(baud: int) -> None:
    with PtyLine() as line:
        assert crossed(line, MESSAGE, baud) == MESSAGE
        assert line.carried[1] == 0


def test_the_line_is_used_to_the_full_at_its_rate() -> None:
    with PtyLine(baud=921_600) as line:
        message = random.Random(2).randbytes(90_000)
        began = time.perf_counter()
        assert crossed(line, message, 921_600) == message
        goodput = len(message) / (time.perf_counter() - began)
        assert line.carried[0] < len(message) * 1.2
        assert goodput > 0.5 * 92_160


def test_noise_costs_frames_and_nothing_else() -> None:
    with PtyLine(error_rate=5e-4, seed=3) as line:
        assert crossed(line, MESSAGE, 115_200) == MESSAGE


def test_noise_and_a_break_before_the_first_frame_do_no_harm() -> None:
    with PtyLine() as line, SerialPort(Line(line.ends[1])) as far:
        line.inject(1, b"\x11\x13\x03login: \r\n\0\0\0\xff\xff")
        with SerialPort(Line(line.ends[0])) as near:
            link.send(near, link.run_of_parts(ENCODER, 0.5))
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
        link.send(near, islice(parts, ENCODER.parts_needed))
        near.drain()
        time.sleep(QUIET_SECONDS / 2)
        assert near.poll() != (), "the first confirmation, which nobody heeds"
        assert link.send(near, parts, after(5), near) is True
        assert receiving.result(10) == MESSAGE


def receive_and_confirm(port: SerialPort, receiver: Receiver | None = None) -> bytes | None:
    receiver = receiver or Receiver()
    message = link.receive(port, receiver)
    link.confirm(port, receiver.transfer)
    return message


def after(seconds: float) -> Callable[[], bool]:
    deadline = time.monotonic() + seconds
    return lambda: time.monotonic() > deadline


def test_a_transfer_survives_three_pulled_cables_with_the_rank_it_has() -> None:
    parts, receiver = parts_of(MESSAGE), Receiver()
    each = ENCODER.parts_needed // 4
    for pulled in (1, 2, 3):
        with (
            PtyLine() as line,
            SerialPort(Line(line.ends[0])) as near,
            SerialPort(Line(line.ends[1])) as far,
        ):
            link.send(near, islice(parts, each))
            near.drain()
            rank = pulled * each * ENCODER.part_symbols
            heard = link.receive(far, receiver, stop=lambda: receiver.progress.rank >= rank)  # noqa: B023
            assert heard is None
            assert receiver.progress.rank == rank
    with (
        PtyLine() as line,
        SerialPort(Line(line.ends[0])) as near,
        SerialPort(Line(line.ends[1])) as far,
    ):
        link.send(near, islice(parts, ENCODER.parts_needed - 3 * each))
        assert link.receive(far, receiver) == MESSAGE
    assert receiver.progress.received == ENCODER.parts_needed


def test_ports_come_back_by_themselves_when_the_cable_is_plugged_in_again(tmp_path: Path) -> None:
    message, baud = random.Random(5).randbytes(100_000), 460_800
    receiver, ranks = Receiver(), []
    with (
        PtyLine(baud, folder=tmp_path) as line,
        SerialPort(Line(line.ends[0], baud), patience=20) as near,
        SerialPort(Line(line.ends[1], baud), patience=20) as far,
        ThreadPoolExecutor(2) as pool,
    ):
        sending = pool.submit(link.send, near, parts_of(message), after(60), near.back)
        receiving = pool.submit(receive_and_confirm, far, receiver)
        for share in (0.2, 0.4, 0.6):
            wait_until(lambda: has(receiver, share))  # noqa: B023
            line.pull()
            ranks.append(receiver.progress.rank)
            time.sleep(0.3)
            assert not receiving.done()
            line.plug()
        assert receiving.result(60) == message
        assert sending.result(60) is True
    assert ranks == sorted(ranks)
    assert receiver.progress.received < 1.5 * receiver.progress.needed


def has(receiver: Receiver, share: float) -> bool:
    progress = receiver.progress
    return progress.needed > 0 and progress.rank >= share * progress.needed


def wait_until(is_so: Callable[[], bool]) -> None:
    is_late = after(30)
    while not is_so():
        assert not is_late()
        time.sleep(0.005)


def test_a_cable_that_stays_away_is_named_when_patience_ends(tmp_path: Path) -> None:
    with (
        PtyLine(folder=tmp_path) as line,
        SerialPort(Line(line.ends[0]), patience=0.3) as near,
        SerialPort(Line(line.ends[1]), patience=0.3) as far,
    ):
        line.pull()
        with pytest.raises(DeviceUnavailable, match="did not come back"):
            link.receive(far, Receiver())
        with pytest.raises(DeviceUnavailable, match="did not come back"):
            link.send(near, parts_of(MESSAGE))
        assert near.poll() == ()
        near.drain()


def test_waiting_for_a_cable_ends_when_told_to(tmp_path: Path) -> None:
    with PtyLine(folder=tmp_path) as line, SerialPort(Line(line.ends[0]), patience=60) as near:
        line.pull()
        began = time.monotonic()
        assert link.send(near, parts_of(MESSAGE), after(0.5)) is False
        assert link.receive(near, Receiver(), stop=after(0.2)) is None
        assert time.monotonic() - began < 3


def test_one_way_neither_reads_nor_answers() -> None:
    with (
        PtyLine() as line,
        SerialPort(Line(line.ends[0], one_way=True)) as near,
        SerialPort(Line(line.ends[1], one_way=True)) as far,
    ):
        line.inject(0, framed(link.acknowledgement(ENCODER.transfer)))
        assert (near.back, far.back) == (None, None)
        run = link.run_of_parts(ENCODER, overhead=1.0)
        with ThreadPoolExecutor(1) as pool:
            receiving = pool.submit(link.receive, far, Receiver())
            assert link.send(near, run, back=near.back) is False
            assert receiving.result(20) == MESSAGE
        assert next(run, None) is None, "both rounds were sent"
        assert near.poll() != (), "the confirmation that nobody had read"
        assert line.carried[1] <= 20


def test_a_stated_number_of_rounds_arrives_before_the_port_closes() -> None:
    with PtyLine(baud=115_200) as line, SerialPort(Line(line.ends[1], one_way=True)) as far:
        with SerialPort(Line(line.ends[0], one_way=True)) as near:
            link.send(near, link.run_of_parts(ENCODER, 0.0))
            near.drain()
        assert link.receive(far, Receiver(), stop=after(20)) == MESSAGE


def lossy_qr(message: bytes, seed: int) -> tuple[MemoryLink, MemoryLink, Iterator[bytes]]:
    """Return the ends of a QR link that loses a third, and the parts as codes of version 20."""
    near, far = memory_link(link.Conditions(loss=0.33), seed)
    return near, far, link.run_of_parts(line_encoder(message).resized(858))


def test_a_transfer_begun_by_qr_goes_on_by_serial_and_keeps_its_rank() -> None:
    receiver = Receiver()
    shown, seen, codes = lossy_qr(MESSAGE, 1)
    link.send(shown, islice(codes, 12))
    for part in seen.poll():
        receiver.add(part)
    rank = receiver.progress.rank
    assert 0 < rank < receiver.progress.needed
    symbols = ENCODER.transfer.symbols - rank
    parts = ENCODER.parts(ENCODER.parts_needed)
    with (
        PtyLine() as line,
        SerialPort(Line(line.ends[0])) as near,
        SerialPort(Line(line.ends[1])) as far,
    ):
        link.send(near, islice(parts, -(-symbols // ENCODER.part_symbols) + 1))
        assert link.receive(far, receiver, stop=after(20)) == MESSAGE


def test_a_transfer_begun_by_serial_goes_on_by_qr_and_keeps_its_rank() -> None:
    receiver = Receiver()
    with (
        PtyLine() as line,
        SerialPort(Line(line.ends[0])) as near,
        SerialPort(Line(line.ends[1])) as far,
    ):
        link.send(near, islice(parts_of(MESSAGE), ENCODER.parts_needed // 2))
        half = ENCODER.parts_needed // 2 * ENCODER.part_symbols
        link.receive(far, receiver, stop=lambda: receiver.progress.rank == half)
    shown, seen, codes = lossy_qr(MESSAGE, 2)
    sent = 0
    while receiver.message is None:
        link.send(shown, [next(codes)])
        sent += 1
        for part in seen.poll():
            receiver.add(part)
    assert receiver.message == MESSAGE
    assert receiver.progress.received < ENCODER.parts_needed + 2 * sent


def test_qr_and_serial_at_once_make_one_message() -> None:
    shown, seen, codes = lossy_qr(MESSAGE, 3)
    with (
        PtyLine() as line,
        SerialPort(Line(line.ends[0])) as near,
        SerialPort(Line(line.ends[1])) as far,
    ):
        link.send(shown, islice(codes, 12))
        link.send(near, islice(ENCODER.parts(10), 60))
        both = link.Beside(seen, far)
        assert link.receive(both, Receiver(), stop=after(20)) == MESSAGE


def test_a_cable_pulled_while_confirming_takes_nothing_away() -> None:
    with (
        PtyLine() as line,
        SerialPort(Line(line.ends[0])) as near,
        SerialPort(Line(line.ends[1])) as far,
    ):
        link.send(near, link.run_of_parts(ENCODER, 0.0))
        receiver = Receiver()
        assert link.receive(far, receiver) == MESSAGE
        line.pull()
        link.confirm(far, receiver.transfer)


def test_confirming_ends_when_told_to() -> None:
    with PtyLine() as line, SerialPort(Line(line.ends[1])) as far:
        began = time.monotonic()
        link.confirm(far, ENCODER.transfer, lambda: True)
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


def test_a_port_that_another_program_holds_is_busy() -> None:
    with PtyLine() as line:
        with SerialPort(Line(line.ends[0])), pytest.raises(DeviceBusy, match=line.ends[0]) as told:
            SerialPort(Line(line.ends[0]))
        assert "other program" in told.value.next
        SerialPort(Line(line.ends[0])).close()


@pytest.mark.parametrize("device", ["/dev/does-not-exist", "/dev/null", "socket://localhost:1"])
def test_what_is_no_serial_port_is_unavailable(device: str) -> None:
    with pytest.raises(DeviceUnavailable, match="serial port") as told:
        SerialPort(Line(device))
    assert "Plug it in" in told.value.next


@pytest.mark.skipif(os.geteuid() != 0, reason="takes root, who then gives root up")
def test_a_port_that_others_own_is_forbidden() -> None:
    with PtyLine() as line:
        Path(line.ends[0]).chmod(0o600)
        os.seteuid(65534)
        try:
            with pytest.raises(DeviceForbidden, match="may not be opened") as told:
                SerialPort(Line(line.ends[0]))
        finally:
            os.seteuid(0)
        assert "dialout" in told.value.next


def test_an_open_port_has_no_line_discipline_and_is_no_terminal() -> None:
    with PtyLine() as line:
        descriptor = os.open(line.ends[0], os.O_RDWR | os.O_NOCTTY)
        try:
            flags = list(termios.tcgetattr(descriptor))
            flags[0] |= termios.BRKINT | termios.ICRNL | termios.IXON | termios.INPCK
            flags[3] |= termios.ICANON | termios.ECHO | termios.ISIG
            termios.tcsetattr(descriptor, termios.TCSANOW, flags)
            with SerialPort(Line(line.ends[0])):
                taken, given, control, local, *_ = termios.tcgetattr(descriptor)
        finally:
            os.close(descriptor)
    assert not taken & (termios.BRKINT | termios.ICRNL | termios.IXON | termios.IXOFF)
    assert not taken & (termios.INPCK | termios.ISTRIP | termios.PARMRK | termios.IGNBRK)
    assert not given & termios.OPOST
    assert not local & (termios.ICANON | termios.ECHO | termios.ISIG | termios.IEXTEN)
    assert control & termios.CSIZE == termios.CS8
    assert not control & (termios.PARENB | termios.CSTOPB | termios.CRTSCTS)


def test_hardware_flow_control_is_asked_for_only_where_it_is_wired() -> None:
    with PtyLine() as line, SerialPort(Line(line.ends[0], hardware_flow_control=True)) as port:
        assert termios.tcgetattr(port._port)[2] & termios.CRTSCTS


@pytest.mark.parametrize("baud", [0, 9_599, 3_000_001])
def test_refuses_rates_outside_the_range(baud: int) -> None:
    with pytest.raises(ValueError, match="baud"):
        SerialPort(Line("/dev/null", baud))


def test_a_line_that_is_held_back_loses_the_part_and_recovers() -> None:
    master, slave = os.openpty()
    try:
        with SerialPort(Line(os.ttyname(slave), 3_000_000)) as port:
            port.send(b"first")
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
