"""Amounts of any order of magnitude, and scripts of every kind that can be paid."""

from functools import lru_cache
from random import Random

from coincurve import PublicKeyXOnly

EDGES = (1, 293, 294, 330, 546, 10_000, 2**31, 2**32, 2**32 + 1, 10**8, 10**11)


def amount(dice: Random, most: int) -> int:
    """Satoshi from 1 to the most, of any order of magnitude."""
    edge, bits = dice.choice(EDGES), dice.randrange(1, 52)
    return min(edge if dice.random() < 0.3 else dice.getrandbits(bits) + 1, most)


@lru_cache(maxsize=64)
def _point(number: int) -> bytes:
    return bytes(PublicKeyXOnly.from_secret((number + 1).to_bytes(32, "big")).format())


def destination(dice: Random) -> bytes:
    """A script of any kind that has an address."""
    hashed = dice.choice((dice.randbytes(20), bytes(2) + dice.randbytes(18)))
    return dice.choice(
        (
            b"\x76\xa9\x14" + hashed + b"\x88\xac",
            b"\xa9\x14" + hashed + b"\x87",
            b"\x00\x14" + hashed,
            b"\x00\x20" + dice.randbytes(32),
            b"\x51\x20" + _point(dice.randrange(64)),
        )
    )


def message(dice: Random) -> bytes:
    """A script of data for everybody to read."""
    size = dice.choice((1, 75, 76, 80, dice.randrange(1, 81)))
    push = bytes((size,)) if size < 76 else bytes((0x4C, size))
    return b"\x6a" + push + dice.randbytes(size)
