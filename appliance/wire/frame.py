"""Part ↔ checked serial frames, in which a transfer's head goes over the line but now and then.

What all parts of a transfer begin with is its head. An *announcement* carries the head, ahead of
the first part and again every so often; a *data frame* carries the rest of one part:

    announcement   0xA3 ‖ head without its first byte ‖ CRC-32 of what goes before
    data frame     0xA4 ‖ part without its head ‖ CRC-32 of the whole part
    plain frame    anything else ‖ CRC-32 of it

The check of a data frame runs over the head that is not in it, so it agrees only beside the
announcement of its own transfer: transfers that are interleaved are told apart by it. It guards
against damage, not against malice; the digest of the whole message does that.

Each frame is encoded by Consistent Overhead Byte Stuffing (Cheshire and Baker, 1999), which leaves
zero for its end. So after noise, a break or a late start the reader is in step again at the next
zero. The CRC-32 is zlib's, big-endian. A frame is dropped whole or taken whole.
"""

import zlib
from collections import deque

from appliance.wire.fountain import HEADER_SIZE, MAGIC, MAX_PART_SIZE, Encoder

DELIMITER = b"\0"
ANNOUNCEMENT = b"\xa3"
DATA = b"\xa4"
ANNOUNCED_EVERY = 32
"""Data frames from one announcement to the next, for those who join late."""
MAX_ANNOUNCED = 4
"""Transfers whose head a reader keeps."""
MAX_WAITING = ANNOUNCED_EVERY
"""Data frames that a reader keeps until their announcement comes."""

_NUMBER_SIZE = 4
_HEAD_SIZE = HEADER_SIZE - _NUMBER_SIZE
_CHECK_SIZE = 4
_RUN = 254
MAX_FRAME = MAX_PART_SIZE + _CHECK_SIZE + (MAX_PART_SIZE + _CHECK_SIZE) // _RUN + 1
"""Bytes of the longest frame, without its delimiter."""

_COMMON_PART_SIZE = 1273
_SYMBOLS_ROOM = 640
"""Bytes of symbols in a data frame.

A frame costs 13 bytes, and one wrong byte costs a frame. With the four symbols of 139 bytes that a
message of 100 kB is cut into, 97.7 % of a perfect line are left, and 92 % of one with a byte in
10,000 wrong. Half as many would leave 95 % of the first, and twice as many 88 % of the second.
"""


def line_encoder(message: bytes) -> Encoder:
    """Return what makes parts that suit a line, out of the symbols that QR codes carry as well.

    Raises TransferTooLarge.
    """
    encoder = Encoder(message, _COMMON_PART_SIZE)
    size = encoder.transfer.symbol_size
    return encoder.resized(HEADER_SIZE + max(_SYMBOLS_ROOM // size, 1) * size)


class Framer:
    """Turns parts into frames, and announces what they belong to when it is due."""

    def __init__(self) -> None:
        self._head = b""
        self._left = 0

    def frames(self, part: bytes) -> bytes:
        """Return the frames of a part, each with its delimiter.

        Raises ValueError for what begins like a frame that is not plain: no part does.
        """
        if part[:1] in (ANNOUNCEMENT, DATA):
            raise ValueError("a part does not begin like an announcement or a data frame")
        if part[:1] != bytes((MAGIC,)) or len(part) <= _HEAD_SIZE:
            return framed(part)
        head, rest = part[:_HEAD_SIZE], part[_HEAD_SIZE:]
        announcement = b""
        if head != self._head or not self._left:
            announcement = framed(ANNOUNCEMENT + head[1:])
            self._head, self._left = head, ANNOUNCED_EVERY
        self._left -= 1
        return announcement + stuffed(DATA + rest + _check(part)) + DELIMITER

    def announce(self) -> None:
        """Announce again ahead of the next part."""
        self._left = 0


def framed(content: bytes) -> bytes:
    """Return the plain frame of some bytes, which begin otherwise than DATA, with its delimiter."""
    return stuffed(content + _check(content)) + DELIMITER


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

    `damaged` counts the frames that were dropped, or that wait for their announcement. What is kept
    between two calls is one unfinished frame, MAX_ANNOUNCED heads and MAX_WAITING frames at most,
    whatever arrives; the oldest goes first.
    """

    def __init__(self) -> None:
        self.damaged = 0
        self._pending = bytearray()
        self._is_lost = False
        self._heads: dict[bytes, int] = {}
        self._waiting: deque[bytes] = deque(maxlen=MAX_WAITING)

    def feed(self, data: bytes) -> tuple[bytes, ...]:
        """Return the parts that these bytes complete."""
        head, *rest = data.split(DELIMITER)
        self._extend(head)
        parts: list[bytes] = []
        for piece in rest:
            parts += self._finish()
            self._extend(piece)
        return tuple(parts)

    def _extend(self, piece: bytes) -> None:
        if len(self._pending) + len(piece) > MAX_FRAME:
            self._is_lost = True
            self._pending.clear()
        if not self._is_lost:
            self._pending += piece

    def _finish(self) -> tuple[bytes, ...]:
        frame, is_lost = bytes(self._pending), self._is_lost
        self._pending.clear()
        self._is_lost = False
        if not frame and not is_lost:
            return ()
        data = None if is_lost else unstuffed(frame)
        if data is None or len(data) <= _CHECK_SIZE:
            self.damaged += 1
            return ()
        return self._taken(data)

    def _taken(self, data: bytes) -> tuple[bytes, ...]:
        if data[:1] == DATA:
            if (part := self._part(data)) is not None:
                return (part,)
            self._wait(data)
        elif _check(content := data[:-_CHECK_SIZE]) != data[-_CHECK_SIZE:]:
            self.damaged += 1
        elif content[:1] == ANNOUNCEMENT and len(content) == _HEAD_SIZE:
            return self._announced(bytes((MAGIC,)) + content[1:])
        else:
            return (content,)
        return ()

    def _announced(self, head: bytes) -> tuple[bytes, ...]:
        """Keep a head as the latest, and return the parts that waited for it."""
        is_news = self._heads.pop(head, None) is None
        self._heads[head] = zlib.crc32(head)
        if len(self._heads) > MAX_ANNOUNCED:
            del self._heads[next(iter(self._heads))]
        return self._fetched(head) if is_news else ()

    def _part(self, data: bytes) -> bytes | None:
        heads = (head for head in reversed(self._heads) if self._belongs(data, head))
        return next((head + data[1:-_CHECK_SIZE] for head in heads), None)

    def _belongs(self, data: bytes, head: bytes) -> bool:
        rest, check = data[1:-_CHECK_SIZE], data[-_CHECK_SIZE:]
        return zlib.crc32(rest, self._heads[head]) == int.from_bytes(check, "big")

    def _wait(self, data: bytes) -> None:
        self.damaged += 1
        self._waiting.append(data)

    def _fetched(self, head: bytes) -> tuple[bytes, ...]:
        found = [data for data in self._waiting if self._belongs(data, head)]
        if found:
            self.damaged -= len(found)
            rest = (data for data in self._waiting if not self._belongs(data, head))
            self._waiting = deque(rest, MAX_WAITING)
        return tuple(head + data[1:-_CHECK_SIZE] for data in found)


def _check(content: bytes) -> bytes:
    return zlib.crc32(content).to_bytes(_CHECK_SIZE, "big")


def _append_full_runs(encoded: bytearray, data: bytes) -> None:
    for start in range(0, len(data), _RUN):
        encoded.append(_RUN + 1)
        encoded += data[start : start + _RUN]
