"""The parts of one multipart UR back into its message: exact elimination over GF(2).

Any parts that determine the message are enough, in any order, which is more than the usual peeling
finds. A part is one integer, its fragments' bits above the bytes of their XOR, so that one XOR of
the machine's words combines two parts.
"""

from functools import reduce
from itertools import compress
from operator import xor
from zlib import crc32

from appliance.wire.errors import PartRefused, TransferDamaged
from appliance.wire.gathering import Gathering, Limits, Progress
from appliance.wire.ur import LIMITS, Part, Transfer
from appliance.wire.ur_fountain import fragments_of

_BITS = bytes.maketrans(b"01", b"\0\1")


class Decoder(Gathering[Part, Transfer]):
    """Gathers the parts of one message: that of the first part it accepts.

    `_known[i]` is fragment i once it stands alone. `_rows[i]` is a combination whose highest
    fragment is i; at full rank, substitution from the lowest row up leaves the fragments.
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
        self._known: list[int | None] = [None] * self.progress.needed
        self._rows: dict[int, int] = {}
        self._numbers: set[int] = set()

    def _learn(self, part: Part) -> int:
        """Take out the fragments that stand alone already; what is left is a combination."""
        if part.number in self._numbers:
            return 0
        mixed, value = 0, int.from_bytes(part.fragment, "big")
        transfer, known = part.transfer, self._known
        for index in fragments_of(part.number, transfer.checksum, transfer.fragments):
            fragment = known[index]
            if fragment is None:
                mixed |= 1 << index
            else:
                value ^= fragment
        width = 8 * transfer.fragment_size
        if not self._keep(mixed << width | value, width):
            return 0
        self._numbers.add(part.number)
        return 1

    def _keep(self, row: int, width: int) -> bool:
        known, rows = self._known, self._rows
        while (highest := row.bit_length() - 1) >= width:
            index = highest - width
            rest = row ^ 1 << highest
            fragment, other = known[index], rows.get(index)
            if fragment is not None:
                row = rest ^ fragment
            elif rest >> width:
                if other is None:
                    rows[index] = row
                    return True
                row ^= other
            else:
                known[index] = rest
                if other is None:
                    return True
                del rows[index]
                row ^= other
        return False

    def _complete(self, transfer: Transfer) -> bytes:
        width, known = 8 * transfer.fragment_size, self._known
        below = (1 << width) - 1
        for index in sorted(self._rows):
            row = self._rows[index]
            others = bin(row >> width)[-1:1:-1].encode().translate(_BITS)[:index]
            known[index] = reduce(xor, compress(known, others), row & below)
        padded = b"".join(
            fragment.to_bytes(transfer.fragment_size, "big")
            for fragment in known
            if fragment is not None
        )
        message, padding = padded[: transfer.length], padded[transfer.length :]
        if crc32(message) != transfer.checksum or any(padding):
            raise TransferDamaged("the parts together are not the message that was announced")
        return message
