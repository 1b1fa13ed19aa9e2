"""From a transaction's structure to what it pays, and to every objection against signing it.

The grammar is closed: coins to an account without calldata, or a pinned token's `transfer` without
coins. Everything else is refused, and explained as far as it is understood.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from appliance.chains.ethereum.address import spell_address
from appliance.chains.ethereum.explain import Contract, explain
from appliance.chains.ethereum.fields import Authorization
from appliance.chains.ethereum.transaction import (
    BlobTransaction,
    FeeMarketTransaction,
    LegacyTransaction,
    SetCodeTransaction,
    Signable,
    Transaction,
)
from appliance.model.money import Asset, format_amount, native_asset
from appliance.model.rule import Rule, refusal
from appliance.model.transaction import Transfer
from appliance.wire.messages import Finding
from appliance.wire.terms import Chain

Tokens: TypeAlias = Mapping[tuple[str, bytes], Asset]
"""The pinned tokens, by network and contract."""

TRANSFER = bytes.fromhex("a9059cbb") + bytes(12)
"""How a call of ERC-20 `transfer(address,uint256)` begins: selector, then the clean padding of the
recipient's word."""
TRANSFER_BYTES = 68
NO_NETWORK = "0"
"""The network of a transaction that names no chain."""
MAX_LISTED = 4
"""Authorizations that get a finding of their own."""

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


def max_fee_per_gas(transaction: Signable) -> int:
    """Return the most wei per gas that the transaction can pay."""
    if isinstance(transaction, FeeMarketTransaction):
        return transaction.max_fee_per_gas
    return transaction.gas_price


def meaning_of(transaction: Transaction, tokens: Tokens) -> Meaning:
    """Return what a transaction pays, with every objection that its bytes alone give cause for."""
    fields, network = common_fields(transaction), network_of(transaction)
    transfers, objections = _payments(fields, network, tokens)
    return Meaning(
        transfers,
        (*_type_objections(transaction), *_field_objections(fields), *objections),
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
    token = tokens.get((network, transaction.to))
    contract = Contract(transaction.to, network, token)
    if not transaction.data.startswith(TRANSFER) or len(transaction.data) < TRANSFER_BYTES:
        return (), _call_objections(contract, transaction.data)
    transfer = Transfer(
        token or _unknown_token(transaction.to, network),
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


def _call_objections(contract: Contract, calldata: bytes) -> Iterator[Finding]:
    name = f"{contract.token.symbol} at " if contract.token else ""
    yield refusal(
        Rule.CONTRACT_FORBIDDEN,
        f"it calls {name}{spell_address(contract.address)}: {explain(contract, calldata)}",
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


def _field_objections(transaction: Signable) -> Iterator[Finding]:
    if transaction.chain_id is None:
        yield refusal(
            Rule.REPLAY_PROTECTION,
            "it names no chain (the form before EIP-155), so that it is valid on every chain",
        )
    elif transaction.chain_id == 0:
        yield refusal(Rule.REPLAY_PROTECTION, "the chain id is 0, which is no chain's", "chain id")
    if not isinstance(transaction, LegacyTransaction) and transaction.access_list:
        keys = sum(len(entry.storage_keys) for entry in transaction.access_list)
        yield refusal(
            Rule.ACCESS_LIST,
            f"the access list names {len(transaction.access_list)} addresses and {keys} keys",
            "access list",
        )
    yield from _fee_objections(transaction)


def _fee_objections(transaction: Signable) -> Iterator[Finding]:
    """Refuse fees that no node accepts; nothing else is wrong with the encoding."""
    most = max_fee_per_gas(transaction)
    if isinstance(transaction, FeeMarketTransaction) and (
        transaction.max_priority_fee_per_gas > most
    ):
        yield refusal(
            Rule.MALFORMED,
            "the max priority fee per gas is over the max fee per gas (EIP-1559)",
            "max priority fee per gas",
        )
    if transaction.value + transaction.gas_limit * most >= 1 << 256:
        yield refusal(Rule.MALFORMED, "value and fee together are 2^256 wei or more", "gas limit")


def _type_objections(transaction: Transaction) -> Iterator[Finding]:
    match transaction:
        case BlobTransaction(blob_versioned_hashes=blobs):
            yield refusal(
                Rule.UNSUPPORTED,
                f"it carries {len(blobs)} blobs (EIP-4844), which no transfer needs",
            )
        case SetCodeTransaction(authorizations=authorizations):
            yield refusal(
                Rule.UNSUPPORTED,
                f"it hands {len(authorizations)} accounts to contracts' code (EIP-7702)",
            )
            for number, authorization in enumerate(authorizations[:MAX_LISTED], 1):
                yield _authorization_objection(number, authorization)
        case _:
            return


def _authorization_objection(number: int, authorization: Authorization) -> Finding:
    chain = f"chain {authorization.chain_id}" if authorization.chain_id else "every chain"
    return refusal(
        Rule.CONTRACT_FORBIDDEN,
        f"an account is handed to the code of {spell_address(authorization.address)} on {chain}",
        f"authorization {number}",
    )
