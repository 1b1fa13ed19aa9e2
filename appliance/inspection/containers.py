"""Transaction bytes out of what they came in, with what the container says about them."""

import base64
import binascii
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from appliance.errors import MalformedTransaction, UnsupportedTransaction
from appliance.policy.container import MESSAGE_KINDS, Says, says_of
from appliance.wire.bbqr import FileType
from appliance.wire.formats import Carried, Format, format_of, gathered
from appliance.wire.messages import MAX_TRANSACTION
from appliance.wire.registry import ByteString, Content, Recognised, content_of
from appliance.wire.sign_request import DataKind, SignRequest
from appliance.wire.terms import Chain

TEXT_FORMATS = frozenset({Format.UR, Format.BBQR})


@dataclass(frozen=True, slots=True)
class Unwrapped:
    """Bytes to be decoded, with the hints of their container, in the words of a case line.

    `says` is None where there was no container but an encoding.
    """

    data: bytes
    chain: Chain | None = None
    kind: str | None = None
    says: Says | None = None


def unwrap_parts(encoding: str, parts: str | Iterable[str]) -> Unwrapped:
    """Return what the parts of a UR (`ur`) or BBQr (`bbqr`) carry, given one by one or as lines.

    Raises DecodeError kinds for their content, and LinkError kinds where the parts are too few, too
    many, mixed or damaged.
    """
    lines = parts.splitlines() if isinstance(parts, str) else parts
    return _unwrapped(gathered(_contents(lines), frozenset({Format(encoding)})))


def unwrap_text(text: str) -> Unwrapped:
    """Return what a text carries: lines of UR or BBQr parts, hexadecimal, Base64, or typed data.

    Raises as `unwrap_parts`, and MalformedTransaction if it is none of them.
    """
    if text.lstrip().startswith("{"):
        kind = "typed-data" if '"primaryType"' in text else "authorization"
        return Unwrapped(text.encode("utf-8", "surrogatepass"), kind=kind)
    contents = tuple(_contents(text.splitlines()))
    if any(format_of(content) in TEXT_FORMATS for content in contents):
        return _unwrapped(gathered(contents, TEXT_FORMATS))
    stripped = text.strip()
    data = _first_of(stripped, bytes_of_hex, bytes_of_base64)
    if data is None:
        raise MalformedTransaction("the text is neither UR, BBQr, hexadecimal nor Base64")
    return Unwrapped(_bounded(data))


def unwrap_file(data: bytes) -> Unwrapped:
    """Return what a file carries: a text as in `unwrap_text`, or otherwise the bytes themselves.

    Raises as `unwrap_parts`.
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return Unwrapped(_bounded(data))
    if text.lstrip().startswith("{"):
        return unwrap_text(text)
    has_parts = any(format_of(line) in TEXT_FORMATS for line in _contents(text.splitlines()))
    if has_parts or _first_of(text.strip(), bytes_of_hex, bytes_of_base64) is not None:
        return unwrap_text(text)
    return Unwrapped(_bounded(data))


def bytes_of_hex(text: str) -> bytes:
    """Read hexadecimal digits, with or without `0x` before them. Raises MalformedTransaction."""
    digits = text.removeprefix("0x")
    if len(digits) % 2 or not digits.isascii() or not digits.isalnum():
        raise MalformedTransaction("the payload is not hexadecimal")
    try:
        return bytes.fromhex(digits)
    except ValueError:
        raise MalformedTransaction("the payload is not hexadecimal") from None


def bytes_of_base64(text: str) -> bytes:
    """Read the one canonical spelling of Base64 (RFC 4648 section 4, with padding).

    Raises MalformedTransaction.
    """
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise MalformedTransaction("the payload is not Base64") from None
    if base64.b64encode(data).decode() != text:
        raise MalformedTransaction("the payload is not canonical Base64")
    return data


def _contents(lines: Iterable[str]) -> Iterator[bytes]:
    return (line.strip().encode("utf-8", "replace") for line in lines)


def _unwrapped(carried: Carried) -> Unwrapped:
    if carried.format is Format.BBQR:
        return _of_file(FileType(carried.type or ""), carried.data)
    return _of_content(f"ur:{carried.type}", content_of(carried.type or "", carried.data))


def _of_file(file_type: FileType, data: bytes) -> Unwrapped:
    match file_type:
        case FileType.PSBT:
            says = Says("BBQr of a PSBT", Chain.BITCOIN)
            return Unwrapped(_bounded(data), Chain.BITCOIN, "psbt", says)
        case FileType.TRANSACTION:
            says = Says("BBQr of a transaction", Chain.BITCOIN, DataKind.TRANSACTION)
            return Unwrapped(_bounded(data), Chain.BITCOIN, "unsigned-tx", says)
        case FileType.BINARY:
            return Unwrapped(_bounded(data), says=Says("BBQr", None))
        case _:
            name = file_type.name.lower()
            raise UnsupportedTransaction(f"the BBQr holds a file of type {name}, no transaction")


def _of_content(name: str, content: Content) -> Unwrapped:
    match content:
        case ByteString(data=data) if content.is_psbt:
            says = Says(name, Chain.BITCOIN)
            return Unwrapped(_bounded(data), Chain.BITCOIN, "psbt", says)
        case ByteString(data=data):
            return Unwrapped(_bounded(data), says=Says(name, None))
        case SignRequest():
            return _of_request(name, content)
        case Recognised(says=told):
            raise UnsupportedTransaction(f"{name} holds {told}")


def _of_request(name: str, request: SignRequest) -> Unwrapped:
    kind = MESSAGE_KINDS.get(request.kind, "unsigned-tx") if request.kind else "unsigned-tx"
    says = says_of(name, request)
    return Unwrapped(_bounded(request.data), request.chain, kind, says)


def _first_of(text: str, *readers: Callable[[str], bytes]) -> bytes | None:
    for read in readers:
        try:
            return read(text)
        except MalformedTransaction:
            continue
    return None


def _bounded(data: bytes) -> bytes:
    if not 0 < len(data) <= MAX_TRANSACTION:
        raise MalformedTransaction(f"{len(data):,} bytes are no transaction")
    return data
