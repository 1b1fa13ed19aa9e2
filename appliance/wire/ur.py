"""Uniform Resources (BCR-2020-005): a typed CBOR message as one text, or as a run of parts.

`ur:type/letters` is a whole message, `ur:type/n-m/letters` part n of one of m fragments. Part
numbers go on beyond m without end (BCR-2024-001): those carry the XOR of several fragments, so that
a receiver who missed some need not wait for them. The letters are minimal Bytewords: of the message
itself, or of the CBOR array [number, fragments, bytes of message, CRC-32 of message, fragment]. All
fragments are of one size; the last is filled up with zeros. Sizes are checked before anything is
allocated for them.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from operator import xor
from typing import Self
from zlib import crc32

from appliance.wire import bytewords, canonical
from appliance.wire.errors import NotCanonical, PartRefused, TransferTooLarge
from appliance.wire.gathering import Limits
from appliance.wire.messages import MAX_MESSAGE
from appliance.wire.ur_fountain import fragments_of

SCHEME = "ur:"
MAX_PART_NUMBER = (1 << 32) - 1
MAX_TYPE = 64
"""Characters of the longest type."""
LIMITS = Limits(message=MAX_MESSAGE, symbols=8192)
"""What this side is ready to allocate: bytes of message, fragments of one message."""
MAX_TEXT = 2 * (MAX_MESSAGE + 64)
"""Characters of the longest part: a whole message in one."""

_TYPE = "[a-z][a-z0-9]*(?:-[a-z0-9]+)*"
_NUMBER = "[1-9][0-9]{0,9}"
_FORM = re.compile(f"ur:({_TYPE})/(?:({_NUMBER})-({_NUMBER})/)?([a-z]+)", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Transfer:
    """What all parts of one message share.

    The message's type, its fragments, its bytes and its CRC-32, and the bytes of a fragment.
    """

    type: str
    fragments: int
    length: int
    checksum: int
    fragment_size: int

    @classmethod
    def of_whole(cls, ur_type: str, message: bytes) -> Self:
        """Return the transfer that is over with one part."""
        return cls(ur_type, 1, len(message), crc32(message), len(message))

    @property
    def symbols(self) -> int:
        """How many independent parts make the message."""
        return self.fragments

    def verify_size(self, limits: Limits) -> None:
        """Raise TransferTooLarge unless this side is ready to allocate for it."""
        if self.length > limits.message:
            raise TransferTooLarge(f"a message of {self.length:,} bytes is over the limit")
        if self.fragments > limits.symbols:
            raise TransferTooLarge(f"{self.fragments:,} parts are over the limit: use larger ones")


@dataclass(frozen=True, slots=True)
class Part:
    """One part: the fragment that `number` stands for, or the XOR of several."""

    transfer: Transfer
    number: int
    fragment: bytes

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read one part, of letters in either case. Raises PartRefused."""
        form = _FORM.fullmatch(text) if len(text) <= MAX_TEXT else None
        if form is None or len(form[1]) > MAX_TYPE:
            raise PartRefused("this is not a part of a UR")
        ur_type, data = form[1].lower(), bytewords.decode(form[4])
        if form[2] is None:
            return cls(Transfer.of_whole(ur_type, data), 1, data)
        part = cls._of_array(ur_type, data)
        if (part.number, part.transfer.fragments) != (int(form[2]), int(form[3])):
            raise PartRefused("the part's numbers differ inside and outside")
        return part

    @classmethod
    def _of_array(cls, ur_type: str, data: bytes) -> Self:
        try:
            array = canonical.decode(data)
        except NotCanonical:
            raise PartRefused("the part is not a CBOR array of five") from None
        match array:
            case (int(number), int(count), int(length), int(checksum), bytes(fragment)) if (
                bool not in map(type, array)
            ):
                transfer = Transfer(ur_type, count, length, checksum, len(fragment))
            case _:
                raise PartRefused("the part is not a CBOR array of five")
        if not _is_sound(transfer) or not 1 <= number <= MAX_PART_NUMBER:
            raise PartRefused("the part announces sizes that no message has")
        return cls(transfer, number, fragment)

    def serialize(self) -> str:
        """Return the part's text, in lower case."""
        whole = self.transfer
        if whole.fragments == 1:
            return f"ur:{whole.type}/{bytewords.encode(self.fragment)}"
        array = (self.number, whole.fragments, whole.length, whole.checksum, self.fragment)
        letters = bytewords.encode(canonical.encode(array))
        return f"ur:{whole.type}/{self.number}-{whole.fragments}/{letters}"


def _is_sound(transfer: Transfer) -> bool:
    """Whether the fragments hold the message, and the last of them some of it."""
    size, count = transfer.fragment_size, transfer.fragments
    is_crc = 0 <= transfer.checksum <= 0xFFFFFFFF
    return is_crc and size > 0 and (count - 1) * size < transfer.length <= count * size


def is_type(text: str) -> bool:
    """Whether a text can be a UR's type: a letter, then letters, digits and single hyphens."""
    return len(text) <= MAX_TYPE and re.fullmatch(_TYPE, text, re.ASCII) is not None


class Encoder:
    """Makes the parts of one message, of fragments of at most `fragment_size` bytes.

    Raises ValueError for a type that is none and an empty message: a caller's mistake; and
    TransferTooLarge if the message is over the limit, or the fragments are too small for it.
    """

    def __init__(
        self, ur_type: str, message: bytes, fragment_size: int, limits: Limits = LIMITS
    ) -> None:
        if not is_type(ur_type) or not message:
            raise ValueError("a UR has a type and a message")
        if fragment_size < 1:
            raise TransferTooLarge(f"a fragment of {fragment_size} bytes holds nothing")
        length = len(message)
        # Fragments of even size: the last one is not padded more than the others.
        size = -(-length // -(-length // fragment_size))
        count = -(-length // size)
        self.transfer = Transfer(ur_type, count, length, crc32(message), size)
        self.transfer.verify_size(limits)
        padded = message.ljust(count * size, b"\0") if count > 1 else message
        cuts = range(0, count * size, size)
        self._fragments = [int.from_bytes(padded[cut : cut + size], "big") for cut in cuts]

    def part(self, number: int) -> str:
        """Return the text of the part of this number, from 1 to MAX_PART_NUMBER.

        A message of one fragment has one part only, whatever its number.
        """
        transfer, fragments = self.transfer, self._fragments
        mixed = fragments_of(number, transfer.checksum, transfer.fragments)
        value = reduce(xor, map(fragments.__getitem__, mixed))
        return Part(transfer, number, value.to_bytes(transfer.fragment_size, "big")).serialize()

    def parts(self, start: int = 1) -> Iterator[str]:
        """Yield the parts from number `start` on, for as long as there are numbers."""
        return map(self.part, range(start, MAX_PART_NUMBER + 1))
