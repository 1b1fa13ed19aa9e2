"""Receivers of the public formats as published, reduced to what decides how long people wait.

A UR's receiver takes a part's fragments out of every part that has all of them (BCR-2020-005
"peels"); it never solves equations, as the product's does. A BBQr has no combinations at all: its
receiver waits for each share to come round again.
"""

from collections.abc import Iterable


class PeelingReceiver:
    """Which fragments of a UR are known; sets of fragments are the bits of an integer."""

    def __init__(self, fragments: int) -> None:
        self._all = (1 << fragments) - 1
        self._known = 0
        self._mixed: set[int] = set()

    @property
    def complete(self) -> bool:
        """Whether every fragment is known."""
        return self._known == self._all

    def add(self, fragments: Iterable[int]) -> None:
        """Take in a part that mixes these fragments."""
        waiting = [sum(1 << index for index in fragments)]
        while waiting:
            part = self._reduced(waiting.pop())
            if not part or part in self._mixed:
                continue
            larger = [other for other in self._mixed if other & part == part]
            self._mixed.difference_update(larger)
            waiting += [other ^ part for other in larger]
            if part & (part - 1):
                self._mixed.add(part)
            else:
                self._known |= part

    def _reduced(self, part: int) -> int:
        part &= ~self._known
        for other in self._mixed:
            if other != part and other & part == other:
                part ^= other
        return part
