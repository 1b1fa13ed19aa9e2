"""The console's font, as the build makes it: from the locked package that the image has it from."""

from pathlib import Path

from image.boot.picture import Reader
from image.console import pcf
from image.console.__main__ import console_font
from image.inputs import lock
from image.inputs.deb import entries
from image.places import Cache

SOURCE = "ter-u16n_unicode.pcf.gz"


def reader_for(locked: Path, cache: Cache) -> Reader:
    """Return a reader of the screen of a disk that was built from this lock.

    Raises LockError, OSError where the locked package is not there.
    """
    for package in lock.read(locked)[0].members("fonts"):
        for entry in entries(cache.files / package.sha256):
            if entry.name.endswith(SOURCE) and entry.data is not None:
                return Reader.of(console_font(pcf.read(entry.data)))
    raise FileNotFoundError(f"no locked package has the font {SOURCE}")
