"""The cameras that are plugged in, by what the kernel says of them: none is opened for it."""

import re
from dataclasses import dataclass
from pathlib import Path

KERNEL = Path("/sys/class/video4linux")
MAX_NAME = 40
MAX_CAMERAS = 16
_NODE = re.compile(r"video(\d{1,3})")


@dataclass(frozen=True, slots=True)
class AttachedCamera:
    """A camera's number, and the name that it gives itself: printable ASCII, at most MAX_NAME."""

    number: int
    name: str


def attached_cameras(kernel: Path = KERNEL) -> tuple[AttachedCamera, ...]:
    """Return the cameras there are, by number.

    Of a device with several nodes the first is the one with the pictures (`index` 0).
    """
    if not kernel.is_dir():
        return ()
    nodes = [(int(match[1]), node) for node in kernel.iterdir() if (match := _match(node))]
    cameras = (
        AttachedCamera(number, _plain(_read(node / "name")) or f"camera {number}")
        for number, node in sorted(nodes)
        if _read(node / "index") in ("0", "")
    )
    return tuple(cameras)[:MAX_CAMERAS]


def camera_numbered(number: int, cameras: tuple[AttachedCamera, ...]) -> AttachedCamera:
    """Return the camera of this number; one without a name if there is none."""
    return next((each for each in cameras if each.number == number), AttachedCamera(number, ""))


def number_now(camera: AttachedCamera, cameras: tuple[AttachedCamera, ...]) -> int:
    """Return the number of a camera, a new one if it was plugged in elsewhere."""
    if camera in cameras:
        return camera.number
    return next((each.number for each in cameras if each.name == camera.name), camera.number)


def _match(node: Path) -> re.Match[str] | None:
    return _NODE.fullmatch(node.name)


def _read(file: Path) -> str:
    try:
        with file.open("rb") as stream:
            return stream.read(256).decode("ascii", "replace").strip()
    except OSError:
        return ""


def _plain(name: str) -> str:
    """Names come from the device: they are foreign text."""
    return "".join(each if " " <= each <= "~" else "?" for each in name)[:MAX_NAME].strip()
