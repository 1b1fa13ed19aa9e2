"""How close the fountain code comes to what an erasure channel allows, and to the public formats.

What loss and the moment of joining do is drawn anew for every seed. A frame is a QR symbol of
version 25 at error correction L, whatever it carries.
"""

import random
import statistics
from collections.abc import Callable, Iterator
from functools import cache, partial

from appliance.wire import bbqr, qr, qr_text, ur, ur_decoder
from appliance.wire.fountain import Decoder, Encoder
from appliance.wire.ur_fountain import fragments_of
from tests.benchmarks.measure import Figure, faster_than, seconds, spread
from tests.benchmarks.published_receivers import PeelingReceiver

VERSION = 25
CAPACITY = qr.part_size(VERSION)
SEEDS = 200
MESSAGES = 8
SIZES = {"10kB": 10_000, "100kB": 100_000}
LOSSES = (0, 10, 30, 50)
PASSES = 2
"""A receiver joins at random within so many rounds of a sender's needed parts."""

LIMIT = "frames of an ideal erasure code: message bytes by the byte capacity of version 25-L"
MEGABYTE = 1_000_000
REFERENCE_SECONDS = 34.0
"""What the reference implementation took for a UR of 1 MB, there and back."""


def figures() -> Iterator[Figure]:
    """Measure the code, and those it is compared with."""
    for name, size in SIZES.items():
        for loss in LOSSES:
            yield efficiency(f"link.fountain.efficiency.{name}.{loss}", size, loss)
    yield from frames(SIZES["100kB"], 10)
    yield from processor_time()


def efficiency(name: str, size: int, loss: int) -> Figure:
    """The share of the frames that arrived which an ideal code would have needed."""
    ideal = size / CAPACITY
    arrived = [ideal / _frames_of_ours(seed, size, loss)[0] for seed in range(SEEDS)]
    return Figure(name, spread(arrived), "share", LIMIT, 1.0, statistics.mean(arrived))


def frames(size: int, loss: int) -> Iterator[Figure]:
    """Frames shown until the message is whole: ours, and those of the public formats."""
    ours = [float(_frames_of_ours(seed, size, loss)[1]) for seed in range(SEEDS)]
    mean = statistics.mean(ours)
    peers: dict[str, tuple[str, Callable[[int, int, int], int]]] = {
        "link.frames.vs_ur": ("UR, received as published (peeling)", _frames_of_ur),
        "link.frames.vs_ur.solved": ("UR, received by our solving decoder", _frames_of_solved_ur),
        "link.frames.vs_bbqr": ("BBQr, Base32", _frames_of_bbqr),
    }
    for name, (peer, count) in peers.items():
        theirs = statistics.mean(count(seed, size, loss) for seed in range(SEEDS))
        against = f"{peer}, frames of version {VERSION}-L"
        yield Figure(name, spread(ours), "frames", against, theirs, theirs / mean)


def processor_time() -> Iterator[Figure]:
    """What encoding and decoding cost where every tenth part is lost."""
    message = random.Random(1).randbytes(SIZES["100kB"])
    for name, first in (("", 0), (".late", 100_000)):
        decoding = seconds(partial(_decode, _arrived(message, first)))
        yield Figure(f"link.fountain.decode_100kB{name}", decoding, "s")
    late = Encoder(message, CAPACITY)
    encoding = seconds(lambda: [late.part(number) for number in range(100_000, 100_020)])
    yield Figure("link.fountain.encode_100kB.20_frames", encoding, "s")
    large = random.Random(2).randbytes(MEGABYTE)
    for name, fragment in (
        ("link.ur.cpu_1MB", qr_text.fragment_size("bytes", VERSION)),
        ("link.ur.cpu_1MB.400B_fragments", 400),
        ("link.ur.cpu_1MB.200B_fragments", 200),
    ):
        ours = seconds(partial(_there_and_back, large, fragment))
        peer = "the reference implementation, as measured once"
        yield faster_than(name, ours, peer, spread([REFERENCE_SECONDS]))


@cache
def _encoder(size: int, message: int) -> Encoder:
    return Encoder(random.Random(message).randbytes(size), CAPACITY)


@cache
def _part(size: int, message: int, number: int) -> bytes:
    return _encoder(size, message).part(number)


@cache
def _frames_of_ours(seed: int, size: int, loss: int) -> tuple[int, int]:
    """Return how many frames arrived, and how many were shown."""
    chance, decoder = random.Random(seed), Decoder()
    number = first = chance.randrange(PASSES * _encoder(size, seed % MESSAGES).parts_needed)
    arrived = 0
    while not decoder.progress.complete:
        if chance.random() * 100 >= loss:
            decoder.add(_part(size, seed % MESSAGES, number))
            arrived += 1
        number += 1
    return arrived, number - first


def _frames_of_ur(seed: int, size: int, loss: int) -> int:
    chance = random.Random(seed)
    fragments = -(-size // qr_text.fragment_size("bytes", VERSION))
    receiver, checksum = PeelingReceiver(fragments), chance.getrandbits(32)
    number = first = 1 + chance.randrange(PASSES * fragments)
    while not receiver.complete:
        if chance.random() * 100 >= loss:
            receiver.add(fragments_of(number, checksum, fragments))
        number += 1
    return number - first


def _frames_of_solved_ur(seed: int, size: int, loss: int) -> int:
    chance = random.Random(seed)
    encoder = ur.Encoder("bytes", chance.randbytes(size), qr_text.fragment_size("bytes", VERSION))
    decoder = ur_decoder.Decoder()
    number = first = 1 + chance.randrange(PASSES * encoder.transfer.fragments)
    while not decoder.progress.complete:
        if chance.random() * 100 >= loss:
            decoder.add(encoder.part(number))
        number += 1
    return number - first


def _frames_of_bbqr(seed: int, size: int, loss: int) -> int:
    chance = random.Random(seed)
    parts = bbqr.encode(chance.randbytes(size), bbqr.FileType.BINARY, qr_text.share_size(VERSION))
    here: set[int] = set()
    number = first = chance.randrange(len(parts))
    while len(here) < len(parts):
        if chance.random() * 100 >= loss:
            here.add(number % len(parts))
        number += 1
    return number - first


@cache
def _arrived(message: bytes, first: int) -> tuple[bytes, ...]:
    """Return enough of the parts from this one on, without every tenth."""
    encoder = Encoder(message, CAPACITY)
    numbers = range(first, first + 2 * encoder.parts_needed)
    return tuple(encoder.part(number) for number in numbers if number % 10)


def _decode(parts: tuple[bytes, ...]) -> None:
    decoder = Decoder()
    for part in parts:
        if decoder.add(part).complete:
            return
    raise AssertionError("too few parts")


def _there_and_back(message: bytes, fragment: int) -> None:
    encoder, decoder = ur.Encoder("bytes", message, fragment), ur_decoder.Decoder()
    for number, part in enumerate(encoder.parts()):
        if number % 10 and decoder.add(part).complete:
            break
    assert decoder.message == message
