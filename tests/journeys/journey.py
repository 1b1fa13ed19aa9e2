"""Both sides of a journey in their own folders, what lies between them, and what was measured."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.journeys.cable import Cable
from tests.journeys.institution import Institution
from tests.journeys.optics import Recorder
from tests.journeys.picture import picture
from tests.journeys.terminal import ROOT, Terminal
from tests.journeys.world import World
from tests.real_parts.soft_hsm import SoftHsm

BAUD = 921_600
COLUMNS, ROWS = 110, 36
FILM_PARTS = 14


@dataclass(frozen=True)
class Traces:
    """Where the system calls of each side are written, where somebody watches them."""

    coordinator: Path
    appliance: Path


def traced(trace: Path | None) -> tuple[str, ...]:
    """What to put before a command so that its files and sockets are on record."""
    if trace is None:
        return ()
    calls = "trace=open,openat,socket,connect"
    return ("strace", "-ff", "--seccomp-bpf", "-qq", "-o", str(trace), "-e", calls)


@dataclass
class Journey:
    """Both sides, what lies between them, and what was measured."""

    folder: Path
    world: World
    cable: Cable
    hsm: SoftHsm
    traces: Traces | None = None
    stages: list[dict[str, Any]] = field(default_factory=list)

    @property
    def institution(self) -> Institution:
        """The online side."""
        prefix = traced(self.traces.coordinator if self.traces else None)
        return Institution(self.folder / "coordinator", prefix)

    @property
    def appliance(self) -> Path:
        """The offline side's folder."""
        return self.folder / "appliance"

    @property
    def camera(self) -> Path:
        """What the appliance's camera films."""
        return self.appliance / "camera.avi"

    @property
    def online_port(self) -> tuple[object, ...]:
        """The coordinator's end of the cable, as its commands take it."""
        return ("--serial", self.cable.left, "--baud", BAUD)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time one stage and say what is going on."""
        print(f"  {name} ... ", end="", flush=True)
        started = time.monotonic()
        yield
        seconds = round(time.monotonic() - started, 2)
        self.stages.append({"name": name, "seconds": seconds, "ok": True})
        print(f"{seconds:.1f} s", flush=True)

    def terminal(self, columns: int = COLUMNS, rows: int = ROWS) -> Terminal:
        """Open the appliance's terminal."""
        kept = ("PATH", "HOME", "LANG", "PYTHONDONTWRITEBYTECODE")
        own = {name: os.environ[name] for name in kept if name in os.environ}
        environment = {**own, **self.hsm.environment, "PYTHONPATH": str(ROOT)}
        settings = str(self.appliance / "settings.toml")
        prefix = traced(self.traces.appliance if self.traces else None)
        command = [*prefix, sys.executable, "-m", "appliance", "run", "--settings", settings]
        return Terminal(command, environment, self.appliance, columns, rows)

    def keep_picture(self, terminal: Terminal, name: str) -> None:
        """Keep what the terminal shows as a picture."""
        terminal.wait_for_rest()
        (self.folder / f"{name}.svg").write_text(picture(terminal))

    def film(self, terminal: Terminal, name: str) -> Path:
        """Film the code on the terminal's screen for the coordinator's camera."""
        recorder = Recorder(terminal)
        deadline = time.monotonic() + 30
        while len(recorder.frames) < FILM_PARTS and time.monotonic() < deadline:
            time.sleep(0.05)
        path = self.institution.folder / name
        recorder.save(path)
        return path
