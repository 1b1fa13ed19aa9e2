"""Which libraries a damaged or hostile ELF file needs: some, or it is refused."""

import contextlib
import struct
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from image.errors import PartError
from image.root import libraries


@given(st.lists(st.tuples(st.integers(0, 2999), st.binary(min_size=1, max_size=8)), max_size=6))
@example([(54, b"\xff\xff\xff\xff")])
@example([(32, b"\xff" * 8)])
@example([(64, struct.pack("<I", 2))])
def test_a_damaged_library_needs_some_or_is_refused(changes: list[tuple[int, bytes]]) -> None:
    body = bytearray(an_elf())
    for at, change in changes:
        body[at : at + len(change)] = change
    with contextlib.suppress(PartError):
        assert all(name.isascii() for name in libraries.needed(bytes(body)))


def an_elf() -> bytes:
    """A library that links to liba.so.1, as small as one can be."""
    head = b"\x7fELF\x02\x01".ljust(32, b"\0") + struct.pack("<QQIHHH", 64, 0, 0, 64, 56, 2)
    load = struct.pack("<IIQQQQQQ", 1, 5, 0, 0, 0, 3000, 3000, 4096)
    dynamic = struct.pack("<IIQQQQQQ", 2, 6, 256, 256, 256, 48, 48, 8)
    rows = struct.pack("<6Q", 5, 512, 1, 1, 0, 0)
    table = (head.ljust(64, b"\0") + load + dynamic).ljust(256, b"\0") + rows
    return (table.ljust(512, b"\0") + b"\0liba.so.1\0").ljust(3000, b"\0")


def test_a_library_of_many_headers_is_read_in_no_time() -> None:
    assert libraries.needed(an_elf()) == ("liba.so.1",)
    with pytest.raises(PartError, match="damaged"):
        libraries.needed(an_elf()[:515] + b"x" * 2485)
    rows = struct.pack("<QQ", 1, 1) * 200_000
    body = bytearray(an_elf())
    body[54:58] = struct.pack("<HH", 0, 65_535)
    body[64 : 64 + 56] = struct.pack("<IIQQQQQQ", 2, 6, 3000, 0, 0, len(rows), len(rows), 8)
    began = time.monotonic()
    libraries.needed(bytes(body) + rows)
    assert time.monotonic() - began < 20
