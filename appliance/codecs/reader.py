"""Reading bytes front to back, never past the end, with nothing left over."""

from appliance.errors import MalformedTransaction


class Reader:
    """A position in bytes that only moves forward.

    Every method raises MalformedTransaction where the bytes end too early. Nothing is allocated by
    an announced length.
    """

    __slots__ = ("_at", "_data", "_end")

    def __init__(self, data: bytes) -> None:
        """Begin at the first byte."""
        self._data = data
        self._at = 0
        self._end = len(data)

    @property
    def left(self) -> int:
        """How many bytes are not yet read."""
        return self._end - self._at

    def take(self, size: int) -> bytes:
        """Return the next `size` bytes."""
        at = self._at
        stop = at + size
        if stop > self._end:
            raise MalformedTransaction(f"the bytes end where {size:,} more should stand")
        self._at = stop
        return self._data[at:stop]

    def byte(self) -> int:
        """Return the next byte as a number."""
        at = self._at
        if at >= self._end:
            raise MalformedTransaction("the bytes end where one more should stand")
        self._at = at + 1
        return self._data[at]

    def integer(self, size: int) -> int:
        """Return the next `size` bytes as an unsigned little-endian number."""
        return int.from_bytes(self.take(size), "little")

    def peek(self, size: int) -> bytes:
        """Return up to `size` of the next bytes without moving."""
        return self._data[self._at : self._at + size]

    def expect_end(self, what: str) -> None:
        """Raise MalformedTransaction if anything follows `what`."""
        if self._at != self._end:
            raise MalformedTransaction(f"{self.left:,} bytes follow {what}")
