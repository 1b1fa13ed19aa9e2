"""A sender that says the same thing a million times: it is counted, and leaves no trace."""

import random
import resource
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

from appliance.wire import bbqr, fountain, ur, ur_decoder
from appliance.wire.formats import Gatherer
from appliance.wire.frame import Deframer, framed
from appliance.wire.gathering import Progress
from appliance.wire.receiver import Receiver

DUPLICATES = 1_000_000
MESSAGE = random.Random(1).randbytes(2000)
CEILING = 64 << 20

T = TypeVar("T")
Hear = Callable[[int], int]
"""Hears so many duplicates, and returns how many it was told of since the beginning."""


def resident() -> int:
    """Bytes of memory that this process takes up."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()


def from_fountain() -> Hear:
    encoder, decoder = fountain.Encoder(MESSAGE, 300), fountain.Decoder()
    parts = [fountain.Part.parse(encoder.part(number)) for number in (3, 900)]
    return by_turns(parts, decoder.add_part)


def from_ur() -> Hear:
    encoder, decoder = ur.Encoder("psbt", MESSAGE, 150), ur_decoder.Decoder()
    parts = [ur.Part.parse(encoder.part(number)) for number in (2, 90)]
    return by_turns(parts, decoder.add_part)


def from_bbqr() -> Hear:
    texts = bbqr.encode(MESSAGE, bbqr.FileType.PSBT, 300)
    parts = [bbqr.Part.parse(text) for text in texts[:2]]
    return by_turns(parts, bbqr.Decoder().add_part)


def by_turns(parts: list[T], add_part: Callable[[T], Progress]) -> Hear:
    one, other = parts
    add_part(one)
    add_part(other)

    def hear(times: int) -> int:
        for _ in range(times // 2 - 1):
            add_part(one)
            add_part(other)
        add_part(one)
        return add_part(other).duplicates

    return hear


def from_line() -> Hear:
    """Frames in one stream, as a port hands them over: whole ones and damaged ones."""
    deframer, heard = Deframer(), [0]
    whole, damaged = framed(b"the same part"), framed(b"another part")[1:]
    stream = (whole + damaged) * 50

    def hear(times: int) -> int:
        for _ in range(times // 100):
            heard[0] += len(deframer.feed(stream))
        return heard[0] + deframer.damaged

    return hear


@pytest.mark.parametrize("begin", [from_fountain, from_ur, from_bbqr, from_line])
def test_a_million_duplicates_take_no_memory(begin: Callable[[], Hear]) -> None:
    hear = begin()
    first = hear(2000)
    before = resident()
    assert hear(DUPLICATES) - first == DUPLICATES
    assert resident() - before < CEILING // 16


def test_duplicates_and_noise_for_every_receiver_at_once_take_no_memory() -> None:
    """From the bytes on, where a part is read anew each time that it comes."""
    own, other = fountain.Encoder(MESSAGE, 300), ur.Encoder("psbt", MESSAGE, 150)
    file = bbqr.encode(MESSAGE, bbqr.FileType.PSBT, 300, bbqr.Encoding.HEX)
    kept = (own.part(3), own.part(900), other.part(2).encode(), other.part(90).encode())
    contents = (*kept, file[0].encode(), file[3].encode(), b"ur:psbt/1-2/junk", b"https://a.b")
    gatherer, receiver = Gatherer(), Receiver()
    before = resident()
    for _ in range(10_000):
        for content in contents:
            gatherer.add(content)
            receiver.add(content)
    assert resident() - before < CEILING // 16
    assert len(gatherer.followed) == 3
    assert gatherer.progress.refused == 20_000
    assert receiver.progress.refused == 60_000
    for number in range(20, 40):
        gatherer.add(own.part(number))
    assert gatherer.message is not None
    assert gatherer.message.data == MESSAGE
