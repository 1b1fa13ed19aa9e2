"""Recursive Length Prefix: one item, one encoding; any other encoding is refused.

Source: Ethereum yellow paper, appendix B. An item is a byte string or a tuple of items. Integers
are not RLP's business: whoever gives the bytes a meaning also refuses leading zeros.
"""

from typing import NoReturn, TypeAlias

from appliance.errors import MalformedTransaction

Item: TypeAlias = "bytes | tuple[Item, ...]"
"""What RLP can say."""

MAX_DEPTH = 16
"""Lists within lists. No transaction needs more than four."""

_STRING = 0x80
_LIST = 0xC0
_SHORT = 55
"""The longest content whose length stands in the prefix itself."""
_BYTE = tuple(bytes((value,)) for value in range(256))


def encode(item: Item) -> bytes:
    """Return the one encoding of `item`."""
    if isinstance(item, bytes):
        if len(item) == 1 and item[0] < _STRING:
            return item
        return _prefix(_STRING, len(item)) + item
    content = b"".join(map(encode, item))
    return _prefix(_LIST, len(content)) + content


def decode(data: bytes) -> Item:
    """Read exactly one item.

    Raises MalformedTransaction for anything `encode` would not have written, with its own sentence
    for each such form. Reads every byte once and allocates nothing by an announced length.
    """
    item, end = _item(data, 0, len(data), 0)
    if end != len(data):
        raise MalformedTransaction(f"{len(data) - end} bytes follow the RLP item")
    return item


def _prefix(offset: int, length: int) -> bytes:
    if length <= _SHORT:
        return _BYTE[offset + length]
    size = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return _BYTE[offset + _SHORT + len(size)] + size


def _item(data: bytes, at: int, end: int, depth: int) -> tuple[Item, int]:
    """Read the item at `at`, which must stop at `end` or before; return it and where it stops."""
    if at >= end:
        raise MalformedTransaction("the RLP ends where an item should begin")
    prefix = data[at]
    if prefix < _STRING:
        return data[at : at + 1], at + 1
    if prefix < _LIST:
        start, stop = _content(data, at + 1, end, prefix - _STRING)
        if prefix == _STRING + 1 and data[start] < _STRING:
            raise MalformedTransaction("a single byte below 0x80 is written with an RLP prefix")
        return data[start:stop], stop
    start, stop = _content(data, at + 1, end, prefix - _LIST)
    return _items(data, start, stop, depth + 1), stop


def _items(data: bytes, at: int, end: int, depth: int) -> tuple[Item, ...]:
    if depth > MAX_DEPTH:
        raise MalformedTransaction(f"RLP lists are nested deeper than {MAX_DEPTH}")
    items = []
    while at < end:
        item, at = _item(data, at, end, depth)
        items.append(item)
    return tuple(items)


def _content(data: bytes, at: int, end: int, length: int) -> tuple[int, int]:
    """Return where the content of an item starts and stops.

    `at` is just behind the prefix; `length` is what the prefix says: the length itself, or, beyond
    55, how many bytes of length follow.
    """
    if length > _SHORT:
        width = length - _SHORT
        if at + width > end:
            raise MalformedTransaction("the RLP ends within a length")
        if data[at] == 0:
            raise MalformedTransaction("an RLP length is written with leading zeros")
        length = int.from_bytes(data[at : at + width], "big")
        if length <= _SHORT:
            raise MalformedTransaction("an RLP length below 56 is written in the long form")
        at += width
    if at + length > end:
        _refuse_overrun(data, at + length, end)
    return at, at + length


def _refuse_overrun(data: bytes, stop: int, end: int) -> NoReturn:
    if end == len(data):
        raise MalformedTransaction("an RLP item announces more bytes than there are")
    raise MalformedTransaction(f"an RLP item reaches {stop - end} bytes beyond its list")
