"""What the service manager does with a socket that accepts: one process for each connection."""

import socket
import subprocess
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.conventions.documents import ROOT
from tests.image.runtime.conftest import PROGRAMS

STARTER = """\
import sys
from pathlib import Path
sys.path.insert(0, {programs!r})
from airlock_os import reach
reach.SOCKETS = Path({sockets!r})
sys.exit(reach.main(sys.argv[2:]))
"""


class ServiceManager:
    """Listens for one process of the appliance, at most one connection at a time."""

    def __init__(self, folder: Path, name: str, settings: Path) -> None:
        self.processes: list[subprocess.Popen[bytes]] = []
        self.starter = folder / "starter.py"
        self.starter.write_text(STARTER.format(programs=str(PROGRAMS), sockets=str(folder)))
        self._command = (sys.executable, "-m", "appliance", "process", name)
        self._settings = settings
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(str(folder / name))
        self._listening.listen()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            with connection:
                if self.processes and self.processes[-1].poll() is None:
                    continue
                end = connection.fileno()
                options = ("--settings", str(self._settings), "--channel", f"{end},{end}")
                process = subprocess.Popen(
                    [*self._command, *options],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    pass_fds=(end,),
                    cwd=ROOT,
                )
            self.processes.append(process)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._thread.join(10)
        self._listening.close()
        for process in self.processes:
            process.kill()
            process.wait()
