"""Walking through bytes by position, which is how large Bitcoin structures are read at speed.

Nothing here checks the end at every step. Positions only grow, so whoever has walked past the end
is told so by the next read, or, at the latest, by `expect_end`; every walk ends with it.
"""

from collections.abc import Callable
from struct import error as struct_error
from typing import TypeVar

from appliance.errors import MalformedTransaction

T = TypeVar("T")

_WIDTHS = {0xFD: 2, 0xFE: 4, 0xFF: 8}
_LEAST = {0xFD: 0xFD, 0xFE: 1 << 16, 0xFF: 1 << 32}
"""The smallest number that each longer form of a compact size may write."""


PAST_THE_END = (IndexError, struct_error, OverflowError)
"""What a read behind the end raises, the last where the position is over 2^63.

`whole` turns it into MalformedTransaction."""


def size_at(data: bytes, at: int) -> tuple[int, int]:
    """Return the compact size at a position, and the position behind it.

    Raises MalformedTransaction where it is not in its shortest form, IndexError behind the end.
    """
    first = data[at]
    if first < 0xFD:
        return first, at + 1
    stop = at + 1 + _WIDTHS[first]
    number = int.from_bytes(data[at + 1 : stop], "little")
    data[stop - 1]
    if number < _LEAST[first]:
        raise MalformedTransaction("a compact size is not written in its shortest form")
    return number, stop


def count_at(data: bytes, at: int, least_size: int) -> tuple[int, int]:
    """Return how many items follow, of at least this many bytes each, and where they begin."""
    count, at = size_at(data, at)
    if count * least_size > len(data) - at:
        raise MalformedTransaction("the transaction announces more than there is")
    return count, at


def bytes_at(data: bytes, at: int) -> tuple[bytes, int]:
    """Return the byte string behind its length at a position, and the position behind it.

    It is cut short where the bytes end too early: the position then lies behind the end.
    """
    size = data[at]
    if size < 0xFD:
        at += 1
    else:
        size, at = size_at(data, at)
    stop = at + size
    return data[at:stop], stop


def expect_end(data: bytes, at: int, what: str) -> None:
    """Raise MalformedTransaction unless a walk has come exactly to the end."""
    if at > len(data):
        raise MalformedTransaction("the bytes end where more should stand")
    if at < len(data):
        raise MalformedTransaction(f"{len(data) - at:,} bytes follow {what}")


def whole(read: Callable[[bytes], T], data: bytes) -> T:
    """Return what a reader makes of the bytes. Raises MalformedTransaction where they end early."""
    try:
        return read(data)
    except PAST_THE_END:
        raise MalformedTransaction("the bytes end where more should stand") from None
