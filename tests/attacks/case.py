"""One acceptance case in the shared adversarial format, with the causes that fit its refusal."""

import base64
from dataclasses import dataclass
from typing import Any, Literal

Table = dict[str, Any]
Expectation = Literal["accept", "warn", "reject"]

CHAIN_OF = {
    "btc": "bitcoin",
    "eth": "ethereum",
    "tron": "tron",
    "sol": "solana",
    "text": "any",
    "xport": "any",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """`cause`: rule ids of which one must be named by a refusal; empty where any cause fits.

    `says`: words that a finding's message must hold, in any case of letters.
    `claim`: what the coordinator's manifest says, as `appliance inspect` takes it.
    """

    id: str
    kind: str
    encoding: str
    payload: Any
    expected: Expectation
    reason: str
    also_ok: tuple[Expectation, ...] = ()
    cause: tuple[str, ...] = ()
    says: tuple[str, ...] = ()
    fields: Table | None = None
    claim: tuple[Table, ...] = ()
    chain: str = ""

    @property
    def chain_name(self) -> str:
        return self.chain or CHAIN_OF[self.id.split("-", 1)[0]]

    @property
    def is_malformed(self) -> bool:
        """A broken encoding: the only kind of case that a generic parse error may answer."""
        return "MALFORMED" in self.cause


def as_shared_format(case: Case) -> Table:
    """The case as one line of the shared format."""
    return {
        "id": case.id,
        "chain": case.chain_name,
        "kind": case.kind,
        "encoding": case.encoding,
        "payload": case.payload,
        "expected": case.expected,
        "also_ok": list(case.also_ok),
        "reason": case.reason,
        "expected_fields": case.fields,
        "cause": list(case.cause),
        "tags": ["malformed"] if case.is_malformed else [],
    }


def base64_text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def bytes_case(
    origin: tuple[str, str],
    name: str,
    data: bytes,
    expected: Expectation,
    reason: str,
    cause: tuple[str, ...] = (),
    *,
    also_ok: tuple[Expectation, ...] = (),
    fields: Table | None = None,
    says: tuple[str, ...] = (),
) -> Case:
    """A case whose payload is bytes in hex; each chain fixes its origin: id prefix and kind."""
    prefix, kind = origin
    return Case(
        id=f"{prefix}-{name}",
        kind=kind,
        encoding="hex",
        payload=data.hex(),
        expected=expected,
        also_ok=also_ok,
        reason=reason,
        cause=cause,
        fields=fields,
        says=says,
    )
