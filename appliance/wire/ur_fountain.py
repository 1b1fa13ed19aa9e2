"""Which fragments a part of a multipart UR mixes (BCR-2024-001, "The Consensus Stack").

Sender and receiver draw them from the same generator, Xoshiro256** seeded with the SHA-256 of part
number ‖ checksum of the message, both 4 bytes, big-endian. First the degree is drawn, of weights
1/1, 1/2 … 1/count, by the alias method of Walker and Vose; then that many fragments without
replacement. IEEE 754 doubles are part of the format: every step must round as the others' does.

The generator's steps are linear over GF(2): the course that it takes from any state is the XOR of
the courses from parts of that state, which are walked once. So many draws cost a few XORs.
"""

from array import array
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache, reduce
from hashlib import sha256
from itertools import chain
from operator import getitem, mul, xor
from struct import pack, unpack

from appliance.wire.errors import PartRefused

_RUN = 128
"""Draws that are made at once."""
_WORD = (1 << 64) - 1
_EVERY_OTHER = sum(_WORD << 64 * place for place in range(0, _RUN, 2))
_SCALE = 2.0**-64
"""Makes a draw a double from 0 to 1."""
_DIGITS = bytes.maketrans(b"0123456789abcdef", bytes(range(16)))


def fragments_of(number: int, checksum: int, count: int) -> Sequence[int]:
    """Return the indexes of the fragments whose XOR part `number` carries, `number` from 1 on.

    The first `count` parts carry one fragment each, in order. There are 65,536 fragments at most.
    """
    if number <= count:
        return (number - 1,)
    draws = draws_from(number.to_bytes(4, "big") + checksum.to_bytes(4, "big"))
    indexes, scales = _remaining(count)
    remaining = indexes[:]
    try:
        degree = draw_index(draws, weights(count)) + 1
        places = map(int, map(mul, draws, scales[:degree]))
        return tuple(map(remaining.pop, places))
    except IndexError:
        # A draw may round up to one, once in 2^54 times: no sender can mean anything by it.
        raise PartRefused("the part's number draws no fragments") from None


@lru_cache(maxsize=4)
def _remaining(count: int) -> tuple["array[int]", tuple[float, ...]]:
    """Return all indexes, and what scales a draw to one of them, of all but one, of all but two.

    The indexes take two bytes each, because taking one out moves all behind it.
    """
    return array("H", range(count)), tuple(left * _SCALE for left in range(count, 0, -1))


def draws_from(seed: bytes) -> Iterator[int]:
    """Return the 64-bit numbers that Xoshiro256** draws from the SHA-256 of a seed, endless."""
    return chain.from_iterable(_runs(int.from_bytes(sha256(seed).digest(), "big")))


def _runs(state: int) -> Iterator[tuple[int, ...]]:
    while True:
        digits = f"{state:064x}".encode().translate(_DIGITS)
        course = reduce(xor, map(getitem, _courses(), digits))
        even, odd = _scrambled(course), _scrambled(course >> 64)
        yield unpack(f"<{_RUN}Q", (odd << 64 | even).to_bytes(8 * _RUN, "little"))
        state = course >> 64 * _RUN


def _scrambled(course: int) -> int:
    """Return what the generator makes of every other word of a course, the first one included."""
    fives = (course & _EVERY_OTHER) * 5 & _EVERY_OTHER
    turned = (fives << 7 | fives >> 57) & _EVERY_OTHER
    return turned * 9 & _EVERY_OTHER


@cache
def _courses() -> tuple[tuple[int, ...], ...]:
    """Return, for each hexadecimal digit of a state, the course from each of its values alone."""
    return tuple(map(_courses_of_digit, range(252, -1, -4)))


def _courses_of_digit(lowest_bit: int) -> tuple[int, ...]:
    courses = [0]
    for bit in range(lowest_bit, lowest_bit + 4):
        course = _course(1 << bit)
        courses += [course ^ other for other in courses]
    return tuple(courses)


def _course(state: int) -> int:
    """Return the words to be scrambled, the first one lowest; above them the state that follows."""
    a, b, c, d = unpack(">4Q", state.to_bytes(32, "big"))
    words = []
    for _ in range(_RUN):
        words.append(b)
        shifted = b << 17 & _WORD
        c ^= a
        d ^= b
        b ^= c
        a ^= d
        c ^= shifted
        d = (d << 45 | d >> 19) & _WORD
    return int.from_bytes(pack(f"<{_RUN + 4}Q", *words, d, c, b, a), "little")


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


def draw_index(draws: Iterator[int], table: Weights) -> int:
    """Draw one index by the weights of an alias table."""
    own, others = table
    column, share = int(next(draws) * _SCALE * len(own)), next(draws) * _SCALE
    return column if share < own[column] else others[column]
