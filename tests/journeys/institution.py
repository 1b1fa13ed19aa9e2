"""The online side of the journey: an operations team at its command line, in its own folder."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.journeys.terminal import ROOT


class CommandFailed(Exception):
    """A command of the coordinator did not do what was asked."""


@dataclass(frozen=True)
class Institution:
    """The coordinator's folder, and the desks of its maker and checker."""

    folder: Path
    prefix: tuple[str, ...] = ()

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def environment(self) -> dict[str, str]:
        kept = ("PATH", "HOME", "LANG", "PYTHONDONTWRITEBYTECODE")
        own = {name: os.environ[name] for name in kept if name in os.environ}
        return {**own, "AIRLOCK_COORDINATOR_DATA": str(self.data), "PYTHONPATH": str(ROOT)}

    def run(self, *arguments: object, typed: str = "") -> Any:
        """Run a command with --json and return what it answered."""
        ran = self._finish(self.start(*arguments, "--json"), typed)
        return json.loads(ran) if ran.strip() else None

    def start(self, *arguments: object) -> subprocess.Popen[str]:
        """Start a command that goes on while other things happen."""
        command = [*self.prefix, sys.executable, "-m", "online_coordinator", *map(str, arguments)]
        return subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=self.folder,
            env=self.environment,
        )

    def finish(self, process: subprocess.Popen[str]) -> Any:
        """Wait for a command started with --json and return what it answered."""
        return json.loads(self._finish(process, ""))

    def _finish(self, process: subprocess.Popen[str], typed: str) -> str:
        told, complaint = process.communicate(typed, timeout=300)
        if process.returncode:
            raise CommandFailed(f"{process.args!r}: {complaint}\n{told}")
        return told

    def write(self, name: str, text: str) -> Path:
        """Put a file on somebody's desk."""
        path = self.folder / name
        path.write_text(text)
        return path
