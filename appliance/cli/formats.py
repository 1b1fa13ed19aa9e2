"""What `appliance wire` and `appliance scan` know of each format's parts."""

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import cycle
from typing import Any

from appliance.cli.exits import REFUSED
from appliance.errors import AirlockError, MalformedTransaction, SettingsError
from appliance.wire import bbqr, registry, ur
from appliance.wire.foreign_cbor import decode as verify_cbor
from appliance.wire.formats import Carried, Format
from appliance.wire.fountain import Encoder
from appliance.wire.receiver import parts_from_lines

FILE_TYPES = {
    "psbt": bbqr.FileType.PSBT,
    "transaction": bbqr.FileType.TRANSACTION,
    "json": bbqr.FileType.JSON,
    "cbor": bbqr.FileType.CBOR,
    "text": bbqr.FileType.TEXT,
    "bytes": bbqr.FileType.BINARY,
}


@dataclass(frozen=True, slots=True)
class Run:
    """The parts of one message as printed lines: how many carry it, and as many as one likes."""

    needed: int
    lines: Iterator[str]


def run_of(name: Format, type_name: str | None, message: bytes, part_bytes: int) -> Run:
    """Return the parts of a file's bytes.

    Raises SettingsError for a type that the format does not know, TransferTooLarge where the parts
    are too small for the message, and UnsupportedTransaction for a UR that may hold a secret.
    """
    if not message:
        raise SettingsError("the file is empty")
    match name:
        case Format.FOUNTAIN:
            if type_name is not None:
                raise SettingsError("the fountain carries any message: leave out --type")
            fountain = Encoder(message, part_bytes)
            return Run(fountain.parts_needed, (part.hex() for part in fountain.parts()))
        case Format.UR:
            encoder = ur.Encoder(ur_type(type_name), ur_body(type_name, message), part_bytes)
            return Run(encoder.transfer.fragments, encoder.parts())
        case Format.BBQR:
            parts = bbqr.encode(message, file_type(type_name), part_bytes)
            return Run(len(parts), cycle(parts))


def ur_type(type_name: str | None) -> str:
    """Return the type of a UR, `bytes` if none was asked for. Raises SettingsError."""
    name = type_name or "bytes"
    if not ur.is_type(name):
        raise SettingsError("a UR's type is of lower-case letters, digits and single hyphens")
    return name


def ur_body(type_name: str | None, message: bytes) -> bytes:
    """Return the CBOR body for a file's bytes: wrapped where the type is a byte string.

    Raises SettingsError if the type is not and the file is not CBOR, and UnsupportedTransaction
    for a type that may hold a secret.
    """
    name = ur_type(type_name)
    if name in registry.BYTE_STRING_TYPES:
        return registry.body_of_bytes(message)
    registry.refuse_secret(name)
    try:
        verify_cbor(message)
    except MalformedTransaction as error:
        raise SettingsError(f"a ur:{name} takes a file of CBOR, and {error.what}") from None
    return message


def file_type(type_name: str | None) -> bbqr.FileType:
    """Return the type of a BBQr file, by its name. Raises SettingsError."""
    name = type_name or "bytes"
    if name not in FILE_TYPES:
        raise SettingsError(f"a BBQr file is one of {', '.join(FILE_TYPES)}")
    return FILE_TYPES[name]


def contents_of(name: Format, lines: Iterable[bytes]) -> Iterator[bytes]:
    """Yield what printed lines stand for, as a QR symbol would hold it."""
    if name is Format.FOUNTAIN:
        return parts_from_lines(line.decode("ascii", "replace") for line in lines)
    return (line.strip() for line in lines)


def output_of(carried: Carried, *, is_unwrapped: bool) -> bytes:
    """Return the message as carried or, of a UR's byte string, what is inside it.

    Raises DecodeError where it is to be unwrapped and is no byte string, and for a type that may
    hold a secret: those are passed on to nobody.
    """
    if carried.format is Format.UR:
        registry.refuse_secret(carried.type or "")
        if is_unwrapped:
            return registry.byte_string(carried.type or "", carried.data)
    return carried.data


def told(carried: Carried, output: bytes) -> dict[str, Any]:
    """Return the format, the type and the size, for `--json`."""
    return {
        "contract": 1,
        "format": carried.format.value,
        "type": carried.type,
        "message_bytes": len(output),
    }


def failed(error: AirlockError) -> int:
    """Say what was wrong with a message, where that is an answer and not bad usage."""
    print(f"{error}\nNext: {error.next}", file=sys.stderr)
    return REFUSED
