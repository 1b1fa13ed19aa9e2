"""SoftHSM2: a token as it comes from the factory, with transport PINs."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

MODULES = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
)
TRANSPORT_PIN = "transport-pin"


def module() -> Path:
    """Return the PKCS#11 module of SoftHSM2."""
    return next(Path(path) for path in MODULES if Path(path).exists())


@dataclass(frozen=True)
class SoftHsm:
    """A folder with a token of this serial number. `environment` makes a process see it."""

    folder: Path
    serial: str

    @property
    def environment(self) -> dict[str, str]:
        return {"SOFTHSM2_CONF": str(self.folder / "softhsm2.conf")}

    @classmethod
    def from_the_factory(cls, folder: Path) -> "SoftHsm":
        """Make a token whose PINs are the transport PINs."""
        (folder / "tokens").mkdir(parents=True)
        made = cls(folder, "")
        made._configure()
        run = ("softhsm2-util", "--init-token", "--free", "--label", "airlock")
        made._run(*run, "--so-pin", TRANSPORT_PIN, "--pin", "transport-user")
        shown = made._run("softhsm2-util", "--show-slots").splitlines()
        serials = (line.split(":")[1].strip() for line in shown if "Serial number" in line)
        return cls(folder, next(serial for serial in serials if serial))

    def copied_to(self, folder: Path) -> "SoftHsm":
        """Copy the token, as a test does that may spoil it."""
        shutil.copytree(self.folder / "tokens", folder / "tokens")
        copied = SoftHsm(folder, self.serial)
        copied._configure()
        return copied

    def _configure(self) -> None:
        (self.folder / "softhsm2.conf").write_text(
            f"directories.tokendir = {self.folder}/tokens\n"
            "objectstore.backend = file\n"
            "log.level = ERROR\n"
        )

    def _run(self, *command: str) -> str:
        environment = {**os.environ, **self.environment}
        ran = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
        return ran.stdout
