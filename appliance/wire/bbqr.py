"""BBQr (Coinkite, public domain): a file as a fixed number of texts for QR symbols.

A part is `B$`, the encoding (one letter), the file's type (one letter), the count of parts and this
part's index (two digits of base 36 each), then its share of the file: hex digits, or Base32 without
padding. Under the encoding Z the whole file is one raw deflate stream of a 1 KiB window. All shares
but the last are of one size. There is no checksum: two different shares of one index refuse the
file, because nothing says which is right.
"""

import base64
import binascii
import re
import zlib
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Self

from appliance.wire.errors import (
    PartRefused,
    TransferDamaged,
    TransferMixed,
    TransferTooLarge,
)
from appliance.wire.gathering import Progress
from appliance.wire.messages import MAX_MESSAGE

MAGIC = "B$"
MAX_PARTS = 36**2 - 1
MAX_TEXT = 4296
"""Characters of the largest QR symbol in alphanumeric mode (version 40, level L)."""
HEADER_SIZE = 8

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_FORM = re.compile(r"B\$([H2Z])([PTJCUBX])([0-9A-Z]{2})([0-9A-Z]{2})([0-9A-Z]+)", re.ASCII)
_WINDOW = 10
_GROUP = 5
"""Bytes of a whole group of Base32, eight characters."""


class Encoding(StrEnum):
    """How a part's share of the file is written."""

    HEX = "H"
    BASE32 = "2"
    DEFLATED = "Z"


class FileType(StrEnum):
    """What the file is said to be."""

    PSBT = "P"
    TRANSACTION = "T"
    JSON = "J"
    CBOR = "C"
    TEXT = "U"
    BINARY = "B"
    EXECUTABLE = "X"


@dataclass(frozen=True, slots=True)
class Transfer:
    """What all parts of one file share."""

    encoding: Encoding
    type: FileType
    parts: int


@dataclass(frozen=True, slots=True)
class Part:
    """One part: the share of the file, as carried, at `index` from 0 on."""

    transfer: Transfer
    index: int
    share: bytes

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read one part; its letters are capitals. Raises PartRefused."""
        form = _FORM.fullmatch(text) if len(text) <= MAX_TEXT else None
        if form is None:
            raise PartRefused("this is not a part of a BBQr")
        encoding, parts, index = Encoding(form[1]), int(form[3], 36), int(form[4], 36)
        if not index < parts:
            raise PartRefused("the part's index is beyond the count of parts")
        share = _hex(form[5]) if encoding is Encoding.HEX else _base32(form[5])
        return cls(Transfer(encoding, FileType(form[2]), parts), index, share)

    def serialize(self) -> str:
        """Return the part's text."""
        whole = self.transfer
        numbers = _base36(whole.parts) + _base36(self.index)
        return f"{MAGIC}{whole.encoding}{whole.type}{numbers}{_written(self)}"


