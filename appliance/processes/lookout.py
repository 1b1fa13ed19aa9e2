"""Which camera is looked through, and what people are told of what it sees."""

import time
from collections.abc import Callable
from pathlib import Path

from appliance.processes.link_messages import CameraView
from appliance.wire.camera import Camera
from appliance.wire.errors import DeviceUnavailable
from appliance.wire.sight.cameras import AttachedCamera, attached_cameras, camera_numbered
from appliance.wire.sight.telemetry import Pace
from appliance.wire.sight.thumbnail import thumbnail

PREVIEW_SECONDS = 0.2
MAX_COUNT = (1 << 32) - 1

CameraSource = int | Path
"""A camera's number, or the path of a video that stands for one."""


class Lookout:
    """The cameras of an appliance: the one in its settings, and any other that is plugged in."""

    def __init__(
        self,
        configured: str | None,
        attached: Callable[[], tuple[AttachedCamera, ...]] = attached_cameras,
    ) -> None:
        self._attached = attached
        self._configured = None if configured is None else _source(configured)
        self._chosen = self._opened = self._configured
        self._camera: Camera | None = None
        self._pace = Pace()
        self._shown = 0.0

    @property
    def is_changed(self) -> bool:
        """Whether another camera was chosen than the one that was opened last."""
        return self._chosen != self._opened

    def choose_next(self) -> None:
        """Choose the next camera there is."""
        sources = self._sources()
        if sources:
            after = sources.index(self._chosen) + 1 if self._chosen in sources else 0
            self._chosen = sources[after % len(sources)]

    def open(self) -> Camera:
        """Open the chosen camera.

        Raises DeviceUnavailable; another one, if there is any, is chosen then for the next time.
        """
        self._opened = self._chosen
        if self._opened is None:
            raise DeviceUnavailable("no camera is set up on this appliance")
        try:
            self._camera = Camera(self._opened)
        except DeviceUnavailable:
            self.choose_next()
            raise
        self._pace = Pace()
        return self._camera

    def view(self) -> CameraView | None:
        """Return what the camera that was opened last sees, with a picture now and then."""
        if self._camera is None or self._opened is None:
            return None
        seen, now = self._camera.telemetry, time.monotonic()
        self._pace = self._pace.at(now, seen.bytes)
        picture = b""
        if now - self._shown >= PREVIEW_SECONDS:
            self._shown, picture = now, thumbnail(self._camera.frame)
        return CameraView(
            name=self._name(self._opened),
            cameras=len(self._sources()),
            frames=min(seen.frames, MAX_COUNT),
            decoded=min(seen.decoded, MAX_COUNT),
            skipped=min(seen.skipped, MAX_COUNT),
            bytes_per_second=min(round(self._pace.per_second), MAX_COUNT),
            hint=self._camera.hint,
            preview=picture,
        )

    def _sources(self) -> tuple[CameraSource, ...]:
        attached = tuple(each.number for each in self._attached())
        if self._configured is None or self._configured in attached:
            return attached
        return (self._configured, *attached)

    def _name(self, source: CameraSource) -> str:
        if isinstance(source, Path):
            return "recorded video"
        name = camera_numbered(source, self._attached()).name
        return f"{source}: {name}" if name else str(source)


def _source(configured: str) -> CameraSource:
    return int(configured) if configured.isdecimal() else Path(configured)
