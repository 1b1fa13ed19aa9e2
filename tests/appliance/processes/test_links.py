"""Which link a message comes and goes by: what is offered, refused, recorded, and carried over."""

import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TypeVar

import pytest

from appliance.errors import AirlockError
from appliance.journal.file import read_entries
from appliance.model.entry import RequestReceived, ResponseShown
from appliance.processes import link_messages as link
from appliance.processes import signer_messages as signer
from appliance.processes.desk import ApplianceDesk
from appliance.processes.peers import LinkPeer
from appliance.processes.spawn import spawn
from appliance.tui.desk import Medium, SheetToReview, TransferProgress
from appliance.wire import camera, qr
from appliance.wire.errors import DeviceUnavailable, TransferIncomplete
from appliance.wire.fountain import Encoder
from appliance.wire.frame import line_encoder
from appliance.wire.link import receive, send
from appliance.wire.messages import message_digest
from appliance.wire.qr import QUIET_ZONE, Correction
from appliance.wire.receiver import Receiver
from appliance.wire.serial_port import Line, SerialPort
from tests import hostile_coordinator as hostile
from tests.appliance.processes.conftest import PASSPHRASES, Device, new_device, open_session
from tests.appliance.wire.serial_lines import PtyLine
from tests.real_parts.soft_hsm import TRANSPORT_PIN, SoftHsm

MESSAGE = random.Random(1).randbytes(9_000)
LONG = random.Random(2).randbytes(60_000)
VERSION = 20
Body = TypeVar("Body")


def settings_with(folder: Path, *links: str) -> Path:
    """Write settings of a link process: it needs no token and no journal."""
    path = folder / "settings.toml"
    device = f'[device]\ndata = "{folder}"\n[hsm]\nmodule = "/none"\ntoken = "none"\n[links]\n'
    path.write_text(device + "\n".join(links) + "\n")
    return path


@dataclass
class Follower:
    """A link process, and the progress that it told."""

    peer: LinkPeer
    told: list[TransferProgress]

    def receive(self, medium: link.Medium) -> object:
        return self.peer.follow(link.StartReceiving(medium), self.told.append)


@pytest.fixture
def followers() -> Iterator[list[LinkPeer]]:
    peers: list[LinkPeer] = []
    yield peers
    for peer in peers:
        peer.end()


def film(encoder: Encoder, numbers: range, path: Path) -> None:
    """Record the codes of these parts."""
    size = 4 * (qr.side(VERSION) + 2 * QUIET_ZONE)
    frames = qr.animation(encoder, VERSION, Correction.LOW)
    shown = islice(frames, numbers.start, numbers.stop)
    camera.record((camera.render(frame, size) for frame in shown), path, 15)


@contextmanager
def sending_on(port: SerialPort, parts: Iterator[bytes]) -> Iterator[None]:
    """Send for as long as the block takes."""
    done = threading.Event()
    sending = threading.Thread(target=send, args=(port, parts, done.is_set))
    sending.start()
    try:
        yield
    finally:
        done.set()
        sending.join()


def test_a_transfer_begun_before_the_camera_goes_on_by_serial_with_its_rank(
    tmp_path: Path, followers: list[LinkPeer]
) -> None:
    encoder = Encoder(MESSAGE, qr.part_size(VERSION))
    half = encoder.parts_needed // 2
    film(encoder, range(half), tmp_path / "half.avi")
    with PtyLine(folder=tmp_path) as line:
        settings = settings_with(
            tmp_path, f'camera = "{tmp_path}/half.avi"', f'serial = "{line.ends[1]}"'
        )
        peer = LinkPeer(settings)
        followers.append(peer)
        process = Follower(peer, [])
        with pytest.raises(AirlockError) as told:
            process.receive(link.Medium.QR)
        assert told.value.id == TransferIncomplete.id
        rank, needed = half * encoder.part_symbols, encoder.transfer.symbols
        assert told.value.what.startswith(f"{rank} of {needed} ")
        process.told.clear()
        serial = line_encoder(MESSAGE)
        assert serial.transfer == encoder.transfer
        beyond = serial.parts(serial.parts_needed)
        with SerialPort(Line(line.ends[0])) as near, sending_on(near, beyond):
            received = process.receive(link.Medium.SERIAL)
    assert received == link.Received(link.Medium.SERIAL, MESSAGE)
    assert min(told.rank for told in process.told) >= rank


