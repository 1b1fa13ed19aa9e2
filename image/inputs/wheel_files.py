"""What Python wheels hold (PEP 427), read as data: nothing is installed, and nothing is run."""

import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

from image.errors import PartError
from image.inputs.deb import LARGEST, Entry, canonical_name

_SITE = re.compile(r"[^/]+\.data/(?:purelib|platlib)/(.+)")
_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, ValueError)
"""What the standard library raises for what is none of its archives."""


def entries(wheel: Path, at: str, is_wanted: Callable[[str], object]) -> Iterator[Entry]:
    """Yield the wanted files of a wheel, as they lie below `at`, the interpreter's site folder.

    Raises PartError for a path that leaves it, two files of one name, or no wheel.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(wheel.read_bytes())) as archive:
            infos = {_placed(info, at): info for info in archive.infolist()}
            expanded = sum(info.file_size for info in infos.values())
            if len(infos) != len(archive.infolist()) or expanded > LARGEST:
                raise PartError(f"{wheel.name:.64} has two files of one name, or is too large")
            for name, info in infos.items():
                if not info.is_dir() and is_wanted(name.removeprefix(f"{at}/")):
                    with archive.open(info) as file:
                        # A size keeps the decompressor from running further than that.
                        yield Entry(name, 0o644, data=file.read(info.file_size))
    except _DAMAGE as problem:
        raise PartError(f"{wheel.name:.64} is damaged, or no wheel") from problem


def _placed(info: zipfile.ZipInfo, at: str) -> str:
    found = _SITE.fullmatch(info.filename)
    return canonical_name(f"{at}/{found[1] if found else info.filename}")
