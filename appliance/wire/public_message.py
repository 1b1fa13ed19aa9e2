"""Messages in the public formats as they are handed on, judged and kept: what came, and as what.

A record of the pair [tag, fields] begins otherwise than an envelope, which is an array of four, so
that neither can pass for the other. It holds everything that the answer's form depends on.
"""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from appliance.wire import bbqr, record, ur
from appliance.wire.errors import NotCanonical, TransferTooLarge
from appliance.wire.formats import Carried, Format
from appliance.wire.messages import MAX_TRANSACTION
from appliance.wire.record import Name
from appliance.wire.registry import refuse_secret
from appliance.wire.shapes import Length

MAX_CONTENT = 2 * MAX_TRANSACTION
"""Bytes of the largest message that came, or goes, in a public format: a PSBT grows when signed."""

Content = Annotated[bytes, Length(1, MAX_CONTENT)]
_PAIR = b"\x82"
"""How CBOR begins an array of two."""


@dataclass(frozen=True, slots=True)
class UniformResource:
    """A UR of this type (BCR-2020-005), and its CBOR body exactly as carried."""

    TAG: ClassVar[int] = 1
    type: Name
    body: Content


@dataclass(frozen=True, slots=True)
class BbqrFile:
    """A file of this type, exactly as it was before it was written as a BBQr."""

    TAG: ClassVar[int] = 2
    encoding: bbqr.Encoding
    type: bbqr.FileType
    data: Content


PublicMessage = UniformResource | BbqrFile


def serialize(message: PublicMessage) -> bytes:
    """Return the one encoding of a message in a public format."""
    return record.encode_one_of(PublicMessage, message)


def public_message_in(data: bytes) -> PublicMessage | None:
    """Return the message in a public format that these bytes record, None if they begin otherwise.

    Raises NotCanonical for anything else that begins like one.
    """
    if not data.startswith(_PAIR):
        return None
    message: PublicMessage = record.decode_one_of(PublicMessage, data)
    if isinstance(message, UniformResource) and not ur.is_type(message.type):
        raise NotCanonical("the record names a type that no UR has")
    return message


def handed_on(carried: Carried) -> bytes:
    """Return what arrived as one byte string: a message of our own as it is, others recorded.

    Raises TransferTooLarge for more than any request needs, and UnsupportedTransaction for a UR
    that may hold a secret: it goes no further.
    """
    match carried:
        case Carried(format=Format.FOUNTAIN):
            return carried.data
        case Carried(data=data) if not 0 < len(data) <= MAX_CONTENT:
            raise TransferTooLarge(f"a message of {len(data):,} bytes is no request")
        case Carried(type=str(file_type), encoding=bbqr.Encoding() as encoding):
            return serialize(BbqrFile(encoding, bbqr.FileType(file_type), carried.data))
        case _:
            refuse_secret(carried.type or "")
            return serialize(UniformResource(carried.type or "", carried.data))
