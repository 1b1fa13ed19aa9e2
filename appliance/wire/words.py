"""Digests as words, so that people can compare them aloud between two screens.

The list is SLIP-39's: 1024 English words, ten bits a word, no two of them alike in their first four
letters. Thirteen words are 130 bits, enough where the words are the only comparison that is made.
"""

from shamir_mnemonic.wordlist import WORDLIST

BITS_PER_WORD = 10
DEFAULT_COUNT = 13

_WORDS: tuple[str, ...] = tuple(WORDLIST)


def words_of(digest: bytes, count: int = DEFAULT_COUNT) -> tuple[str, ...]:
    """Return the first `count` x 10 bits of a digest, most significant first, as words.

    Raises ValueError if the digest has fewer bits than that: a caller's mistake.
    """
    surplus = 8 * len(digest) - BITS_PER_WORD * count
    if surplus < 0 or count < 1:
        raise ValueError(f"{len(digest)} bytes do not make {count} words")
    bits = int.from_bytes(digest, "big") >> surplus
    shifts = range(BITS_PER_WORD * (count - 1), -1, -BITS_PER_WORD)
    return tuple(_WORDS[(bits >> shift) & 1023] for shift in shifts)
