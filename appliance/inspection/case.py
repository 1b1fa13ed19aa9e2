"""One case: bytes in some encoding, with hints and claims that decide nothing."""

from dataclasses import dataclass
from enum import StrEnum

from appliance.errors import MalformedTransaction, SettingsError
from appliance.inspection.containers import (
    Unwrapped,
    bytes_of_base64,
    bytes_of_hex,
    unwrap_parts,
    unwrap_text,
)
from appliance.inspection.strict_json import Object, amount_of, as_list, as_object, text_of
from appliance.wire.messages import WithdrawalRequest
from appliance.wire.terms import Chain

LABEL = "label"
MESSAGES = frozenset({"typed-data", "message", "authorization"})
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


def unwrap(case: Case) -> Unwrapped:
    """Return the bytes inside a case's encoding, with what a container says of them.

    Raises DecodeError for the content, and LinkError where parts are missing, mixed or damaged.
    """
    match case.encoding, case.payload:
        case Encoding.HEX, str() as text:
            return Unwrapped(bytes_of_hex(text))
        case Encoding.BASE64, str() as text:
            return Unwrapped(bytes_of_base64(text))
        case Encoding.UTF8, str() as text:
            return _unwrap_text(case.kind, text)
        case (Encoding.UR | Encoding.BBQR) as encoding, parts:
            return unwrap_parts(encoding.value, parts)
        case _:
            raise MalformedTransaction("a payload in parts is for the encodings ur and bbqr")


def _unwrap_text(kind: str | None, text: str) -> Unwrapped:
    """A text is itself what people would sign, or it carries bytes."""
    match kind:
        case "label" | "message" | "typed-data":
            return Unwrapped(text.encode("utf-8", "surrogatepass"))
        case "authorization" if not text.lstrip().startswith("{"):
            return Unwrapped(bytes_of_hex(text.strip()))
        case _:
            return unwrap_text(text)
