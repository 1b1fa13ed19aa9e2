"""From a transaction's structure to what it pays, and to every objection against signing it.

The grammar is closed: one contract, which is TRX to an address, or a pinned TRC-20 token's
`transfer` without coins. Everything else is refused, and explained as far as it is understood.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from appliance.chains.tron.explain import Explanation, explain, name_of, number_of
from appliance.chains.tron.facts import memo_objections, time_of
from appliance.chains.tron.payments import Paid, Tokens, coin_payment, token_payment
from appliance.chains.tron.transaction import (
    REF_BLOCK_BYTES,
    REF_BLOCK_HASH,
    URL,
    Contract,
    Transaction,
    Transfer,
    Trigger,
)
from appliance.chains.tron.words import words
from appliance.model.rule import Rule, refusal
from appliance.model.transaction import Transfer as Payment
from appliance.wire.messages import Finding

MAX_CONTRACTS = 4
"""Contracts that are explained where there are several."""
_ONLY = "contract"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a transaction is called and pays, its calldata, and the objections against it."""

    format: str
    transfers: tuple[Payment, ...]
    calldata: bytes
    findings: tuple[Finding, ...]


def owner_of(transaction: Transaction) -> bytes:
    """Return the address that the first contract says it is of; no bytes where it says none."""
    for contract in transaction.contracts[:1]:
        match contract.parameter:
            case Transfer(owner_address=owner) | Trigger(owner_address=owner):
                return owner
            case bytes() as value:
                return explain(contract.type, value).owner
            case None:
                return b""
    return b""


def meaning_of(transaction: Transaction, network: str, tokens: Tokens) -> Meaning:
    """Return what a transaction pays, with every objection that its bytes alone give cause for."""
    several = len(transaction.contracts) != 1
    transfers: list[Payment] = []
    findings = [*_field_objections(transaction), *memo_objections(transaction.memo)]
    formats, calldata = [], b""
    for index, contract in enumerate(transaction.contracts[:MAX_CONTRACTS], 1):
        place = f"{_ONLY} {index}" if several else _ONLY
        paid = _contract(contract, network, tokens, place)
        findings += _contract_objections(contract, place)
        findings += paid.objections
        transfers += paid.transfers
        formats.append(paid.format)
        calldata = calldata or paid.calldata
    form = "tron-several-contracts" if len(formats) > 1 else (formats or ["tron-no-contract"])[0]
    return Meaning(form, tuple(transfers), calldata, tuple(findings))


def _contract(contract: Contract, network: str, tokens: Tokens, place: str) -> Paid:
    match contract.parameter:
        case Transfer() as transfer:
            return coin_payment(transfer, network, tokens, place)
        case Trigger() as call:
            return token_payment(call, network, tokens, place)
        case parameter:
            return Paid(
                f"tron-{name_of(contract.type).replace(' ', '-')}",
                objections=tuple(_operation_objections(contract.type, parameter or b"", place)),
            )


def _operation_objections(kind: int, value: bytes, place: str) -> Iterator[Finding]:
    explanation = explain(kind, value)
    for clause in explanation.clauses:
        yield _forbidden(explanation, clause, place)


def _forbidden(explanation: Explanation, clause: str, place: str) -> Finding:
    return refusal(Rule.OPERATION_FORBIDDEN, f"{explanation.name}: {clause}", place)


def _contract_objections(contract: Contract, place: str) -> Iterator[Finding]:
    """Object to what surrounds a contract's parameter."""
    name = name_of(contract.type)
    if contract.parameter is None:
        yield refusal(Rule.MALFORMED, f"{name} has no parameter", place)
    elif contract.type_url != URL + name:
        yield refusal(
            Rule.UNSUPPORTED,
            f"its type is {name} ({contract.type}), but its parameter is said to be of "
            f"{words(contract.type_url.encode())}",
            f"{place}, type_url",
        )
        yield from _other_reading(contract, place)
    for field, value in (("provider", contract.provider), ("ContractName", contract.contract_name)):
        if value:
            yield refusal(Rule.UNSUPPORTED, f"it carries {len(value):,} bytes of {field}", place)


def _other_reading(contract: Contract, place: str) -> Iterator[Finding]:
    """Explain a parameter as what its type_url says that it is."""
    kind = number_of(contract.type_url.rpartition("/protocol.")[2])
    if kind is not None and kind != contract.type and isinstance(contract.parameter, bytes):
        yield from _operation_objections(kind, contract.parameter, f"{place}, by its type_url")


def _field_objections(transaction: Transaction) -> Iterator[Finding]:
    count = len(transaction.contracts)
    if count != 1:
        yield refusal(Rule.UNSUPPORTED, f"it holds {count:,} contracts, not one", "contract")
    for name, value, size in (
        ("ref_block_bytes", transaction.ref_block_bytes, REF_BLOCK_BYTES),
        ("ref_block_hash", transaction.ref_block_hash, REF_BLOCK_HASH),
    ):
        if len(value) != size:
            yield refusal(Rule.MALFORMED, f"{name} has {len(value):,} bytes, not {size}", name)
    if transaction.ref_block_num:
        yield refusal(Rule.UNSUPPORTED, "it names a ref_block_num, which no node reads")
    if transaction.auths:
        count = len(transaction.auths)
        yield refusal(Rule.UNSUPPORTED, f"it carries {count:,} authorities (auths)", "auths")
    if transaction.scripts:
        count = len(transaction.scripts)
        yield refusal(Rule.UNSUPPORTED, f"it carries {count:,} bytes of scripts", "scripts")
    if transaction.fee_limit < 0:
        yield refusal(
            Rule.AMOUNT_INVALID, f"a fee_limit of {transaction.fee_limit:,} sun", "fee_limit"
        )
    yield from _time_objections(transaction.timestamp, transaction.expiration)


def _time_objections(timestamp: int, expiration: int) -> Iterator[Finding]:
    if timestamp < 0:
        yield refusal(Rule.AMOUNT_INVALID, f"a timestamp of {timestamp:,}", "timestamp")
    if expiration <= 0:
        yield refusal(
            Rule.EXPIRED, "it has no expiration, so that no node would take it", "expiration"
        )
    elif expiration <= timestamp:
        yield refusal(
            Rule.EXPIRED,
            f"it expires at {time_of(expiration)}, not after its own time, {time_of(timestamp)}",
            "expiration",
        )
