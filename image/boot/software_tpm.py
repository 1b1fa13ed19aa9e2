"""A TPM in software, for one machine."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def software_tpm(folder: Path) -> Iterator[Path]:
    """Run a TPM whose state is in this folder; its control socket. It ends with its machine."""
    state = folder / "tpm"
    state.mkdir(exist_ok=True)
    socket = state / "socket"
    command = ("swtpm", "socket", "--tpm2", "--tpmstate", f"dir={state}")
    process = subprocess.Popen([*command, "--ctrl", f"type=unixio,path={socket}"])  # noqa: S603
    try:
        deadline = time.monotonic() + 10
        while not socket.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        yield socket
    finally:
        process.terminate()
        process.wait(10)
