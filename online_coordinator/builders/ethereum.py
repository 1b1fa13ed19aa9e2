"""Ethereum: one request → one unsigned transaction, EIP-1559 or legacy with EIP-155.

Tokens are paid by `transfer(address,uint256)` (ERC-20) to the pinned contract and nothing else.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import rlp
from eth_abi.abi import encode
from eth_utils.crypto import keccak

from appliance.wire.epochs import EthereumAccount, EthereumFees
from online_coordinator.builders.payment import BuiltTransaction, Consumed, Payment
from online_coordinator.errors import BuildRefused, FeeCeiling, FundsShort, LaneGap, NodeRefused
from online_coordinator.nodes.ethereum_rpc import EthereumNode

TRANSFER = keccak(text="transfer(address,uint256)")[:4]
BALANCE_OF = keccak(text="balanceOf(address)")[:4]
PLAIN_TRANSFER_GAS = 21_000
TYPE_1559 = b"\x02"


@dataclass(frozen=True, slots=True)
class Lane:
    """Free nonces of an address: `first`, and how many follow before a held one (None: no end)."""

    first: int
    room: int | None


@dataclass(frozen=True, slots=True)
class Offer:
    """What is offered per gas, in wei. `priority` is None before EIP-1559."""

    maximum: int
    priority: int | None


@dataclass(frozen=True, slots=True)
class Spending:
    """What may be spent, and how.

    `committed` is what batches in flight will take, by token contract (None: wei); `ceilings` is
    the appliance's policy on fees, None where it has none.
    """

    account: EthereumAccount
    lane: Lane
    committed: Mapping[str | None, int]
    ceilings: EthereumFees | None


def free_lane(next_nonce: int, held: Iterable[int]) -> Lane:
    """Return the first free nonces from `next_nonce` on."""
    taken = {nonce for nonce in held if nonce >= next_nonce}
    first = next_nonce
    while first in taken:
        first += 1
    later = [nonce for nonce in taken if nonce > first]
    return Lane(first, min(later) - first if later else None)


def build(
    payments: tuple[Payment, ...], spending: Spending, node: EthereumNode
) -> tuple[BuiltTransaction, ...]:
    """Return one transaction per payment, on consecutive nonces. Raises BuildRefused, NodeError."""
    lane = spending.lane
    if lane.room is not None and len(payments) > lane.room:
        raise LaneGap(
            f"{spending.account.name} has {lane.room} free nonces before those of a later batch; "
            f"{len(payments)} are wanted"
        )
    node.verify_chain()
    _verify_funds(payments, 0, spending, node)
    offer = _offer(node, spending.ceilings)
    built = tuple(
        _build_one(payment, lane.first + number, spending, offer, node)
        for number, payment in enumerate(payments)
    )
    _verify_funds(payments, sum(each.maximum_fee for each in built), spending, node)
    return built


def _offer(node: EthereumNode, ceilings: EthereumFees | None) -> Offer:
    """Offer room for the base fee to double, but never more than the policy allows."""
    ceiling = ceilings.max_fee_per_gas if ceilings else None
    if node.network.transaction_type == "legacy":
        return Offer(_within(node.gas_price(), node.gas_price() * 5 // 4, ceiling), None)
    market = node.fee_market()
    least = market.base_fee + market.priority_fee
    return Offer(_within(least, market.base_fee + least, ceiling), market.priority_fee)


def _within(least: int, wanted: int, ceiling: int | None) -> int:
    if ceiling is None:
        return wanted
    if least > ceiling:
        raise FeeCeiling(f"the network asks {least} wei per gas, the appliance allows {ceiling}")
    return min(wanted, ceiling)


def _build_one(
    payment: Payment, nonce: int, spending: Spending, offer: Offer, node: EthereumNode
) -> BuiltTransaction:
    target, value, data = call_of(payment)
    gas = _gas(target, value, data, spending, node)
    account = spending.account
    payload = unsigned_bytes(
        int(account.network), nonce, offer, gas, (bytes.fromhex(target[2:]), value, data)
    )
    return BuiltTransaction(
        payload=payload,
        covers=(payment.request,),
        consumes=(Consumed(account.address, nonce),),
        digest=keccak(payload).hex(),
        maximum_fee=gas * offer.maximum,
        facts={"nonce": str(nonce), "gas": str(gas), "max fee per gas": f"{offer.maximum} wei"},
    )


def call_of(payment: Payment) -> tuple[str, int, bytes]:
    """Return whom a payment's transaction calls, with how many wei and what calldata."""
    if payment.token is None:
        return payment.destination, payment.amount, b""
    arguments = encode(["address", "uint256"], [payment.destination, payment.amount])
    return payment.token, 0, TRANSFER + arguments


def unsigned_bytes(
    chain_id: int, nonce: int, offer: Offer, gas: int, call: tuple[bytes, int, bytes]
) -> bytes:
    """Return the bytes whose keccak-256 is signed (EIP-1559, EIP-155)."""
    if offer.priority is None:
        return bytes(rlp.encode([nonce, offer.maximum, gas, *call, chain_id, 0, 0]))
    fields = [chain_id, nonce, offer.priority, offer.maximum, gas, *call, []]
    return TYPE_1559 + bytes(rlp.encode(fields))


def _gas(target: str, value: int, data: bytes, spending: Spending, node: EthereumNode) -> int:
    asked = {"from": spending.account.address, "to": target, "value": hex(value)}
    if data:
        asked["data"] = "0x" + data.hex()
    try:
        estimate = node.gas_estimate(asked)
    except NodeRefused as refusal:
        raise BuildRefused(f"a payment to {target} would fail now: {refusal.what}") from None
    margin = 100 + node.network.gas_margin_percent
    gas = estimate if estimate == PLAIN_TRANSFER_GAS else estimate * margin // 100
    ceiling = spending.ceilings.max_gas_limit if spending.ceilings else None
    if ceiling is None:
        return gas
    if estimate > ceiling:
        raise FeeCeiling(f"a payment takes {estimate} gas, the appliance allows {ceiling}")
    return min(gas, ceiling)


def _verify_funds(
    payments: tuple[Payment, ...], fees: int, spending: Spending, node: EthereumNode
) -> None:
    address = spending.account.address
    wanted: dict[str | None, int] = {None: fees}
    for payment in payments:
        wanted[payment.token] = wanted.get(payment.token, 0) + payment.amount
    for token, amount in wanted.items():
        committed = spending.committed.get(token, 0)
        balance = _balance(token, address, node)
        if balance < amount + committed:
            unit = f"base units of {token}" if token else "wei (fees included)"
            raise FundsShort(
                f"{spending.account.name} holds {balance} {unit}, {committed} of them are taken by "
                f"batches in flight; {amount} are wanted"
            )


def _balance(token: str | None, address: str, node: EthereumNode) -> int:
    if token is None:
        return node.balance(address)
    try:
        return token_balance(token, address, node)
    except NodeRefused as refusal:
        raise BuildRefused(f"token {token} tells no balance: {refusal.what}") from None


def token_balance(contract: str, address: str, node: EthereumNode) -> int:
    """Return what an address holds of a token, by the contract's word."""
    return node.token_balance(contract, "0x" + (BALANCE_OF + encode(["address"], [address])).hex())
