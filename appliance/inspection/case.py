"""One case: bytes in some encoding, with hints and claims that decide nothing."""

import base64
import binascii
from dataclasses import dataclass
from enum import StrEnum

from appliance.errors import MalformedTransaction, SettingsError, UnsupportedTransaction
from appliance.inspection.strict_json import Object, amount_of, as_list, as_object, text_of
from appliance.wire.messages import MAX_TRANSACTION, WithdrawalRequest
from appliance.wire.terms import Chain

NOT_TRANSFERS = frozenset({"typed-data", "message", "authorization", "label"})
"""Kinds that the contract names and that are no transactions."""


class Encoding(StrEnum):
    """How a case's payload is written."""

    HEX = "hex"
    BASE64 = "b64"
    UR = "ur"
    BBQR = "bbqr"
    UTF8 = "utf8"


@dataclass(frozen=True, slots=True)
class Case:
    """A payload with its encoding; `chain` and `kind` are hints, `claims` what was asked for."""

    id: object
    encoding: Encoding
    payload: str | tuple[str, ...]
    chain: Chain | None
    kind: str | None
    context: Object | None
    claims: tuple[WithdrawalRequest, ...] | None


def parse_case(table: Object) -> Case:
    """Read a case line. Raises SettingsError."""
    try:
        encoding = Encoding(text_of(table, "encoding", "case"))
        chain = Chain(table["chain"]) if table.get("chain") is not None else None
    except ValueError as error:
        raise SettingsError(f"{str(error)[:80]}") from None
    context = table.get("context")
    claims = table.get("claim")
    return Case(
        id=table.get("id"),
        encoding=encoding,
        payload=_payload(table),
        chain=chain,
        kind=text_of(table, "kind", "case") if table.get("kind") is not None else None,
        context=None if context is None else as_object(context, "context"),
        claims=None if claims is None else _claims(as_list(claims, "claim")),
    )


def _payload(table: Object) -> str | tuple[str, ...]:
    match table.get("payload"):
        case str() as text:
            return text
        case [*parts] if all(isinstance(part, str) for part in parts):
            return tuple(parts)
        case _:
            raise SettingsError("payload is not a text or a list of texts")


def _claims(items: object) -> tuple[WithdrawalRequest, ...]:
    tables = [as_object(item, f"claim[{n}]") for n, item in enumerate(as_list(items, "claim"))]
    return tuple(
        WithdrawalRequest(
            id=f"claim {n}",
            wallet="",
            asset=text_of(table, "asset", "claim"),
            token=text_of(table, "token", "claim") if table.get("token") is not None else None,
            amount=amount_of(table, "amount", "claim"),
            destination=text_of(table, "destination", "claim"),
            reference="",
        )
        for n, table in enumerate(tables)
    )


def payload_bytes(case: Case) -> bytes:
    """Return the bytes inside a case's encoding. Raises DecodeError."""
    if case.kind in NOT_TRANSFERS:
        raise UnsupportedTransaction(f"the case is of kind {case.kind}, which is never signed")
    match case.encoding, case.payload:
        case Encoding.HEX, str() as text:
            return _bounded(_hex(text))
        case Encoding.BASE64, str() as text:
            return _bounded(_base64(text))
        case _:
            raise UnsupportedTransaction(f"the encoding {case.encoding.value} is not read here")


def sniff(data: bytes) -> bytes:
    """Return the transaction bytes in a file: binary, or text in hex or Base64."""
    text = data.strip()
    try:
        return _bounded(_hex(text.decode("ascii")))
    except (UnicodeDecodeError, MalformedTransaction):
        pass
    try:
        return _bounded(_base64(text.decode("ascii")))
    except (UnicodeDecodeError, MalformedTransaction):
        return _bounded(data)


def _bounded(data: bytes) -> bytes:
    if not 0 < len(data) <= MAX_TRANSACTION:
        raise MalformedTransaction(f"{len(data):,} bytes are no transaction")
    return data


def _hex(text: str) -> bytes:
    digits = text.removeprefix("0x")
    if len(digits) % 2 or not digits.isascii() or not digits.isalnum():
        raise MalformedTransaction("the payload is not hexadecimal")
    try:
        return bytes.fromhex(digits)
    except ValueError:
        raise MalformedTransaction("the payload is not hexadecimal") from None


def _base64(text: str) -> bytes:
    """Accept the one canonical spelling (RFC 4648 section 4, with padding) only."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise MalformedTransaction("the payload is not Base64") from None
    if base64.b64encode(data).decode() != text:
        raise MalformedTransaction("the payload is not canonical Base64")
    return data
