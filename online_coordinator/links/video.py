"""Animated QR codes in video files, and looked at through a camera."""

from collections.abc import Iterator
from pathlib import Path

from appliance.wire import camera, link, qr
from appliance.wire.errors import TransferIncomplete
from appliance.wire.fountain import Encoder
from appliance.wire.qr import QUIET_ZONE, Correction, Image
from appliance.wire.receiver import Receiver
from online_coordinator.errors import InputRefused
from online_coordinator.links.waiting import Meter, after

LEAST_VERSION = 5
SPARE = 0.5
"""Parts beyond the needed ones that a recording holds, as a share of them."""
SPARE_PARTS = 8
PIXELS_PER_MODULE = 4


def record(message: bytes, path: Path, version: int, fps: int) -> None:
    """Write the animated code as a video. Raises LinkError, InputRefused."""
    verify_version(version)
    encoder = Encoder(message, qr.part_size(version))
    camera.record(_pictures(encoder, version), path, fps)


def verify_version(version: int) -> None:
    """Raise InputRefused unless symbols of this version carry messages."""
    if not LEAST_VERSION <= version <= qr.MAX_VERSION:
        raise InputRefused(f"--version is from {LEAST_VERSION} to {qr.MAX_VERSION}")


def _pictures(encoder: Encoder, version: int) -> Iterator[Image]:
    count = round(encoder.parts_needed * (1 + SPARE)) + SPARE_PARTS
    size = PIXELS_PER_MODULE * (qr.side(version) + 2 * QUIET_ZONE)
    frames = qr.animation(encoder, version, Correction.LOW)
    return (camera.render(frame, size) for _, frame in zip(range(count), frames, strict=False))


def watch(source: int | Path, seconds: int) -> bytes:
    """Return the message that a camera (by its number) or video shows. Raises LinkError."""
    with camera.Camera(source) as eye:
        message = link.receive(eye, Receiver(), Meter(), after(seconds))
    if message is None:
        raise TransferIncomplete(f"no whole message was seen in {seconds} s")
    return message
