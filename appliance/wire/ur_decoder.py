"""The parts of one multipart UR back into its message: exact elimination over GF(2).

Any parts that determine the message are enough, in any order, which is more than the usual peeling
finds. A row is one integer, its fragments' bits above the bytes of their XOR, so that one XOR of
the machine's words combines two of them.
"""

from collections.abc import Sequence
from functools import reduce
from itertools import compress
from operator import xor
from zlib import crc32

from appliance.wire.errors import PartRefused, TransferDamaged
from appliance.wire.gathering import Gathering, Limits, Progress
from appliance.wire.ur import LIMITS, Part, Transfer
from appliance.wire.ur_fountain import fragments_of

_BITS = bytes.maketrans(b"01", b"\0\1")
_ONE = ord("1")


class Decoder(Gathering[Part, Transfer]):
    """Gathers the parts of one message: that of the first part it accepts.

    `_fragments[i]` is fragment i once it stands alone; until then it is 0, and bit i of `_unknown`
    is set. `_rows[i + 1]` is a combination whose highest fragment is i, 0 if there is none; at full
    rank, substitution from the lowest row up leaves the fragments.
    """

    def __init__(self, limits: Limits = LIMITS) -> None:
        super().__init__(limits)

    def add(self, text: str) -> Progress:
        """Take one part in; what is foreign, or no part at all, is counted and dropped.

        Raises as `add_part` does otherwise.
        """
        try:
            part = Part.parse(text)
        except PartRefused:
            part = None
        return self._counted(part)

    def _forget(self) -> None:
        count = self.progress.needed
        self._fragments, self._unknown = [0] * count, (1 << count) - 1
        self._rows = [0] * (count + 1)
        self._numbers: set[int] = set()

    def _learn(self, part: Part) -> int:
        """Take out the fragments that stand alone already; what is left is a combination."""
        if part.number in self._numbers:
            return 0
        transfer, value = part.transfer, int.from_bytes(part.fragment, "big")
        indexes = fragments_of(part.number, transfer.checksum, transfer.fragments)
        value = reduce(xor, map(self._fragments.__getitem__, indexes), value)
        mixed = _bits_of(indexes, transfer.fragments) & self._unknown
        if not self._gains(mixed, value, 8 * transfer.fragment_size):
            return 0
        self._numbers.add(part.number)
        return 1

    def _gains(self, mixed: int, value: int, width: int) -> bool:
        row, place = mixed << width | value, mixed.bit_length()
        if mixed.bit_count() == 1 and (longer := self._rows[place]):
            # What stands alone serves later parts better: it takes the combination's place.
            self._rows[place] = 0
            self._put(row, place, width)
            row = longer
        return self._keep(row, width)

    def _keep(self, row: int, width: int) -> bool:
        """Reduce a row by the others and keep what is left; return whether that is anything."""
        rows = self._rows
        while (place := row.bit_length() - width) > 0:
            if other := rows[place]:
                row ^= other
            elif self._unknown >> place - 1 & 1:
                self._put(row, place, width)
                return True
            else:
                row ^= 1 << width + place - 1 ^ self._fragments[place - 1]
        return False

    def _put(self, row: int, place: int, width: int) -> None:
        rest = row ^ 1 << width + place - 1
        if rest >> width:
            self._rows[place] = row
        else:
            self._fragments[place - 1] = rest
            self._unknown ^= 1 << place - 1

    def _complete(self, transfer: Transfer) -> bytes:
        size, fragments = transfer.fragment_size, self._fragments
        below = (1 << 8 * size) - 1
        for place, row in enumerate(self._rows):
            if row:
                others = bin(row >> 8 * size)[-1:2:-1].encode().translate(_BITS)
                fragments[place - 1] = reduce(xor, compress(fragments, others), row & below)
        padded = b"".join(fragment.to_bytes(size, "big") for fragment in fragments)
        message, padding = padded[: transfer.length], padded[transfer.length :]
        if crc32(message) != transfer.checksum or any(padding):
            raise TransferDamaged("the parts together are not the message that was announced")
        return message


def _bits_of(indexes: Sequence[int], count: int) -> int:
    """Return the number of `count` bits in which these are set."""
    if len(indexes) == 1:
        return 1 << indexes[0]
    marks = bytearray(b"0") * count
    for index in indexes:
        marks[~index] = _ONE
    return int(marks, 2)
