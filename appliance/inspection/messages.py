"""Cases that are no transactions: typed data, messages, authorizations. Refused, but explained."""

import re
from dataclasses import dataclass

from appliance.chains.ethereum.contract import Tokens, pinned
from appliance.chains.ethereum.messages import (
    MessageReading,
    read_authorization,
    read_json_authorization,
    read_message,
    read_typed_data,
    read_typed_preimage,
    show_message,
)
from appliance.errors import DecodeError, SettingsError
from appliance.inspection.strict_json import parse_object
from appliance.model.rule import Rule, refusal
from appliance.model.transaction import Fact
from appliance.wire.epochs import Token
from appliance.wire.messages import Finding
from appliance.wire.terms import Chain

MAX_BYTES = 512 << 10
"""The largest message that is explained."""

_HEXADECIMAL = re.compile(rb"0x(?:[0-9a-fA-F]{2})+")
_OFF_CHAIN = {
    Chain.BITCOIN: (b"\x18Bitcoin Signed Message:\n", "which proves ownership to whoever asks"),
    Chain.TRON: (b"\x19TRON Signed Message:\n", "which contracts accept as consent (TIP-191)"),
    Chain.SOLANA: (b"\xffsolana offchain", "which programs accept as consent"),
}
"""What a chain's messages are prefixed with, and what they are good for."""


@dataclass(frozen=True, slots=True)
class ExplainedMessage:
    """What a case that is no transaction says.

    `findings` hold at least one of MESSAGE-FORBIDDEN or MALFORMED that refuses. `digest` is what
    would be signed, None where that is not known; `network` is None where it names none.
    """

    chain: Chain | None
    network: str | None
    format: str | None
    digest: bytes | None
    facts: tuple[Fact, ...]
    findings: tuple[Finding, ...]


def explain_message(
    kind: str, data: bytes, chain: Chain | None, tokens: tuple[Token, ...] = ()
) -> ExplainedMessage:
    """Explain a case of kind `typed-data`, `message` or `authorization`.

    `data` is the payload inside its encoding: JSON in UTF-8, or the bytes that would be signed.
    `chain` is the case's hint, None where it gives none: Ethereum then. `tokens` are those that are
    pinned, which give amounts their decimals. Raises nothing, and takes time in proportion to the
    bytes.
    """
    if len(data) > MAX_BYTES:
        return _malformed(chain, f"{len(data):,} bytes are more than the {MAX_BYTES:,} allowed")
    if kind == "message" and chain in _OFF_CHAIN:
        return _foreign(chain, data)
    try:
        reading = _read(kind, data, pinned(tokens))
    except (DecodeError, SettingsError) as error:
        return _malformed(chain, error.what, _named(kind))
    return _explained(chain or Chain.ETHEREUM, kind, reading)


def _read(kind: str, data: bytes, tokens: Tokens) -> MessageReading:
    match kind:
        case "typed-data":
            preimage = read_typed_preimage(_unwritten(data))
            return preimage or read_typed_data(parse_object(data), tokens)
        case "authorization":
            if data.lstrip().startswith(b"{"):
                return read_json_authorization(parse_object(data))
            return read_authorization(_unwritten(data))
        case _:
            return read_message(data)


def _unwritten(data: bytes) -> bytes:
    """Return the bytes that a payload writes in hexadecimal, or the payload itself."""
    return bytes.fromhex(data[2:].decode()) if _HEXADECIMAL.fullmatch(data) else data


def _named(kind: str) -> str:
    names = {"typed-data": "typed data", "authorization": "an authorization of code (EIP-7702)"}
    return f"{names.get(kind, 'a message')} is never signed here, whatever it says"


def _explained(chain: Chain, kind: str, reading: MessageReading) -> ExplainedMessage:
    told = (refusal(Rule.MESSAGE_FORBIDDEN, clause, kind) for clause in reading.clauses)
    broken = (refusal(Rule.MALFORMED, fault, kind) for fault in reading.faults)
    return ExplainedMessage(
        chain, reading.network, reading.format, reading.digest, reading.facts, (*told, *broken)
    )


def _malformed(chain: Chain | None, cause: str, says: str = "") -> ExplainedMessage:
    told = (refusal(Rule.MESSAGE_FORBIDDEN, says),) if says else ()
    return ExplainedMessage(chain, None, None, None, (), (*told, refusal(Rule.MALFORMED, cause)))


def _foreign(chain: Chain | None, data: bytes) -> ExplainedMessage:
    """Explain a message of another chain: what it says, and what it is good for."""
    prefix, use = _OFF_CHAIN[chain] if chain else (b"", "")
    name = chain.value if chain else ""
    says = [f"a message for signing on {name}, {use}, of {len(data)} bytes: {show_message(data)}"]
    if data.startswith(prefix):
        says.append("it already has its prefix: the bytes are what is hashed and signed")
    if len(data) == 32:
        says.append("it is 32 bytes, which may be the hash of a transaction")
    findings = tuple(refusal(Rule.MESSAGE_FORBIDDEN, each, "message") for each in says)
    return ExplainedMessage(chain, None, f"{name}-message", None, (), findings)
