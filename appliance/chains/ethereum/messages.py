"""What is signed off chain: typed data, messages and authorizations, explained and never signed."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from appliance.chains.ethereum.address import spell_address
from appliance.chains.ethereum.authorization import (
    MAGIC,
    AuthorizationRequest,
    authorization_of,
    parse_authorization,
    says_authorization,
)
from appliance.chains.ethereum.contract import Tokens
from appliance.chains.ethereum.struct_types import DOMAIN, quoted
from appliance.chains.ethereum.transaction import parse
from appliance.chains.ethereum.typed_data import parse_typed_data
from appliance.chains.ethereum.typed_data_meaning import (
    clauses_of,
    contract_of,
    domain_of,
    facts_of,
)
from appliance.errors import DecodeError, UnsupportedTransaction
from appliance.hashes import keccak256
from appliance.model.text import literal
from appliance.model.transaction import Fact

PERSONAL_PREFIX = b"\x19Ethereum Signed Message:\n"
"""EIP-191, version 0x45."""
MAX_SHOWN = 200
"""Characters of a message that are shown."""

_LOGIN = re.compile(
    r"(?:[a-z][a-z0-9+.-]*://)?(\S{1,255}) wants you to sign in with your Ethereum account:\n"
    r"(0x[0-9a-fA-F]{40})\n",
    re.ASCII,
)
_HEXADECIMAL = re.compile(rb"(?:0x)?((?:[0-9a-fA-F]{2})+)")


@dataclass(frozen=True, slots=True)
class MessageReading:
    """What is asked to be signed.

    `clauses` say what it would do, `faults` what is wrong with it. `digest` is what would be
    signed, None where it has none; `network` the chain id in decimal, None where it names none.
    """

    format: str
    network: str | None
    digest: bytes | None
    clauses: tuple[str, ...]
    faults: tuple[str, ...] = ()
    facts: tuple[Fact, ...] = ()


def read_typed_data(table: Mapping[str, Any], tokens: Tokens) -> MessageReading:
    """Explain typed data (EIP-712). What is broken in it is said with its cause."""
    try:
        data = parse_typed_data(table)
    except DecodeError as error:
        return MessageReading("eip-712", None, None, (_broken(table),), (error.what,))
    chain_id = contract_of(data, tokens).network
    return MessageReading(
        "eip-712",
        None if chain_id == "0" else chain_id,
        data.digest,
        clauses_of(data, tokens),
        data.faults,
        tuple(facts_of(data)),
    )


def _broken(table: Mapping[str, Any]) -> str:
    """Say what typed data that cannot be hashed claims to be."""
    primary, domain = table.get("primaryType"), table.get("domain")
    name = quoted(primary) if isinstance(primary, str) else "without a primary type"
    known = domain if isinstance(domain, dict) else {}
    return f"typed data {name}; {domain_of(known)}"


def read_typed_preimage(data: bytes) -> MessageReading | None:
    """Explain the two hashes that typed data is signed through; None for other bytes."""
    if not data.startswith(b"\x19\x01") or len(data) not in {34, 66}:
        return None
    says = "typed data of which only the hashes are given, so that nobody can see what it does"
    facts = [Fact("Domain separator", f"0x{data[2:34].hex()}")]
    facts += [Fact("Message hash", f"0x{data[34:].hex()}")] if len(data) == 66 else []
    facts += [Fact("Primary type", DOMAIN)] if len(data) == 34 else []
    return MessageReading("eip-712", None, keccak256(data), (says,), (), tuple(facts))


def read_authorization(data: bytes) -> MessageReading:
    """Explain the preimage of an authorization (EIP-7702). Raises MalformedTransaction."""
    return _authorization(parse_authorization(data), ())


def read_json_authorization(table: Mapping[str, Any]) -> MessageReading:
    """Explain an authorization as wallets write it in JSON. Raises MalformedTransaction."""
    request, faults = authorization_of(table)
    return _authorization(request, faults)


def _authorization(request: AuthorizationRequest, faults: tuple[str, ...]) -> MessageReading:
    return MessageReading(
        "eip-7702",
        str(request.chain_id) if request.chain_id else None,
        request.digest,
        (says_authorization("your account", request.chain_id, request.address),),
        faults,
        (
            Fact("Chain id", str(request.chain_id)),
            Fact("Code of", spell_address(request.address)),
            Fact("Nonce", str(request.nonce)),
            Fact("EIP-7702 digest", f"0x{request.digest.hex()}"),
        ),
    )


def read_message(data: bytes) -> MessageReading:
    """Explain a message (EIP-191, `personal_sign`), with what its bytes are besides a message."""
    digest = keccak256(PERSONAL_PREFIX + str(len(data)).encode() + data)
    return MessageReading(
        "eip-191",
        None,
        digest,
        (f"a message of {len(data)} bytes: {show_message(data)}", *_double_meanings(data)),
        (),
        (Fact("EIP-191 digest", f"0x{digest.hex()}"),),
    )


def show_message(data: bytes) -> str:
    """Write a message literally and cut, in quotation marks as text, or else in hexadecimal."""
    text = _text_of(data)
    if text is None:
        shown = f"0x{data[: MAX_SHOWN // 2].hex()}"
        return f"{shown}..." if len(data) > MAX_SHOWN // 2 else shown
    shown = ""
    for character in text[: MAX_SHOWN + 1]:
        written = literal(character)
        if len(shown) + len(written) > MAX_SHOWN:
            return f"'{shown}'..."
        shown += written
    return f"'{shown}'"


def _text_of(data: bytes) -> str | None:
    """Return the text that bytes are, None where they rather are binary."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    controls = sum(character < " " and character not in "\t\n\r" for character in text)
    return text if controls * 8 <= len(text) else None


def _double_meanings(data: bytes) -> Iterator[str]:
    if data.startswith(b"\x19"):
        yield _smuggled(data)
    login = _LOGIN.match(data[:600].decode("utf-8", "replace"))
    if login:
        yield f"a login at {quoted(login[1])} as {login[2]} (EIP-4361)"
    digits = _HEXADECIMAL.fullmatch(data)
    content = bytes.fromhex(digits[1].decode()) if digits else data
    written = "hexadecimal of " if digits else ""
    if len(content) == 32:
        yield (
            f"it is {written}32 bytes, which may be the hash of a transaction or of typed data:"
            " what it consents to cannot be seen"
        )
    if _is_transaction(content):
        yield f"it is {written}the bytes of a transaction, which also transfers when it is signed"
    if content.startswith(MAGIC) and _is_authorization(content):
        yield f"it is {written}an authorization (EIP-7702), which hands the account to code"
    if b'"primaryType"' in data:
        yield "it is the text of typed data (EIP-712)"


def _smuggled(data: bytes) -> str:
    if data.startswith(PERSONAL_PREFIX):
        return "it already has the prefix of a message (EIP-191), so that it is another message"
    if data.startswith(b"\x19\x01"):
        return (
            "it begins as the preimage of typed data (0x1901, EIP-712): signed without a prefix,"
            " it consents to what cannot be seen"
        )
    if data.startswith(b"\x19\x00") and len(data) >= 22:
        return f"it is data for the validator {spell_address(data[2:22])} (EIP-191, version 0)"
    return "it begins with 0x19, as only preimages do (EIP-191)"


def _is_transaction(data: bytes) -> bool:
    try:
        parse(data)
    except UnsupportedTransaction as known:
        return "already signed" in known.what
    except DecodeError:
        return False
    return True


def _is_authorization(data: bytes) -> bool:
    try:
        parse_authorization(data)
    except DecodeError:
        return False
    return True
