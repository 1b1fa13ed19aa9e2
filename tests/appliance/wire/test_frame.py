import random
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.wire.fountain import MAX_PART_SIZE
from appliance.wire.frame import MAX_FRAME, Deframer, framed, stuffed, unstuffed

PARTS = st.one_of(
    st.binary(min_size=1, max_size=80),
    st.lists(st.sampled_from([0, 1, 255]), min_size=1, max_size=80).map(bytes),
    st.integers(1, 1100).map(lambda size: b"\x07" * size),
    st.integers(1, 600).map(bytes),
)


@pytest.mark.parametrize(
    ("data", "encoded"),
    [
        (b"", "01"),
        (b"\0", "0101"),
        (b"\0\0", "010101"),
        (b"\x11\x22\0\x33", "0311220233"),
        (b"\x11\x22\x33\x44", "0511223344"),
        (b"\x11\0\0\0", "0211010101"),
        (bytes(range(1, 255)), "ff" + bytes(range(1, 255)).hex()),
        (bytes(range(255)), "01ff" + bytes(range(1, 255)).hex()),
        (bytes(range(1, 256)), "ff" + bytes(range(1, 255)).hex() + "02ff"),
        (bytes(range(2, 256)) + b"\0", "ff" + bytes(range(2, 256)).hex() + "0101"),
        (bytes(range(3, 256)) + b"\0\1", "fe" + bytes(range(3, 256)).hex() + "0201"),
    ],
)
def test_stuffs_as_the_published_examples_do(data: bytes, encoded: str) -> None:
    assert stuffed(data).hex() == encoded
    assert unstuffed(stuffed(data)) == data


@pytest.mark.parametrize("encoded", ["02", "0511", "ff0101", "0201ff"])
def test_what_stops_short_is_no_encoding(encoded: str) -> None:
    assert unstuffed(bytes.fromhex(encoded)) is None


@given(PARTS)
def test_a_stuffed_part_has_no_zero_and_comes_back(part: bytes) -> None:
    assert b"\0" not in stuffed(part)
    assert unstuffed(stuffed(part)) == part


@given(st.lists(PARTS, max_size=6), st.lists(st.integers(1, 700), min_size=1, max_size=20))
def test_parts_come_back_however_the_bytes_are_cut(parts: list[bytes], cuts: list[int]) -> None:
    line = b"".join(map(framed, parts))
    deframer = Deframer()
    arrived: list[bytes] = []
    while line:
        size = cuts[len(arrived) % len(cuts)]
        arrived += deframer.feed(line[:size])
        line = line[size:]
    assert (arrived, deframer.damaged) == (parts, 0)


@given(PARTS, PARTS, st.binary(max_size=300))
def test_is_in_step_again_at_the_next_zero_after_noise(
    first: bytes, second: bytes, noise: bytes
) -> None:
    deframer = Deframer()
    assert deframer.feed(framed(first)) == (first,)
    deframer.feed(noise + b"\0")
    assert deframer.feed(framed(second)) == (second,)


@given(PARTS, st.data())
def test_a_damaged_frame_is_dropped_and_counted(part: bytes, data: st.DataObject) -> None:
    frame = bytearray(framed(part))
    victim = data.draw(st.integers(0, len(frame) - 2))
    frame[victim] ^= data.draw(st.integers(1, 255))
    deframer = Deframer()
    assert deframer.feed(bytes(frame)) == ()
    assert 1 <= deframer.damaged <= 2


def test_a_break_between_frames_is_nothing() -> None:
    deframer = Deframer()
    assert deframer.feed(b"\0\0\0" + framed(b"part") + b"\0\0") == (b"part",)
    assert deframer.damaged == 0


def test_starting_in_the_middle_loses_only_that_frame() -> None:
    deframer = Deframer()
    assert deframer.feed(framed(b"first part")[4:] + framed(b"second")) == (b"second",)


def test_the_longest_part_passes_and_what_is_longer_is_dropped() -> None:
    for filler in (b"\x07", b"\0"):
        longest = filler * MAX_PART_SIZE
        assert Deframer().feed(framed(longest)) == (longest,)
    deframer = Deframer()
    assert deframer.feed(framed(b"\x07" * (MAX_PART_SIZE + 300)) + framed(b"next")) == (b"next",)
    assert deframer.damaged == 1


def test_endless_noise_without_a_zero_is_not_kept() -> None:
    deframer = Deframer()
    noise = bytes(random.Random(1).choices(range(1, 256), k=1000))
    for _ in range(2000):
        assert deframer.feed(noise) == ()
        assert len(deframer._pending) <= MAX_FRAME
    assert deframer.feed(b"\0" + framed(b"part")) == (b"part",)
    assert deframer.damaged == 1


def test_a_frame_without_content_is_damaged() -> None:
    deframer = Deframer()
    assert deframer.feed(stuffed(zlib.crc32(b"").to_bytes(4, "big")) + b"\0") == ()
    assert deframer.damaged == 1