def test_a_message_sent_by_serial_goes_on_where_the_cable_was_pulled(
    tmp_path: Path, followers: list[LinkPeer]
) -> None:
    receiver = Receiver()
    with PtyLine(115_200, folder=tmp_path) as line:
        peer = LinkPeer(settings_with(tmp_path, f'serial = "{line.ends[0]}"'))
        followers.append(peer)
        answers: list[object] = []
        for share in (0.2, 0.5, 1.0):
            call = (link.SendMessage(LONG, 0), print)
            sending = threading.Thread(target=lambda: answers.append(peer.follow(*call)))  # noqa: B023
            sending.start()
            with SerialPort(Line(line.ends[1])) as far:

                def stop() -> bool:
                    progress = receiver.progress
                    return 0 < progress.needed * share <= progress.rank  # noqa: B023

                receive(far, receiver, stop=stop)
            peer.stop()
            sending.join()
            line.pull()
            line.plug()
    assert receiver.message == LONG
    assert answers == [link.Stopped()] * 3
    assert receiver.progress.duplicates == 0


def test_a_message_shown_before_is_sent_from_where_its_codes_stopped(
    tmp_path: Path, followers: list[LinkPeer]
) -> None:
    encoder, receiver = Encoder(LONG, 1273), Receiver()
    for part in islice(encoder.parts(), encoder.parts_needed // 2):
        receiver.add(part)
    with PtyLine(115_200, folder=tmp_path) as line:
        peer = LinkPeer(settings_with(tmp_path, f'serial = "{line.ends[0]}"'))
        followers.append(peer)
        call = (link.SendMessage(LONG, receiver.progress.rank), print)
        sending = threading.Thread(target=peer.follow, args=call)
        sending.start()
        with SerialPort(Line(line.ends[1])) as far:
            receive(far, receiver)
        peer.stop()
        sending.join()
    assert receiver.message == LONG
    assert receiver.progress.duplicates == 0


@pytest.mark.parametrize("flow", ["none", "rtscts"])
def test_says_what_is_wrong_with_the_port(
    tmp_path: Path, followers: list[LinkPeer], flow: str
) -> None:
    settings = settings_with(tmp_path, f'serial = "{tmp_path}/absent"', f'flow = "{flow}"')
    followers.append(peer := LinkPeer(settings))
    with pytest.raises(AirlockError, match="no serial port") as told:
        peer.follow(link.StartReceiving(link.Medium.SERIAL), print)
    assert (told.value.id, told.value.next) == (DeviceUnavailable.id, DeviceUnavailable.next)


# What is on record


def bodies(device: Device, kind: type[Body]) -> list[Body]:
    entries = read_entries(device.journal.read_bytes())
    return [entry.body for entry in entries if isinstance(entry.body, kind)]


def test_the_record_names_the_link_in_and_the_link_out(device: Device, desk: ApplianceDesk) -> None:
    open_session(desk)
    envelope = device.honest()
    desk.received(envelope, Medium.SERIAL)
    sheet = desk.read(envelope)
    assert isinstance(sheet, SheetToReview)
    given = tuple(desk.approve(sheet, name, PASSPHRASES[name]) for name in ("Ada", "Ben"))
    outgoing = desk.sign(sheet, given, lambda *_: None)
    with pytest.raises(AirlockError, match="no serial port is set up"):
        desk.send(outgoing, 0, print)
    assert bodies(device, RequestReceived) == [RequestReceived(message_digest(envelope), "serial")]
    shown = [body for body in bodies(device, ResponseShown) if body.response == outgoing.digest]
    assert [body.link for body in shown] == ["qr", "serial"]


def test_a_request_is_recorded_once_for_each_link(device: Device, desk: ApplianceDesk) -> None:
    envelope = device.honest()
    for medium in (Medium.QR, Medium.SERIAL, Medium.QR, Medium.QR, Medium.SERIAL):
        desk.received(envelope, medium)
    digest = message_digest(envelope)
    assert bodies(device, RequestReceived) == [
        RequestReceived(digest, "qr"),
        RequestReceived(digest, "serial"),
    ]
    assert device.verify_journal() == 3


def test_nothing_is_recorded_of_what_is_not_authentic(device: Device) -> None:
    altered = bytearray(device.honest())
    altered[len(altered) // 2] ^= 1
    child = spawn("signer", device.settings, signer.Reply, signer.Call)
    try:
        for message in (bytes(altered), b"junk", b"\x82\x01"):
            child.channel.send(signer.Receive(message, "qr"))
            assert isinstance(child.channel.receive(), signer.Failed)
    finally:
        child.end()
    assert bodies(device, RequestReceived) == []


# What the officers' policy enables


@pytest.fixture(scope="session")
def founded_without_serial(tmp_path_factory: pytest.TempPathFactory) -> Device:
    device = new_device(tmp_path_factory.mktemp("without-serial"))
    proposal = hostile.proposal()
    policy = replace(proposal.policy, serial_link=False)
    desk = device.desk()
    try:
        read = desk.read_proposal(hostile.sealed_proposal(replace(proposal, policy=policy)))
        for name, passphrase in PASSPHRASES.items():
            desk.enrol(name, passphrase)
        desk.commission(read, TRANSPORT_PIN)
    finally:
        desk.end()
    return device


@pytest.fixture
def sealed_desk(founded_without_serial: Device, tmp_path: Path) -> Iterator[ApplianceDesk]:
    device = founded_without_serial.copied_to(tmp_path)
    with device.settings.open("a") as settings:
        settings.write('[links]\ncamera = "0"\nserial = "/dev/ttyUSB0"\n')
    desk = device.desk()
    yield desk
    desk.end()


ERRANDS: dict[str, Callable[[ApplianceDesk, bytes], object]] = {
    "receive": lambda desk, _: desk.receive(Medium.SERIAL, print),
    "received": lambda desk, envelope: desk.received(envelope, Medium.SERIAL),
    "show": lambda desk, _: desk.show(desk.standing().last_response or b"", Medium.SERIAL),
}


@pytest.mark.parametrize("what", ERRANDS)
def test_serial_is_refused_where_the_policy_does_not_enable_it(
    sealed_desk: ApplianceDesk, tmp_path: Path, what: str
) -> None:
    assert sealed_desk.standing().links == (Medium.QR,)
    device = Device(SoftHsm(tmp_path, ""))
    with pytest.raises(AirlockError) as told:
        ERRANDS[what](sealed_desk, device.honest())
    assert told.value.id == "LINK-FORBIDDEN"
    assert bodies(device, RequestReceived) == []


def test_serial_is_offered_before_the_founding_and_where_the_policy_enables_it(
    device: Device, tmp_path_factory: pytest.TempPathFactory
) -> None:
    fresh = new_device(tmp_path_factory.mktemp("fresh"))
    for each in (fresh, device):
        with each.settings.open("a") as settings:
            settings.write('[links]\nserial = "/dev/ttyUSB0"\n')
        desk = each.desk()
        try:
            assert desk.standing().links == (Medium.SERIAL,)
        finally:
            desk.end()


def test_the_signer_process_refuses_a_link_that_there_is_not(device: Device) -> None:
    child = spawn("signer", device.settings, signer.Reply, signer.Call)
    try:
        for call in (signer.Receive(device.honest(), "usb"), signer.Show(bytes(32), "file")):
            child.channel.send(call)
            reply = child.channel.receive()
            assert isinstance(reply, signer.Failed)
            assert reply.id == "LINK-FORBIDDEN"
    finally:
        child.end()
