"""A TPM in software, for one machine."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from image.boot.qmp import MachineFailed

_SECONDS = 60.0


@contextmanager
def software_tpm(folder: Path) -> Iterator[Path]:
    """Run a TPM whose state is in this folder; its control socket. It ends with its machine.

    Raises MachineFailed if it does not start.
    """
    state = folder / "tpm"
    state.mkdir(parents=True, exist_ok=True)
    socket = state / "socket"
    socket.unlink(missing_ok=True)
    command = ("swtpm", "socket", "--tpm2", "--tpmstate", f"dir={state}")
    process = subprocess.Popen([*command, "--ctrl", f"type=unixio,path={socket}"])  # noqa: S603
    try:
        deadline = time.monotonic() + _SECONDS
        while not socket.exists():
            if process.poll() is not None or time.monotonic() > deadline:
                raise MachineFailed("the TPM in software does not start")
            time.sleep(0.05)
        yield socket
    finally:
        process.terminate()
        process.wait(_SECONDS)
