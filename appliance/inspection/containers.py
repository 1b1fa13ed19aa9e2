"""Transaction bytes out of what they came in, and what the container says about them.

A container is a claim. What it says never decides how the bytes are read, but a container that
disagrees with its content was made by somebody who wants two things to be believed.
"""

import base64
import binascii
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from appliance.chains.ethereum.address import spell_address
from appliance.codecs import base58, base58check
from appliance.errors import MalformedTransaction, UnsupportedTransaction
from appliance.model.rule import Rule, refusal
from appliance.model.transaction import DecodedTransaction
from appliance.wire.bbqr import FileType
from appliance.wire.formats import Carried, Format, format_of, gathered
from appliance.wire.messages import MAX_TRANSACTION, Finding
from appliance.wire.registry import ByteString, Content, Recognised, content_of
from appliance.wire.sign_request import HARDENED, DataKind, KeyPath, SignRequest
from appliance.wire.terms import Chain

TEXT_FORMATS = frozenset({Format.UR, Format.BBQR})
TRON_VERSION = b"\x41"

_KINDS = {DataKind.TYPED_DATA: "typed-data", DataKind.MESSAGE: "message"}
_PURPOSE, _TEST_COIN = 44, 1
_COINS = {Chain.ETHEREUM: 60, Chain.TRON: 195, Chain.SOLANA: 501}
_FIRST_LIST = 0xC0
"""The first byte of an RLP list: of a transaction before EIP-2718 gave types one below it."""


@dataclass(frozen=True, slots=True)
class Says:
    """What a container says of its bytes: claims, None where it is silent.

    `container` names it for people. `address` is spelled as its chain does.
    """

    container: str
    chain: Chain | None
    kind: DataKind | None = None
    chain_id: int | None = None
    address: str | None = None
    path: KeyPath | None = None
    origin: str | None = None


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


def disagreements(says: Says, transaction: DecodedTransaction, data: bytes) -> tuple[Finding, ...]:
    """Return a refusal for everything a container says that its bytes, as decoded, do not."""
    texts = (
        _wrong_chain(says, transaction),
        _wrong_kind(says, data),
        _wrong_address(says, transaction),
        _wrong_path(says, transaction),
    )
    where = says.container
    return tuple(refusal(Rule.CONTAINER_MISMATCH, text, where) for text in texts if text)


def _wrong_chain(says: Says, transaction: DecodedTransaction) -> str | None:
    if says.chain is not None and says.chain is not transaction.chain:
        return f"it says {says.chain.value}, the bytes are of {transaction.chain.value}"
    if says.chain_id is not None and str(says.chain_id) != transaction.network:
        return f"it says chain id {says.chain_id}, the bytes are for {transaction.network}"
    return None


def _wrong_kind(says: Says, data: bytes) -> str | None:
    """What is a transaction was decoded as one, whatever it was said to be."""
    is_typed = data[:1] < bytes((_FIRST_LIST,))
    match says.kind:
        case DataKind.MESSAGE | DataKind.TYPED_DATA:
            return f"it says {_KINDS[says.kind]}, the bytes are a transaction"
        case DataKind.TRANSACTION if says.chain is Chain.ETHEREUM and is_typed:
            return "it says a transaction without type, the bytes are of a typed one (EIP-2718)"
        case DataKind.TYPED_TRANSACTION if not is_typed:
            return "it says a typed transaction (EIP-2718), the bytes are of one without type"
        case _:
            return None


def _wrong_address(says: Says, transaction: DecodedTransaction) -> str | None:
    source = transaction.source
    if says.address is None or source is None or says.address == source:
        return None
    return f"it says that {says.address} pays, the bytes are paid by {source}"


def _wrong_path(says: Says, transaction: DecodedTransaction) -> str | None:
    """A path of BIP-44 names its coin (SLIP-44); 1 is every test network."""
    components = says.path.components if says.path else ()
    coin = _COINS.get(transaction.chain)
    if coin is None or len(components) < 2 or components[0] != HARDENED + _PURPOSE:
        return None
    if components[1] in (HARDENED + coin, HARDENED + _TEST_COIN):
        return None
    return f"it names the key {says.path}, which is of coin {components[1] % HARDENED}, not {coin}"


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
            says = Says("BBQr of a transaction", Chain.BITCOIN)
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
    says = Says(
        container=name,
        chain=request.chain,
        kind=request.kind,
        chain_id=request.chain_id,
        address=_spelled(request.chain, request.address) if request.address else None,
        path=request.path,
        origin=request.origin,
    )
    kind = _KINDS.get(request.kind, "unsigned-tx") if request.kind else "unsigned-tx"
    return Unwrapped(_bounded(request.data), request.chain, kind, says)


def _spelled(chain: Chain, address: bytes | str) -> str:
    """Return an address as its chain spells it, from bytes or from a text, itself maybe as bytes.

    Raises MalformedTransaction if it is none.
    """
    match chain, address:
        case Chain.ETHEREUM, bytes(raw):
            return spell_address(raw)
        case Chain.TRON, bytes(raw) if len(raw) == 20:
            return base58check.encode_check(TRON_VERSION + raw)
        case Chain.TRON, bytes(raw) if len(raw) == 21:
            return _spelled(chain, base58check.encode_check(raw))
        case Chain.SOLANA, bytes(raw) if len(raw) == 32:
            return base58.encode(raw)
    text = address if isinstance(address, str) else address.decode("ascii", "replace")
    if chain is Chain.TRON:
        decoded = base58check.decode_check(text)
        is_address = len(decoded) == 21 and decoded[:1] == TRON_VERSION
    else:
        is_address = len(base58.decode(text)) == 32
    if not is_address:
        raise MalformedTransaction("the container's address is none of its chain")
    return text


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
