"""How bytes are spoilt: small structural damage, so that most of it gets past the first check."""

import random
from collections.abc import Callable, Sequence

INTERESTING = (0, 1, 2, 0x7F, 0x80, 0x81, 0xB8, 0xC0, 0xF8, 0xFC, 0xFD, 0xFE, 0xFF)
"""Bytes at which an encoding changes its meaning: compact sizes, varints, RLP, CBOR."""
WORDS = tuple(
    written
    for size in (2, 4, 8)
    for value in (0, 1, (1 << (8 * size - 1)) - 1, 1 << (8 * size - 1), (1 << (8 * size)) - 1)
    for written in (value.to_bytes(size, "little"), value.to_bytes(size, "big"))
)
MAX_SIZE = 100_000

Mutation = Callable[[random.Random, bytearray, bytes], None]


def flip(dice: random.Random, data: bytearray, _: bytes) -> None:
    data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)


def place(dice: random.Random, data: bytearray, _: bytes) -> None:
    data[dice.randrange(len(data))] = dice.choice(INTERESTING)


def count(dice: random.Random, data: bytearray, _: bytes) -> None:
    at = dice.randrange(len(data))
    data[at] = (data[at] + dice.choice((-1, 1))) % 256


def place_word(dice: random.Random, data: bytearray, _: bytes) -> None:
    word, at = dice.choice(WORDS), dice.randrange(len(data))
    data[at : at + len(word)] = word


def insert(dice: random.Random, data: bytearray, _: bytes) -> None:
    at = dice.randrange(len(data) + 1)
    data[at:at] = dice.randbytes(dice.choice((1, 1, 1, 2, 4, 32)))


def remove(dice: random.Random, data: bytearray, _: bytes) -> None:
    at = dice.randrange(len(data))
    del data[at : at + dice.choice((1, 1, 1, 2, 4, 32))]


def repeat(dice: random.Random, data: bytearray, _: bytes) -> None:
    at, size = dice.randrange(len(data)), dice.randrange(1, 64)
    data[at:at] = data[at : at + size]


def swap(dice: random.Random, data: bytearray, _: bytes) -> None:
    size = dice.randrange(1, 40)
    one, other = dice.randrange(len(data)), dice.randrange(len(data))
    data[one : one + size], data[other : other + size] = (
        data[other : other + size],
        data[one : one + size],
    )


def splice(dice: random.Random, data: bytearray, other: bytes) -> None:
    if other:
        at, start = dice.randrange(len(data)), dice.randrange(len(other))
        data[at:] = other[start:]


def cut(dice: random.Random, data: bytearray, _: bytes) -> None:
    del data[dice.randrange(len(data)) :]


MUTATIONS: tuple[Mutation, ...] = (
    *(flip, place, count, place_word) * 2,
    *(insert, remove, repeat, swap, splice, cut),
)


def mutated(dice: random.Random, seeds: Sequence[bytes]) -> bytes:
    """Return one seed with one to four wounds."""
    data = bytearray(dice.choice(seeds))
    for _ in range(dice.choice((1, 1, 1, 2, 3, 4))):
        if data:
            dice.choice(MUTATIONS)(dice, data, dice.choice(seeds))
    return bytes(data[:MAX_SIZE])
