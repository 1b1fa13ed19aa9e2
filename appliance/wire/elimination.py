"""Linear equations over GF(256), solved as they arrive.

A row is an integer: the coefficients of the unknowns in order, then the value, a byte an element.
Rows are kept fully reduced: each has one unknown of its own, its pivot, with the coefficient one
that is left out, and besides it only unknowns that are no row's pivot. So the factors by which a
new row is reduced are its own coefficients, all known at once, and a row without other unknowns is
a solution.
"""

from appliance.wire.galois import INVERSE, combined, multiples, scaled


class System:
    """Equations in `unknowns` vectors of `size` elements each."""

    def __init__(self, unknowns: int, size: int) -> None:
        self._unknowns = unknowns
        self._size = size
        self._pivots = 0
        self._is_any_solved = False
        self._values = [0] * unknowns
        self._rows: dict[int, int] = {}

    def settle(self, unknown: int, value: bytes) -> bool:
        """Take in the value of one unknown; return whether it says anything new."""
        if self._rows:
            one = (1 << 8 * (self._unknowns - 1 - unknown)).to_bytes(self._unknowns, "big")
            return self.add(one, value)
        column = 0xFF << 8 * (self._unknowns - 1 - unknown)
        if self._pivots & column:
            return False
        self._pivots |= column
        self._values[unknown] = int.from_bytes(value, "big")
        self._is_any_solved = True
        return True

    def add(self, coefficients: bytes, value: bytes) -> bool:
        """Take in one equation; return whether it says anything new.

        One that contradicts the others, as only a damaged one can, says nothing new.
        """
        unknowns, value_bits = self._unknowns, 8 * self._size
        free = int.from_bytes(coefficients, "big") & ~self._pivots
        row = free << value_bits | int.from_bytes(value, "big")
        if self._is_any_solved:
            row ^= combined(coefficients, self._values, self._size)
        if self._rows:
            factors = bytes(map(coefficients.__getitem__, self._rows))
            row ^= combined(factors, tuple(self._rows.values()), unknowns + self._size)
        after = ((row >> value_bits).bit_length() - 1) // 8
        if after < 0:
            return False
        self._keep(unknowns - 1 - after, row)
        return True

    def _keep(self, pivot: int, row: int) -> None:
        """Take the pivot of a reduced row out of all others."""
        size, place = self._size, 8 * (self._size + self._unknowns - 1 - pivot)
        width = self._size + self._unknowns - pivot
        row = scaled(row, width, INVERSE[row >> place])
        if self._rows:
            low, high = multiples(row, width)
            for other, it in self._rows.items():
                if factor := it >> place & 0xFF:
                    self._rows[other] = it ^ low[factor & 15] ^ high[factor >> 4]
        self._rows[pivot] = row ^ 1 << place
        self._pivots |= 0xFF << place - 8 * size
        self._solve()

    def _solve(self) -> None:
        """Set apart the rows that have no other unknown left."""
        beyond = 1 << 8 * self._size
        for pivot in [each for each, row in self._rows.items() if row < beyond]:
            self._values[pivot] = self._rows.pop(pivot)
            self._is_any_solved = True

    def values(self) -> bytes:
        """Return all unknowns in order, once as many equations as unknowns said something new."""
        return b"".join(value.to_bytes(self._size, "big") for value in self._values)
