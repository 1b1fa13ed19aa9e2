"""Which fragments a part of a multipart UR mixes (BCR-2024-001, "The Consensus Stack").

Sender and receiver draw them from the same generator, Xoshiro256** seeded with the SHA-256 of part
number ‖ checksum of the message, both 4 bytes, big-endian. First the degree is drawn, of weights
1/1, 1/2 … 1/count, by the alias method of Walker and Vose; then that many fragments without
replacement. IEEE 754 doubles are part of the format: every step must round as the others' does.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from hashlib import sha256
from struct import unpack

from appliance.wire.errors import PartRefused

_MASK = (1 << 64) - 1
_SCALE = 2.0**-64


def fragments_of(number: int, checksum: int, count: int) -> Sequence[int]:
    """Return the indexes of the fragments whose XOR part `number` carries, `number` from 1 on.

    The first `count` parts carry one fragment each, in order.
    """
    if number <= count:
        return (number - 1,)
    draws = draws_from(number.to_bytes(4, "big") + checksum.to_bytes(4, "big"))
    remaining = list(range(count))
    pop, draw = remaining.pop, draws.__next__
    try:
        degree = draw_index(draws, weights(count)) + 1
        return [pop(int(draw() * left)) for left in range(count, count - degree, -1)]
    except IndexError:
        # A draw may round up to one, once in 2^54 times: no sender can mean anything by it.
        raise PartRefused("the part's number draws no fragments") from None


def draws_from(seed: bytes) -> Iterator[float]:
    """Yield what Xoshiro256** draws from the SHA-256 of a seed, as doubles from 0 to 1."""
    a, b, c, d = unpack(">4Q", sha256(seed).digest())
    while True:
        scrambled = b * 5 & _MASK
        yield ((scrambled << 7 | scrambled >> 57) * 9 & _MASK) * _SCALE
        shifted = b << 17 & _MASK
        c ^= a
        d ^= b
        b ^= c
        a ^= d
        c ^= shifted
        d = (d << 45 | d >> 19) & _MASK


Weights = tuple[tuple[float, ...], tuple[int, ...]]
"""The alias table: the share of each column that is its own, and whose the rest is."""


@lru_cache(maxsize=4)
def weights(count: int) -> Weights:
    """Return the alias table of the degrees of a message of `count` fragments."""
    return alias_table([1.0 / degree for degree in range(1, count + 1)])


def alias_table(shares: Sequence[float]) -> Weights:
    """Return the alias table of what is to be drawn by these weights, in the published order."""
    count, total = len(shares), sum_of(shares)
    scaled = [share * count / total for share in shares]
    short = [column for column in reversed(range(count)) if scaled[column] < 1]
    long = [column for column in reversed(range(count)) if scaled[column] >= 1]
    own, others = [1.0] * count, [0] * count
    while short and long:
        less, more = short.pop(), long.pop()
        own[less], others[less] = scaled[less], more
        scaled[more] += scaled[less] - 1
        (short if scaled[more] < 1 else long).append(more)
    return tuple(own), tuple(others)


def sum_of(shares: Sequence[float]) -> float:
    """Add in order, one by one: `sum` may compensate, which rounds differently."""
    total = 0.0
    for share in shares:
        total += share
    return total


def draw_index(draws: Iterator[float], table: Weights) -> int:
    """Draw one index by the weights of an alias table."""
    own, others = table
    column, share = int(next(draws) * len(own)), next(draws)
    return column if share < own[column] else others[column]
