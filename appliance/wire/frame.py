"""Part ↔ checked serial frame: COBS(part ‖ CRC-32 of it) ‖ 0.

Consistent Overhead Byte Stuffing (Cheshire and Baker, 1999) leaves zero for the end of a frame, so
after noise, a break or a late start the reader is in step again at the next zero. The CRC-32 is
zlib's, big-endian. A frame is dropped whole or taken whole.
"""

import zlib

from appliance.wire.fountain import MAX_PART_SIZE

DELIMITER = b"\0"
_CHECK_SIZE = 4
_RUN = 254
MAX_FRAME = MAX_PART_SIZE + _CHECK_SIZE + (MAX_PART_SIZE + _CHECK_SIZE) // _RUN + 1
"""Bytes of the longest frame, without its delimiter."""


def framed(part: bytes) -> bytes:
    """Return the frame of a part, with its delimiter."""
    return stuffed(part + zlib.crc32(part).to_bytes(_CHECK_SIZE, "big")) + DELIMITER


def stuffed(data: bytes) -> bytes:
    """Return the COBS encoding, in which no byte is zero."""
    *runs, last = data.split(b"\0")
    encoded = bytearray()
    for run in runs:
        full = len(run) - len(run) % _RUN
        _append_full_runs(encoded, run[:full])
        encoded.append(len(run) - full + 1)
        encoded += run[full:]
    full = max(0, len(last) - 1) // _RUN * _RUN
    _append_full_runs(encoded, last[:full])
    encoded.append(len(last) - full + 1)
    encoded += last[full:]
    return bytes(encoded)


def unstuffed(encoded: bytes) -> bytes | None:
    """Return what a COBS encoding without zeros stands for, or None if it is not one."""
    decoded = bytearray()
    position, size = 0, len(encoded)
    while position < size:
        code = encoded[position]
        run = encoded[position + 1 : position + code]
        if len(run) != code - 1:
            return None
        decoded += run
        position += code
        if code <= _RUN and position < size:
            decoded.append(0)
    return bytes(decoded)


class Deframer:
    """Turns bytes as they come into the parts of the frames that are whole.

    `damaged` counts the frames that were dropped. What is kept between two calls is never longer
    than one frame, whatever arrives.
    """

    def __init__(self) -> None:
        self.damaged = 0
        self._pending = bytearray()
        self._is_lost = False

    def feed(self, data: bytes) -> tuple[bytes, ...]:
        """Return the parts that these bytes complete."""
        head, *rest = data.split(DELIMITER)
        self._extend(head)
        parts = []
        for piece in rest:
            parts.append(self._finish())
            self._extend(piece)
        return tuple(part for part in parts if part is not None)

    def _extend(self, piece: bytes) -> None:
        if len(self._pending) + len(piece) > MAX_FRAME:
            self._is_lost = True
            self._pending.clear()
        if not self._is_lost:
            self._pending += piece

    def _finish(self) -> bytes | None:
        frame, is_lost = bytes(self._pending), self._is_lost
        self._pending.clear()
        self._is_lost = False
        if not frame and not is_lost:
            return None
        data = None if is_lost else unstuffed(frame)
        if data is not None and len(data) > _CHECK_SIZE:
            part, check = data[:-_CHECK_SIZE], data[-_CHECK_SIZE:]
            if zlib.crc32(part) == int.from_bytes(check, "big"):
                return part
        self.damaged += 1
        return None


def _append_full_runs(encoded: bytearray, data: bytes) -> None:
    for start in range(0, len(data), _RUN):
        encoded.append(_RUN + 1)
        encoded += data[start : start + _RUN]
