"""What is sealed to people, as files on the data volume: one file for each person and purpose."""

import os
from pathlib import Path

from appliance.custody.sealing import SealBinding, SealedSecret, SealPurpose
from appliance.errors import ApprovalError, JournalError
from appliance.wire import record
from appliance.wire.errors import NotCanonical
from appliance.wire.statement import digest_of

MAX_FILE = 16 << 10


class SealedStore:
    """The folder of sealed secrets."""

    def __init__(self, folder: Path) -> None:
        """Name the folder; it is made when something is written."""
        self._folder = folder

    def write(self, sealed: SealedSecret) -> None:
        """Keep a sealed secret; on return it is on the disk. Raises JournalError."""
        path = self._path(sealed.binding)
        new = path.with_suffix(".new")
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            with new.open("wb") as file:
                file.write(record.encode(sealed))
                file.flush()
                os.fsync(file.fileno())
            new.replace(path)
            _sync(self._folder)
            _sync(self._folder.parent)
        except OSError as error:
            raise JournalError(f"a share cannot be written: {error.strerror}") from error

    def read(self, binding: SealBinding) -> SealedSecret:
        """Return what is sealed for this binding. Raises ApprovalError when nothing is."""
        try:
            data = self._path(binding).read_bytes()[: MAX_FILE + 1]
            return record.decode(SealedSecret, data)
        except OSError as error:
            message = f"nothing is sealed to {binding.person} on this data volume"
            raise ApprovalError(message) from error
        except NotCanonical as error:
            raise ApprovalError(f"what is sealed to {binding.person} is damaged") from error

    def _path(self, binding: SealBinding) -> Path:
        """Names are people's own words, so a file is named by their digest."""
        person = digest_of("sealed-file", binding.person.encode()).hex()[:16]
        return self._folder / f"{person}.{SealPurpose(binding.purpose).value}"


def _sync(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
