"""The parts of one multipart UR back into its message: exact elimination over GF(2).

Any parts that determine the message are enough, in any order, which is more than the usual peeling
finds. A part is one integer, its fragments' bits above the bytes of their XOR, so that one XOR of
the machine's words combines two parts.
"""

from dataclasses import replace
from functools import reduce
from itertools import compress
from operator import xor
from zlib import crc32

from appliance.wire.errors import PartRefused, TransferDamaged
from appliance.wire.fountain import Limits, Progress
from appliance.wire.ur import LIMITS, Part, Transfer
from appliance.wire.ur_fountain import fragments_of

_BITS = bytes.maketrans(b"01", b"\0\1")


class Decoder:
    """Gathers the parts of one message: that of the first part it accepts.

    `_known[i]` is fragment i once it stands alone. `_rows[i]` is a combination whose highest
    fragment is i; at full rank, substitution from the lowest row up leaves the fragments.
    """

    def __init__(self, limits: Limits = LIMITS) -> None:
        self._limits = limits
        self.transfer: Transfer | None = None
        self.progress = Progress()
        self.message: bytes | None = None
        self._forget()

    def add(self, text: str) -> Progress:
        """Take one part in; what is foreign, or no part at all, is counted and dropped.

        Raises TransferTooLarge if the first part announces more than the limits allow, and
        TransferDamaged when all parts together are not the message that was announced; the decoder
        has then forgotten them and starts over with the next part.
        """
        try:
            return self.add_part(Part.parse(text))
        except PartRefused:
            self.progress = replace(self.progress, refused=self.progress.refused + 1)
            return self.progress

    def add_part(self, part: Part) -> Progress:
        """Take one part in. Raises PartRefused for a foreign one, and otherwise as `add` does."""
        self._follow(part.transfer)
        progress = replace(self.progress, received=self.progress.received + 1)
        if self.message is not None or part.number in self._numbers or not self._learn(part):
            self.progress = replace(progress, duplicates=progress.duplicates + 1)
            return self.progress
        self._numbers.add(part.number)
        self.progress = replace(progress, rank=len(self._numbers))
        if self.progress.complete:
            self._complete(part.transfer)
        return self.progress

    def _follow(self, transfer: Transfer) -> None:
        if self.transfer is None:
            transfer.verify_size(self._limits)
            self.transfer = transfer
            self.progress = replace(self.progress, needed=transfer.fragments)
            self._forget()
        elif transfer != self.transfer:
            raise PartRefused("the part belongs to another message")

    def _forget(self) -> None:
        self._numbers: set[int] = set()
        self._known: list[int | None] = [None] * self.progress.needed
        self._rows: dict[int, int] = {}

    def _learn(self, part: Part) -> bool:
        """Return whether the part brought something new, and keep it if so."""
        mixed, value = 0, int.from_bytes(part.fragment, "big")
        transfer, known = part.transfer, self._known
        for index in fragments_of(part.number, transfer.checksum, transfer.fragments):
            fragment = known[index]
            if fragment is None:
                mixed |= 1 << index
            else:
                value ^= fragment
        width = 8 * transfer.fragment_size
        return self._keep(mixed << width | value, width)

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

    def _complete(self, transfer: Transfer) -> None:
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
        self._forget()
        message, padding = padded[: transfer.length], padded[transfer.length :]
        if crc32(message) != transfer.checksum or any(padding):
            self.progress = replace(self.progress, rank=0)
            raise TransferDamaged("the parts together are not the message that was announced")
        self.message = message
