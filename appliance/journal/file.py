"""The journal's file: a magic line, then each entry behind its length (4 bytes, big-endian).

One process writes it and holds its lock; others read. An append is one write and one sync, so a
crash can only leave a torn last entry, which nobody was ever told of; the writer cuts it off and
notes that it did.
"""

import fcntl
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from appliance.errors import JournalBroken, JournalError, JournalNewer
from appliance.journal.fold import Fold
from appliance.model.entry import NO_ENTRY, Entry, EntryBody, Noted
from appliance.model.history import History
from appliance.wire import record
from appliance.wire.errors import NotCanonical
from appliance.wire.messages import DEVELOPMENT, MAX_MESSAGE, JournalHead

MAGIC = b"AIRLOCK JOURNAL 1\n"
MAX_ENTRY = 4 * MAX_MESSAGE
_LENGTH = 4
_ANY_FORMAT = re.compile(rb"AIRLOCK JOURNAL ([1-9][0-9]{0,8})\n")

Clock = Callable[[], int]
"""The appliance's clock: Unix seconds."""


class JournalFile:
    """The open journal of this appliance. The only writer."""

    def __init__(self, path: Path, clock: Clock, image: str = DEVELOPMENT) -> None:
        """Open or create the journal. Raises JournalError when it is broken, newer or locked."""
        self.image = image
        self._clock = clock
        self._fold = Fold()
        try:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            data = path.read_bytes()
        except OSError as error:
            raise JournalError(f"the journal cannot be opened: {error.strerror}") from error
        self._load(data, path)

    def _load(self, data: bytes, path: Path) -> None:
        if not data or MAGIC.startswith(data):
            self._write(MAGIC[len(data) :])
            _sync_folder(path.parent)
            return
        end = len(MAGIC)
        for entry, end in _whole_entries(data):  # noqa: B007 - the last end is what counts
            self._fold.add(entry)
        if end < len(data):
            os.ftruncate(self._file, end)
            os.fsync(self._file)
            if self._fold.head is not None:
                torn = f"{len(data) - end} bytes of an entry that was never finished were cut off"
                self.append(Noted("JOURNAL-TAIL", torn))

    @property
    def head(self) -> JournalHead:
        """Where the journal stands."""
        return self._fold.head or NO_ENTRY

    def holds(self, head: JournalHead) -> bool:
        """Return whether this head was ever where the journal stood."""
        return self._fold.holds(head)

    def history(self) -> History:
        """Return the fold of everything recorded."""
        return self._fold.history()

    def append(self, body: EntryBody) -> JournalHead:
        """Record something; on return it is on the disk. Raises JournalError."""
        first = self._fold.head is None
        entry = Entry(
            index=0 if first else self.head.index + 1,
            previous=self.head.digest,
            time=max(self._clock(), self._fold.time),
            body=body,
        )
        data = record.encode(entry)
        self._write(len(data).to_bytes(_LENGTH, "big") + data)
        self._fold.add(entry)
        return entry.head

    def close(self) -> None:
        """Let go of the file and its lock."""
        os.close(self._file)

    def _write(self, data: bytes) -> None:
        end = os.lseek(self._file, 0, os.SEEK_END)
        try:
            written = os.write(self._file, data)
            os.fsync(self._file)
        except OSError as error:
            os.ftruncate(self._file, end)
            raise JournalError(f"the journal cannot be written: {error.strerror}") from error
        if written != len(data):
            os.ftruncate(self._file, end)
            raise JournalError("the journal cannot be written: the data volume is full")


def read_entries(data: bytes) -> Iterator[Entry]:
    """Yield every entry of a journal. Raises JournalBroken, naming the first bad index.

    Raises JournalNewer for a format that this release does not know.
    """
    index, end = 0, len(MAGIC)
    _verify_format(data)
    for index, (entry, end) in enumerate(_whole_entries(data), 1):  # noqa: B007
        yield entry
    if end != len(data):
        raise JournalBroken(f"entry {index} is cut short")


def read_history(path: Path) -> History:
    """Return the fold of a journal that another process writes, an empty one if there is none.

    Raises JournalBroken, JournalNewer.
    """
    folded = Fold()
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return folded.history()
    if MAGIC.startswith(data):
        return folded.history()
    for entry, _ in _whole_entries(data):
        folded.add(entry)
    return folded.history()


def _whole_entries(data: bytes) -> Iterator[tuple[Entry, int]]:
    """Yield each entry that is there to its end, with the position after it."""
    _verify_format(data)
    at, index = len(MAGIC), 0
    while at + _LENGTH <= len(data):
        length = int.from_bytes(data[at : at + _LENGTH], "big")
        start, end = at + _LENGTH, at + _LENGTH + length
        if length > MAX_ENTRY:
            raise JournalBroken(f"entry {index} announces {length:,} bytes")
        if end > len(data):
            return
        try:
            yield record.decode(Entry, data[start:end]), end
        except NotCanonical as error:
            raise JournalBroken(f"entry {index} does not parse: {error.what}") from error
        at, index = end, index + 1


def _verify_format(data: bytes) -> None:
    """Raise JournalNewer or JournalBroken for what is no journal of this format."""
    if data.startswith(MAGIC):
        return
    if found := _ANY_FORMAT.match(data[:32]):
        told = found[1].decode("ascii")
        raise JournalNewer(f"the journal is of format {told}, and this release reads format 1")
    raise JournalBroken("the file does not begin as a journal does")


def _sync_folder(path: Path) -> None:
    """Make a new file's name survive a power cut, not only its bytes."""
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
