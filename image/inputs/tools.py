"""The locked tools, run through their own loader and libraries, never the machine's."""

import shutil
import tempfile
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from image.commands import run
from image.inputs import deb
from image.inputs.lock import Lock

_LIBRARIES = ("usr/lib/x86_64-linux-gnu", "usr/lib64")


@dataclass(frozen=True, slots=True)
class Tools:
    """A folder with the unpacked set of tools, and the time everything is dated with."""

    root: Path
    epoch: int

    def run(
        self, program: str, *words: str | Path, stdin: bytes = b"", **environment: str
    ) -> bytes:
        """Run a program of the set, as `usr/bin/NAME`. Raises CommandError."""
        libraries = ":".join(str(self.root / folder) for folder in _LIBRARIES)
        loader: list[str | Path] = [
            self.root / "usr/lib64/ld-linux-x86-64.so.2",
            "--library-path",
            libraries,
        ]
        variables = {"SOURCE_DATE_EPOCH": str(self.epoch), **environment}
        return run([*loader, self.root / program, *words], stdin=stdin, environment=variables)

    def python(self, program: str, stdin: bytes) -> bytes:
        """Run a program text in the locked interpreter. Raises CommandError."""
        home = {"PYTHONHOME": str(self.root / "usr"), "PYTHONHASHSEED": "0"}
        words = ("-s", "-S", "-B", "-c", program)
        return self.run("usr/bin/python3.13", *words, stdin=stdin, **home)

    @property
    def stub(self) -> bytes:
        """The EFI program that a unified kernel image begins with."""
        return (self.root / "usr/lib/systemd/boot/efi/linuxx64.efi.stub").read_bytes()


def unpacked(lock: Lock, files: Path, cache: Path) -> Tools:
    """Return the locked set of tools, unpacked once for each choice of packages."""
    members = lock.members("tools")
    key = sha256("".join(package.sha256 for package in members).encode()).hexdigest()
    if not (cache / key).is_dir():
        cache.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix="unpacking-", dir=cache))
        try:
            deb.unpack(tuple(files / package.sha256 for package in members), scratch)
            scratch.rename(cache / key)
        except OSError:
            # Another build that runs at the same time was the first to be done.
            if not (cache / key).is_dir():
                raise
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
    return Tools(cache / key, lock.epoch)
