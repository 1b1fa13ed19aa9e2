"""Arithmetic over GF(256) with the polynomial x⁸+x⁴+x³+x²+1, on whole vectors at a time.

A vector is a big-endian integer whose bytes are its elements: addition is `^`, and multiplication
by one factor is `bytes.translate`. This is as fast as the standard library gets.
"""

from collections.abc import Sequence
from operator import xor

_POLYNOMIAL = 0x11D

# Times x, the polynomial's remainder taken.
_DOUBLED = bytes((byte << 1) ^ (_POLYNOMIAL * (byte >> 7)) for byte in range(256))


def _tables() -> tuple[bytes, ...]:
    """Twice a factor is its table doubled; one more adds every byte itself."""
    tables = [bytes(256)]
    for factor in range(1, 256):
        doubled = tables[factor >> 1].translate(_DOUBLED)
        tables.append(bytes(map(xor, doubled, range(256))) if factor & 1 else doubled)
    return tuple(tables)


TIMES = _tables()
"""For each factor, the table for `bytes.translate` that multiplies every byte by it."""

INVERSE = bytes((0, *(TIMES[factor].index(1) for factor in range(1, 256))))
"""The inverse of every element but zero, which has none."""

_NIBBLES_WITH_BIT = tuple(tuple(n for n in range(16) if n >> bit & 1) for bit in range(4))


def scaled(vector: int, size: int, factor: int) -> int:
    """Return `factor` times a vector of `size` elements."""
    return int.from_bytes(vector.to_bytes(size, "big").translate(TIMES[factor]), "big")


def combined(factors: bytes, vectors: Sequence[int], size: int) -> int:
    """Return the sum of `factors[i]` times `vectors[i]`, each of `size` elements.

    Vectors are first summed by the two halves of their factor, these sums by bit, and only eight
    sums are multiplied: two additions a vector instead of a multiplication.
    """
    low, high = [0] * 16, [0] * 16
    for factor, vector in zip(factors, vectors, strict=True):
        if factor:
            low[factor & 15] ^= vector
            high[factor >> 4] ^= vector
    total = 0
    for sums in (high, low):
        for nibbles in reversed(_NIBBLES_WITH_BIT):
            total = scaled(total, size, 2)
            for nibble in nibbles:
                total ^= sums[nibble]
    return total


def multiples(vector: int, size: int) -> tuple[list[int], list[int]]:
    """Return a vector of `size` elements times 0 to 15, and times 16 · (0 to 15).

    Where one vector is multiplied often, a product is then the sum of one of each.
    """
    tables: tuple[list[int], list[int]] = ([0], [0])
    for table in tables:
        for _ in range(4):
            table += [vector ^ product for product in table]
            vector = scaled(vector, size, 2)
    return tables
