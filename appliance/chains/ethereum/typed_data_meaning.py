"""What typed data would do once it is signed, in words.

Nothing here makes it acceptable: all of it is refused. A form that is not known is refused all the
same, only with less said about it.
"""

from collections.abc import Iterator, Mapping
from itertools import islice

from appliance.chains.ethereum.address import spell_address
from appliance.chains.ethereum.consents import (
    Clauses,
    Consent,
    Message,
    authorized_transfer,
    delegation,
    exchange_order,
    permit,
    permit2_allowance,
    permit2_transfer,
    permit_for_all,
    seaport_order,
)
from appliance.chains.ethereum.contract import Contract, Tokens
from appliance.chains.ethereum.explain import explain
from appliance.chains.ethereum.passed_on import operation_of, refund_of
from appliance.chains.ethereum.struct_types import quoted
from appliance.chains.ethereum.typed_data import TypedData, Value
from appliance.model.text import literal
from appliance.model.transaction import Fact

MAX_FACTS = 24
"""Fields that are listed with their values."""
MAX_VALUE = 80
"""Characters of a value that are shown."""


def clauses_of(data: TypedData, tokens: Tokens) -> Clauses:
    """Return what typed data does, the first clause about the whole with its domain."""
    contract = contract_of(data, tokens)
    known = _CONSENTS.get(data.primary_type, exchange_order)
    first, *rest = known(contract, data.message) or _by_shape(contract, data)
    return (f"{first}; {domain_of(data.domain)}", *rest)


def contract_of(data: TypedData, tokens: Tokens) -> Contract:
    """Return the contract that the domain names, on the chain that it names."""
    address, chain_id = data.domain.get("verifyingContract"), data.domain.get("chainId")
    return Contract(
        address if isinstance(address, bytes) else bytes(20),
        str(chain_id) if isinstance(chain_id, int) else "0",
        tokens,
    )


def domain_of(domain: Mapping[str, object]) -> str:
    """Write a domain as far as it says who asks, and where it counts."""
    name, version = domain.get("name"), domain.get("version")
    contract, chain_id = domain.get("verifyingContract"), domain.get("chainId")
    parts = [
        f"domain {quoted(name)}" if isinstance(name, str) else "a domain without a name",
        f"version {quoted(version)}" if isinstance(version, str) else "",
        f"contract {_shown(contract)}" if isinstance(contract, bytes | str) else "",
        "on every chain (no chain id)" if chain_id is None else f"on chain {_shown(chain_id)}",
    ]
    return " ".join(part for part in parts if part)


def facts_of(data: TypedData) -> Iterator[Fact]:
    """Return the hashes that other tools can compare (ERC-8213), and the message's fields."""
    yield Fact("Primary type", data.primary_type)
    yield Fact("Domain", domain_of(data.domain))
    yield Fact("Domain separator", f"0x{data.domain_separator.hex()}")
    yield Fact("Message hash", f"0x{data.message_hash.hex()}")
    yield Fact("EIP-712 digest", f"0x{data.digest.hex()}")
    yield from islice(_leaves(data.message, ""), MAX_FACTS)


def _leaves(value: Value, path: str) -> Iterator[Fact]:
    match value:
        case Mapping():
            for name, inner in value.items():
                yield from _leaves(inner, f"{path}.{name}" if path else name)
        case tuple():
            for index, inner in enumerate(value):
                yield from _leaves(inner, f"{path}[{index}]")
        case _:
            yield Fact(path[:MAX_VALUE], _shown(value))


def _shown(value: object) -> str:
    match value:
        case bytes() if len(value) == 20:
            return spell_address(value)
        case bytes():
            digits = f"0x{value.hex()}"
            return digits if len(value) <= 32 else f"{digits[:MAX_VALUE]}... ({len(value)} bytes)"
        case str():
            return quoted(value)
        case _:
            return literal(str(value))[:MAX_VALUE]