def encode(
    data: bytes, file_type: FileType, share_size: int, encoding: Encoding | None = None
) -> tuple[str, ...]:
    """Return the parts of a file, of even shares of about `share_size` bytes and never more.

    Without an encoding, the file is deflated if that makes it smaller. Raises ValueError for an
    empty file, and TransferTooLarge where that many shares cannot be numbered or shown.
    """
    if not data:
        raise ValueError("an empty file has no parts")
    deflated = _deflated(data)
    if encoding is None:
        encoding = Encoding.DEFLATED if len(deflated) < len(data) else Encoding.BASE32
    stream = deflated if encoding is Encoding.DEFLATED else data
    group = 1 if encoding is Encoding.HEX else _GROUP
    # The last share, here the only one, needs not be of whole groups.
    largest = share_size if len(stream) <= share_size else share_size - share_size % group
    if largest < 1:
        raise TransferTooLarge(f"shares of {share_size} bytes are too small")
    even = -(-len(stream) // -(-len(stream) // largest))
    size = -(-even // group) * group
    shares = [stream[cut : cut + size] for cut in range(0, len(stream), size)]
    if len(shares) > MAX_PARTS:
        raise TransferTooLarge(f"{len(shares):,} parts are over the limit: use larger ones")
    transfer = Transfer(encoding, file_type, len(shares))
    texts = tuple(Part(transfer, index, each).serialize() for index, each in enumerate(shares))
    if len(texts[0]) > MAX_TEXT:
        raise TransferTooLarge(f"shares of {share_size} bytes fit no QR symbol")
    return texts


class Decoder:
    """Gathers the parts of one file: that of the first part it accepts."""

    def __init__(self, limit: int = MAX_MESSAGE) -> None:
        self._limit = limit
        self.transfer: Transfer | None = None
        self.progress = Progress()
        self.message: bytes | None = None
        self._shares: dict[int, bytes] = {}

    def add_part(self, part: Part) -> Progress:
        """Take one part in.

        Raises PartRefused for one of another file, TransferMixed when two parts contradict each
        other, and TransferDamaged when all of them together are no file; the decoder has then
        forgotten them and starts over with the next part.
        """
        if self.transfer is None:
            self.transfer = part.transfer
            self.progress = replace(self.progress, needed=part.transfer.parts)
        elif part.transfer != self.transfer:
            raise PartRefused("the part belongs to another file")
        progress = replace(self.progress, received=self.progress.received + 1)
        if self._shares.get(part.index) == part.share:
            self.progress = replace(progress, duplicates=progress.duplicates + 1)
            return self.progress
        self._keep(part)
        self.progress = replace(progress, rank=len(self._shares))
        if self.progress.complete:
            self._complete(part.transfer)
        return self.progress

    def _keep(self, part: Part) -> None:
        sizes = {len(share) for index, share in self._shares.items() if self._is_full(index)}
        last = self._shares.get(part.transfer.parts - 1, b"")
        if self._is_full(part.index):
            agrees = sizes <= {len(part.share)} and len(last) <= len(part.share)
        else:
            agrees = all(len(part.share) <= size for size in sizes)
        if part.index in self._shares or not agrees:
            self._forget()
            raise TransferMixed("two parts contradict each other: show one file only")
        self._shares[part.index] = part.share

    def _is_full(self, index: int) -> bool:
        return self.transfer is not None and index < self.transfer.parts - 1

    def _forget(self) -> None:
        self._shares, self.message = {}, None
        self.progress = replace(self.progress, rank=0)

    def _complete(self, transfer: Transfer) -> None:
        stream = b"".join(self._shares[index] for index in range(transfer.parts))
        is_deflated = transfer.encoding is Encoding.DEFLATED
        try:
            self.message = _inflated(stream, self._limit) if is_deflated else stream
        except TransferDamaged:
            self._forget()
            raise


def _base36(number: int) -> str:
    return _DIGITS[number // 36] + _DIGITS[number % 36]


def _written(part: Part) -> str:
    if part.transfer.encoding is Encoding.HEX:
        return part.share.hex().upper()
    return base64.b32encode(part.share).decode().rstrip("=")


def _hex(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise PartRefused("the part is not hexadecimal") from None


def _base32(text: str) -> bytes:
    """Accept the one spelling of whole bytes: no padding, and no bits left over but zeros."""
    try:
        share = base64.b32decode(text + "=" * (-len(text) % 8))
    except binascii.Error:
        raise PartRefused("the part is not Base32 of whole bytes") from None
    if base64.b32encode(share).decode().rstrip("=") != text:
        raise PartRefused("the part's last Base32 digit has bits left over")
    return share


def _deflated(data: bytes) -> bytes:
    stream = zlib.compressobj(9, zlib.DEFLATED, -_WINDOW)
    return stream.compress(data) + stream.flush()


def _inflated(stream: bytes, limit: int) -> bytes:
    inflater = zlib.decompressobj(-_WINDOW)
    try:
        data = inflater.decompress(stream, limit + 1)
    except zlib.error:
        raise TransferDamaged("the file cannot be decompressed") from None
    if len(data) > limit:
        raise TransferDamaged("the file is over the limit once it is decompressed")
    if not data or not inflater.eof or inflater.unused_data:
        raise TransferDamaged("the file is not one whole deflate stream")
    return data
