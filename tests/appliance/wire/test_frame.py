import random
import tracemalloc
import zlib
from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.wire.fountain import HEADER_SIZE, MAX_PART_SIZE, Encoder
from appliance.wire.frame import (
    ANNOUNCED_EVERY,
    ANNOUNCEMENT,
    DATA,
    MAX_ANNOUNCED,
    MAX_FRAME,
    MAX_WAITING,
    Deframer,
    Framer,
    framed,
    line_encoder,
    stuffed,
    unstuffed,
)
from appliance.wire.receiver import Receiver

MESSAGE = random.Random(1).randbytes(30_000)
OTHER = random.Random(2).randbytes(30_000)
PARTS = st.one_of(
    st.binary(min_size=1, max_size=80),
    st.lists(st.sampled_from([0, 1, 255]), min_size=1, max_size=80).map(bytes),
    st.integers(1, 1100).map(lambda size: b"\x07" * size),
    st.integers(1, 600).map(bytes),
).filter(lambda content: content[:1] not in (ANNOUNCEMENT, DATA))


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


@settings(deadline=None)
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


# Transfers: announced now and then, every frame checked against its own


def parts_of(message: bytes, count: int, first: int = 0) -> list[bytes]:
    encoder = line_encoder(message)
    return [encoder.part(number) for number in range(first, first + count)]


def lines_of(parts: Iterable[bytes]) -> list[bytes]:
    framer = Framer()
    return [framer.frames(part) for part in parts]


def test_parts_of_a_transfer_come_back_as_they_were() -> None:
    parts = parts_of(MESSAGE, 100)
    deframer = Deframer()
    assert deframer.feed(b"".join(lines_of(parts))) == tuple(parts)
    assert deframer.damaged == 0


def test_a_frame_is_laid_out_as_the_protocol_says() -> None:
    part = parts_of(MESSAGE, 1)[0]
    announcement, data, end = Framer().frames(part).split(b"\0")
    assert end == b""
    head = b"\xa3" + part[1:14]
    assert unstuffed(announcement) == head + zlib.crc32(head).to_bytes(4, "big")
    assert unstuffed(data) == b"\xa4" + part[14:] + zlib.crc32(part).to_bytes(4, "big")


def test_a_line_keeps_97_percent_clean_and_90_at_one_wrong_byte_in_10000() -> None:
    message = random.Random(4).randbytes(100_000)
    encoder = line_encoder(message)
    frames = lines_of(encoder.part(number) for number in range(encoder.parts_needed))
    share = len(message) / sum(map(len, frames))
    assert share > 0.975
    assert share * (1 - 1e-4) ** len(frames[1]) > 0.915


@pytest.mark.parametrize("size", [1, 100, 1300, 20_000, 300_000, 2_000_000])
def test_a_line_carries_the_symbols_that_codes_of_version_25_carry(size: int) -> None:
    message = random.Random(size).randbytes(size)
    assert line_encoder(message).transfer == Encoder(message, 1273).transfer


def test_is_announced_again_for_those_who_join_late() -> None:
    lines = lines_of(parts_of(MESSAGE, 3 * ANNOUNCED_EVERY + 1))
    counts = [line.count(b"\0") for line in lines]
    assert [number for number, each in enumerate(counts) if each == 2] == [0, 32, 64, 96]


@pytest.mark.parametrize("missed", [1, 7, 31, 40])
def test_who_joins_late_loses_nothing_of_what_was_heard(missed: int) -> None:
    parts = parts_of(MESSAGE, 80)
    deframer = Deframer()
    arrived = deframer.feed(b"".join(lines_of(parts)[missed:]))
    assert arrived == tuple(parts[missed:])
    assert deframer.damaged == 0


def test_a_lost_announcement_delays_and_takes_nothing_away() -> None:
    parts = parts_of(MESSAGE, 40)
    lines = lines_of(parts)
    lines[0] = lines[0].split(b"\0", 1)[1]
    assert Deframer().feed(b"".join(lines)) == tuple(parts)


def test_two_interleaved_transfers_are_told_apart_by_the_check() -> None:
    one, two = parts_of(MESSAGE, 30), parts_of(OTHER, 30)
    lines = [line for pair in zip(lines_of(one), lines_of(two), strict=True) for line in pair]
    deframer, receivers = Deframer(), (Receiver(), Receiver())
    assert one[5][14:18] == two[5][14:18], "the same numbers"
    arrived = deframer.feed(b"".join(lines))
    assert arrived == tuple(part for pair in zip(one, two, strict=True) for part in pair)
    for part in arrived:
        receivers[part in two].add(part)
    assert [receiver.progress.rank for receiver in receivers] == [
        30 * line_encoder(MESSAGE).part_symbols
    ] * 2


