"""How close the fountain code comes to what an erasure channel allows."""

import random
from collections.abc import Iterator

from appliance.wire import qr
from appliance.wire.fountain import Decoder, Encoder
from tests.benchmarks.measure import Figure, of_limit, seconds, spread

VERSION = 27
SEEDS = 40
SIZES = {"10kB": 10_000, "100kB": 100_000}
LOSSES = (0, 10, 30, 50)


def figures() -> Iterator[Figure]:
    """Measure the code."""
    for name, size in SIZES.items():
        for loss in LOSSES:
            yield efficiency(f"link.fountain.efficiency.{name}.{loss}", size, loss)
    message = random.Random(1).randbytes(100_000)
    encoder = Encoder(message, qr.part_size(VERSION))
    parts = [encoder.part(n) for n in range(40, 40 + 2 * encoder.transfer.symbols)]

    def decode() -> None:
        decoder = Decoder()
        for part in parts:
            if decoder.add(part).complete:
                break
        assert decoder.message == message

    yield Figure("link.fountain.decode_100kB", seconds(decode), "s")


def efficiency(name: str, size: int, loss: int) -> Figure:
    """Message bytes by the bytes of parts that had to arrive, averaged over random joins."""
    reached = [_one(seed, size, loss) for seed in range(SEEDS)]
    mean = sum(reached) / len(reached)
    shown = spread(reached)
    limit = "of the bytes that an erasure channel lets through"
    figure = of_limit(name, shown, "share", limit, 1.0)
    return Figure(name, shown, figure.unit, limit, 1.0, mean)


def _one(seed: int, size: int, loss: int) -> float:
    chance = random.Random(seed)
    message = chance.randbytes(size)
    encoder, decoder = Encoder(message, qr.part_size(VERSION)), Decoder()
    arrived = 0
    for number in range(chance.randrange(10_000), 1 << 32):
        if chance.random() * 100 < loss:
            continue
        arrived += qr.part_size(VERSION)
        if decoder.add(encoder.part(number)).complete:
            break
    return size / arrived
