"""From a transaction's structure to what it pays, and to every objection against signing it.

The grammar is closed: coins to an account without calldata, or a pinned token's `transfer` without
coins. Everything else is refused, and explained as far as it is understood.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from appliance.chains.ethereum.address import spell_address
from appliance.chains.ethereum.contract import Contract, Tokens
from appliance.chains.ethereum.explain import explain
from appliance.chains.ethereum.objections import field_objections, type_objections
from appliance.chains.ethereum.transaction import (
    BlobTransaction,
    SetCodeTransaction,
    Signable,
    Transaction,
)
from appliance.model.money import Asset, format_amount, native_asset
from appliance.model.rule import Rule, refusal
from appliance.model.transaction import Transfer
from appliance.wire.messages import Finding
from appliance.wire.terms import Chain

TRANSFER = bytes.fromhex("a9059cbb") + bytes(12)
"""How a call of ERC-20 `transfer(address,uint256)` begins: selector, then the clean padding of the
recipient's word."""
TRANSFER_BYTES = 68
NO_NETWORK = "0"
"""The network of a transaction that names no chain."""
_ZERO = bytes(20)
_VALUE, _CALLDATA = "value", "calldata"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a transaction pays, and the objections against it."""

    transfers: tuple[Transfer, ...]
    findings: tuple[Finding, ...]


def common_fields(transaction: Transaction) -> Signable:
    """Return the fields that every type has, for types that are never signed as those of type 2."""
    match transaction:
        case BlobTransaction(call=call) | SetCodeTransaction(call=call):
            return call
        case _:
            return transaction


def network_of(transaction: Transaction) -> str:
    """Return the chain id in decimal, or NO_NETWORK."""
    chain_id = common_fields(transaction).chain_id
    return str(chain_id) if chain_id else NO_NETWORK


def meaning_of(transaction: Transaction, tokens: Tokens) -> Meaning:
    """Return what a transaction pays, with every objection that its bytes alone give cause for."""
    fields, network = common_fields(transaction), network_of(transaction)
    transfers, objections = _payments(fields, network, tokens)
    return Meaning(
        transfers,
        (*type_objections(transaction), *field_objections(fields), *objections),
    )


def _payments(
    transaction: Signable, network: str, tokens: Tokens
) -> tuple[tuple[Transfer, ...], Iterator[Finding]]:
    if transaction.to is None:
        return (), _creation(transaction)
    if not transaction.data:
        coins = Transfer(
            native_asset(Chain.ETHEREUM, network),
            transaction.value,
            spell_address(transaction.to),
            _VALUE,
        )
        return (coins,) if coins.amount else (), _coin_objections(transaction, network, tokens)
    contract = Contract(transaction.to, network, tokens)
    if not transaction.data.startswith(TRANSFER) or len(transaction.data) < TRANSFER_BYTES:
        return (), _call_objections(contract, transaction)
    transfer = Transfer(
        contract.token or _unknown_token(transaction.to, network),
        int.from_bytes(transaction.data[36:TRANSFER_BYTES], "big"),
        spell_address(transaction.data[16:36]),
        _CALLDATA,
    )
    return (transfer,), _token_objections(contract, transaction, transfer, tokens)


def _unknown_token(contract: bytes, network: str) -> Asset:
    return Asset(Chain.ETHEREUM, network, spell_address(contract), "unknown token", None)


def _creation(transaction: Signable) -> Iterator[Finding]:
    yield refusal(
        Rule.CONTRACT_FORBIDDEN,
        f"it creates a contract from {len(transaction.data)} bytes of init code",
        "recipient",
    )


def _coin_objections(transaction: Signable, network: str, tokens: Tokens) -> Iterator[Finding]:
    if transaction.value == 0:
        yield refusal(Rule.TRANSFER_ZERO, "it sends 0 wei and calls nothing", _VALUE)
    if transaction.to is not None:
        yield from _recipient_objections(transaction.to, network, tokens)


def _call_objections(contract: Contract, transaction: Signable) -> Iterator[Finding]:
    calldata = transaction.data
    first, *inner = explain(contract, calldata)
    coins = f" with {contract.coins(transaction.value)}" if transaction.value else ""
    yield refusal(
        Rule.CONTRACT_FORBIDDEN,
        f"it calls {contract.named}{coins}: {first.says}",
        _CALLDATA,
    )
    for clause in inner:
        where = f"{_CALLDATA}, call {clause.number}"
        yield refusal(Rule.CONTRACT_FORBIDDEN, clause.says, where)
    if calldata.startswith(TRANSFER[:4]) and len(calldata) >= TRANSFER_BYTES:
        recipient = spell_address(calldata[16:36])
        amount = contract.amount(int.from_bytes(calldata[36:TRANSFER_BYTES], "big"))
        yield refusal(
            Rule.CONTRACT_FORBIDDEN,
            "the padding before the recipient of this transfer is not clean: 0x"
            f"{calldata[4:16].hex()}; a token that ignores it would transfer {amount}"
            f" to {recipient}",
            _CALLDATA,
        )


def _token_objections(
    contract: Contract, transaction: Signable, transfer: Transfer, tokens: Tokens
) -> Iterator[Finding]:
    extra = len(transaction.data) - TRANSFER_BYTES
    if extra:
        yield refusal(
            Rule.CONTRACT_FORBIDDEN,
            f"{extra} bytes of calldata follow the arguments of transfer",
            _CALLDATA,
        )
    if transaction.value:
        coins = format_amount(transaction.value, native_asset(Chain.ETHEREUM, contract.network))
        yield refusal(
            Rule.CONTRACT_FORBIDDEN, f"it sends {coins} to the token's contract as well", _VALUE
        )
    if contract.token is None:
        yield refusal(
            Rule.TOKEN_UNKNOWN,
            f"{transfer.asset.token} is not a pinned token on chain {contract.network}",
            "recipient",
        )
    if transfer.amount == 0:
        yield refusal(Rule.TRANSFER_ZERO, "it transfers 0 base units of the token", _CALLDATA)
    recipient = transaction.data[16:36]
    if recipient == contract.address and contract.token is None:
        yield refusal(
            Rule.CONTRACT_FORBIDDEN,
            "the recipient is the token's own contract: what is sent there is lost",
            _CALLDATA,
        )
    yield from _recipient_objections(recipient, contract.network, tokens)


def _recipient_objections(recipient: bytes, network: str, tokens: Tokens) -> Iterator[Finding]:
    if recipient == _ZERO:
        yield refusal(
            Rule.CONTRACT_FORBIDDEN,
            "the recipient is the zero address: what is sent there is lost",
            "recipient",
        )
    token = tokens.get((network, recipient))
    if token:
        yield refusal(
            Rule.CONTRACT_FORBIDDEN,
            f"the recipient is the token contract of {token.symbol}: what is sent there is lost",
            "recipient",
        )
