"""Serial lines: the sender goes on until the other side says that the message is whole."""

from appliance.wire import link
from appliance.wire.errors import TransferIncomplete
from appliance.wire.fountain import Encoder
from appliance.wire.receiver import Receiver
from appliance.wire.serial_port import MAX_BAUD, MIN_BAUD, PART_SIZE, Line, SerialPort
from online_coordinator.errors import InputRefused, LinkNotConfirmed
from online_coordinator.links.waiting import Meter, after


def send_over(message: bytes, device: str, baud: int, seconds: int) -> None:
    """Send until it is confirmed. Raises LinkNotConfirmed, DeviceUnavailable, InputRefused."""
    with SerialPort(_line(device, baud)) as port:
        parts = link.run_of_parts(Encoder(message, PART_SIZE))
        if not link.send(port, parts, after(seconds), port):
            raise LinkNotConfirmed(f"the other side confirmed nothing in {seconds} s")


def receive_over(device: str, baud: int, seconds: int) -> bytes:
    """Return a whole message, and confirm it. Raises LinkError, InputRefused."""
    with SerialPort(_line(device, baud)) as port:
        receiver = Receiver()
        message = link.receive(port, receiver, Meter(), after(seconds))
        if message is None:
            raise TransferIncomplete(f"no whole message arrived in {seconds} s")
        link.confirm(port, receiver.transfer)
    return message


def _line(device: str, baud: int) -> Line:
    if not MIN_BAUD <= baud <= MAX_BAUD:
        raise InputRefused(f"--baud is from {MIN_BAUD} to {MAX_BAUD}")
    return Line(device, baud)