@settings(deadline=None)
@given(st.integers(0, 39), st.data())
def test_damage_never_makes_another_part(victim: int, data: st.DataObject) -> None:
    parts = parts_of(MESSAGE, 40)
    lines = lines_of(parts)
    line = bytearray(lines[victim])
    line[data.draw(st.integers(0, len(line) - 1))] ^= data.draw(st.integers(1, 255))
    lines[victim] = bytes(line)
    deframer = Deframer()
    arrived = deframer.feed(b"".join(lines))
    assert set(arrived) <= set(parts)
    assert len(arrived) >= 38
    assert deframer.damaged or len(arrived) == 40


def test_what_is_no_part_goes_in_a_plain_frame_between() -> None:
    parts = parts_of(MESSAGE, 2)
    framer, deframer = Framer(), Deframer()
    contents = (parts[0], b"\xa2confirmed", b"ur:bytes/aeadaolazmjendeoti", parts[1])
    assert deframer.feed(b"".join(map(framer.frames, contents))) == contents


@pytest.mark.parametrize("kind", [ANNOUNCEMENT, DATA])
def test_refuses_to_frame_what_would_read_as_another_kind_of_frame(kind: bytes) -> None:
    with pytest.raises(ValueError, match="begin"):
        Framer().frames(kind + b"anything")


# Lines that mean harm


def forged(number: int) -> bytes:
    """Return an announcement of a transfer as long as can be said, which never comes."""
    return framed(ANNOUNCEMENT + number.to_bytes(8, "big") + b"\xff" * 5)


def kept(deframer: Deframer) -> int:
    return len(deframer._heads) + len(deframer._waiting)


def test_forged_announcements_push_out_the_oldest_and_cost_nothing() -> None:
    parts = parts_of(MESSAGE, 200)
    lines = lines_of(parts)
    deframer = Deframer()
    tracemalloc.start()
    for start in range(0, 3_000, 100):
        assert deframer.feed(b"".join(map(forged, range(start, start + 100)))) == ()
    grown = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert kept(deframer) == MAX_ANNOUNCED
    assert grown < 1 << 20
    assert deframer.feed(b"".join(lines)) == tuple(parts)


def test_forged_announcements_between_delay_a_transfer_and_do_not_stop_it() -> None:
    deframer, receiver = Deframer(), Receiver()
    encoder, framer = line_encoder(MESSAGE), Framer()
    for number, part in enumerate(encoder.parts()):
        noise = forged(number) if number % 5 == 0 else b""
        for arrived in deframer.feed(noise + framer.frames(part)):
            receiver.add(arrived)
        if receiver.message is not None:
            break
        assert number < 3 * encoder.parts_needed
    assert receiver.message == MESSAGE


def test_data_frames_of_no_transfer_are_kept_in_bounds() -> None:
    deframer = Deframer()
    longest = stuffed(DATA + b"\x07" * (MAX_PART_SIZE - HEADER_SIZE)) + b"\0"
    for _ in range(1000):
        assert deframer.feed(longest) == ()
    assert len(deframer._waiting) == MAX_WAITING
    assert deframer.damaged == 1000


@pytest.mark.parametrize(
    "piece",
    [
        pytest.param(b"\0" * 100_000, id="zeros"),
        pytest.param(b"\xff" * 100_000, id="no delimiter"),
        pytest.param(b"\1\0" * 50_000, id="empty frames"),
        pytest.param(b"\2\xa4\0" * 33_000, id="data frames of nothing"),
        pytest.param((stuffed(b"\xa3" * 8) + b"\0") * 10_000, id="announcements of nothing"),
    ],
)
def test_an_endless_line_is_bounded_and_the_next_transfer_crosses(piece: bytes) -> None:
    deframer = Deframer()
    tracemalloc.start()
    for _ in range(3):
        assert deframer.feed(piece) == ()
    grown = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert grown < 8 << 20
    assert len(deframer._pending) <= MAX_FRAME
    assert kept(deframer) <= MAX_ANNOUNCED + MAX_WAITING
    parts = parts_of(MESSAGE, 40)
    assert deframer.feed(b"\0" + b"".join(lines_of(parts))) == tuple(parts)
