"""The console's font, as the build makes it: from the locked package that the image has it from."""

from pathlib import Path

from image import lock
from image.boot.picture import Reader
from image.console import pcf, psf
from image.console.__main__ import console_font
from image.deb import entries
from image.places import LOCK, default_cache

FONT = "airlock-8x16.psf"
SOURCE = "ter-u16n_unicode.pcf.gz"


def reader_for(disk: Path) -> Reader:
    """Return a reader of the screen: of the font beside the disk, or of the locked package's.

    Raises OSError where neither is there.
    """
    beside = disk.parent / FONT
    if beside.exists():
        return Reader.of(psf.read(beside.read_bytes()))
    locked, _ = lock.read(LOCK)
    for package in locked.members("fonts"):
        for entry in entries(default_cache().files / package.sha256):
            if entry.name.endswith(SOURCE) and entry.data is not None:
                return Reader.of(console_font(pcf.read(entry.data)))
    raise FileNotFoundError(f"no locked package has the font {SOURCE}")
