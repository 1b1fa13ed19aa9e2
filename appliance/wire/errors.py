"""What this package raises on purpose."""

from appliance.errors import AirlockError


class WireError(AirlockError):
    """A message did not cross the gap intact."""

    id = "WIRE"
    next = "Send it again."


class LinkError(WireError):
    """Bytes were damaged, foreign or missing on the link."""

    id = "LINK"
    next = "Send it again from the start."


class PartRefused(LinkError):
    """One part is not of this transfer, or not a part at all; the transfer goes on without it."""

    id = "LINK-PART"
    next = "Nothing to do: it was dropped and counted."


class TransferDamaged(LinkError):
    """Enough parts arrived, but together they are not the message that was announced."""

    id = "LINK-DAMAGED"


class TransferIncomplete(LinkError):
    """Too few parts arrived."""

    id = "LINK-INCOMPLETE"
    next = "Keep both screens in view, or start the transfer again."


class TransferTooLarge(LinkError):
    """The announced size is over this link's limit; nothing was allocated for it."""

    id = "LINK-TOO-LARGE"
    next = "Split the batch into smaller ones and send each."


class DeviceUnavailable(LinkError):
    """A camera or serial port cannot be opened, or went away."""

    id = "LINK-DEVICE"
    next = "Plug it in and start the transfer again; what already arrived is kept."


class DeviceBusy(DeviceUnavailable):
    """Another program holds the camera or serial port."""

    id = "LINK-DEVICE-BUSY"
    next = "End the other program, a console on this port for one, and start the transfer again."


class DeviceForbidden(DeviceUnavailable):
    """The camera or serial port may not be opened by this program."""

    id = "LINK-DEVICE-FORBIDDEN"
    next = "Have the administrator let this program's user open it (group dialout), then try again."


class LinkForbidden(LinkError):
    """The officers' policy does not let messages come or go by this link."""

    id = "LINK-FORBIDDEN"
    next = "Use the QR code. Officers enable serial by a policy epoch."


class EnvelopeError(WireError):
    """The message arrived whole, but is not what it claims to be."""

    id = "ENVELOPE"
    next = "Stop and call operations: this did not come from your coordinator as it stands."


class NotCanonical(EnvelopeError):
    """The bytes are not the one encoding of their value, or not of the expected shape."""

    id = "ENVELOPE-NOT-CANONICAL"


class EnvelopeSignature(EnvelopeError):
    """The envelope's signature does not verify under the key it must be signed with."""

    id = "ENVELOPE-SIGNATURE"


class EnvelopeAudience(EnvelopeError):
    """The message is for another appliance, journal or realm."""

    id = "ENVELOPE-AUDIENCE"
    next = "Stop: this batch was made for another appliance. Take it there, or ask operations."


class TransferMixed(LinkError):
    """The parts belong to more than one transfer where one was expected."""

    id = "LINK-MIXED"
    next = "Show one transfer only, and start again."


class ScreenTooSmall(LinkError):
    """No QR symbol that carries anything fits the screen."""

    id = "LINK-SCREEN"
    next = "Make the terminal larger, or its font smaller."


class RecordingFailed(LinkError):
    """A video file cannot be written."""

    id = "LINK-RECORDING"
    next = "Check the folder and the space on its disk, then write it again."
