"""Length-prefixed canonical CBOR over two inherited file descriptors. No pickle, no sockets.

Either end may be hostile: a frame is bounded before it is read, and whatever is not exactly one
message of the expected union ends the conversation with an error.
"""

import os
import threading
from collections.abc import Callable
from typing import Any

from appliance.errors import ProcessEnded
from appliance.wire import record

MAX_FRAME = 16 << 20
_LENGTH = 4
_CHUNK = 1 << 16


class Channel:
    """One end of a conversation: `incoming` and `outgoing` are unions of records."""

    def __init__(self, read_end: int, write_end: int, incoming: object, outgoing: object) -> None:
        self._read_end = read_end
        self._write_end = write_end
        self._incoming = incoming
        self._outgoing = outgoing
        self._writing = threading.Lock()

    def send(self, message: object) -> None:
        """Send one message. Raises ProcessEnded when the other end is gone."""
        data = record.encode_one_of(self._outgoing, message)
        frame = memoryview(len(data).to_bytes(_LENGTH, "big") + data)
        with self._writing:
            try:
                while frame:
                    frame = frame[os.write(self._write_end, frame) :]
            except OSError as error:
                raise ProcessEnded("the other process is gone") from error

    def receive(self) -> Any:
        """Wait for one message. Raises ProcessEnded at the end, NotCanonical for anything else."""
        length = int.from_bytes(self._read_exactly(_LENGTH), "big")
        if length > MAX_FRAME:
            raise ProcessEnded(f"the other process announced a message of {length:,} bytes")
        return record.decode_one_of(self._incoming, self._read_exactly(length))

    def close(self) -> None:
        """Close both descriptors."""
        os.close(self._read_end)
        os.close(self._write_end)

    def _read_exactly(self, length: int) -> bytes:
        data = bytearray()
        while len(data) < length:
            try:
                chunk = os.read(self._read_end, min(_CHUNK, length - len(data)))
            except OSError as error:
                raise ProcessEnded("the other process is gone") from error
            if not chunk:
                raise ProcessEnded("the other process ended")
            data += chunk
        return bytes(data)


def serve(channel: Channel, handle: Callable[[Any], Any]) -> None:
    """Answer messages until the other end is gone."""
    while True:
        try:
            channel.send(handle(channel.receive()))
        except ProcessEnded:
            return