def _by_shape(contract: Contract, data: TypedData) -> Clauses:
    """Explain what is named otherwise, but has the fields of something that is known."""
    name = quoted(data.primary_type)
    for known in dict.fromkeys(_CONSENTS.values()):
        clauses = known(contract, data.message)
        if clauses:
            return (f"typed data {name}, which reads as {clauses[0]}", *clauses[1:])
    return (f"typed data {name} of {len(data.types[data.primary_type])} fields",)


def _safe_transaction(contract: Contract, message: Message) -> Clauses:
    match message:
        case {
            "to": bytes(to),
            "value": int(value),
            "data": bytes(calldata),
            "operation": int(operation),
        }:
            done = operation_of(contract, to, value, operation)
            says = f"Safe transaction: {done}{_refund(message)}"
            return (says, *_calldata(contract.at(to), calldata))
        case _:
            return ()


def _refund(message: Message) -> str:
    match message:
        case {
            "gasPrice": int(price),
            "gasToken": bytes(token),
            "refundReceiver": bytes(receiver),
        }:
            return refund_of(price, token, receiver)
        case _:
            return ""


def _calldata(contract: Contract, calldata: bytes) -> Clauses:
    if not calldata:
        return ()
    first, *inner = explain(contract, calldata)
    nested = (f"call {clause.number}: {clause.says}" for clause in inner)
    return (f"calldata: {first.says}", *nested)


def _safe_message(_: Contract, message: Message) -> Clauses:
    match message:
        case {"message": bytes(content)}:
            shown = f"0x{content.hex()}" if len(content) <= 32 else f"{len(content)} bytes"
            return (f"Safe message: signs {shown} in the name of a Safe, whatever it means",)
        case _:
            return ()


def _forwarded(contract: Contract, message: Message) -> Clauses:
    match message:
        case {"from": bytes(sender), "to": bytes(to), "value": int(value), "data": bytes(calldata)}:
            coins = contract.coins(value)
            says = f"meta-transaction: anybody may call {spell_address(to)} with {coins}"
            return (
                f"{says} in the name of {spell_address(sender)}",
                *_calldata(contract.at(to), calldata),
            )
        case {"request": Mapping() as request}:
            return _forwarded(contract, request)
        case {"from": bytes(sender), "functionSignature": bytes(calldata)}:
            says = f"meta-transaction: anybody may call {contract.named}"
            return (
                f"{says} in the name of {spell_address(sender)}",
                *_calldata(contract, calldata),
            )
        case _:
            return ()


def _user_operation(contract: Contract, message: Message) -> Clauses:
    match message:
        case {"sender": bytes(sender), "callData": bytes(calldata)}:
            says = f"operation of the account {spell_address(sender)} (ERC-4337)"
            return (says, *_calldata(contract.at(sender), calldata))
        case _:
            return ()


_CONSENTS: dict[str, Consent] = {
    "Permit": permit,
    "PermitForAll": permit_for_all,
    "PermitSingle": permit2_allowance,
    "PermitBatch": permit2_allowance,
    "PermitTransferFrom": permit2_transfer,
    "PermitBatchTransferFrom": permit2_transfer,
    "PermitWitnessTransferFrom": permit2_transfer,
    "PermitBatchWitnessTransferFrom": permit2_transfer,
    "TransferWithAuthorization": authorized_transfer,
    "ReceiveWithAuthorization": authorized_transfer,
    "Delegation": delegation,
    "DelegateBySig": delegation,
    "Delegate": delegation,
    "OrderComponents": seaport_order,
    "BulkOrder": seaport_order,
    "SafeTx": _safe_transaction,
    "SafeMessage": _safe_message,
    "ForwardRequest": _forwarded,
    "MetaTransaction": _forwarded,
    "RelayRequest": _forwarded,
    "UserOperation": _user_operation,
    "PackedUserOperation": _user_operation,
}
