"""The two kinds of contract that may be signed: what they pay, and what is wrong with them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from appliance.chains.tron.address import PREFIX, is_address, spell_address
from appliance.chains.tron.calls import PREFIXED, explain_call
from appliance.chains.tron.transaction import Transfer, Trigger
from appliance.chains.tron.words import account, trx
from appliance.model.money import Asset, native_asset
from appliance.model.rule import Rule, refusal
from appliance.model.transaction import Transfer as Payment
from appliance.wire.messages import Finding
from appliance.wire.terms import Chain

Tokens: TypeAlias = Mapping[tuple[str, bytes], Asset]
"""The pinned tokens, by network and contract."""

SELECTOR = bytes.fromhex("a9059cbb")
"""TRC-20 `transfer(address,uint256)`."""
TRANSFER_BYTES = 68
_CLEAN = bytes(12)
_ZERO = PREFIX + bytes(20)


@dataclass(frozen=True, slots=True)
class Paid:
    """What one contract pays, and the objections against it."""

    format: str
    transfers: tuple[Payment, ...] = ()
    objections: tuple[Finding, ...] = ()
    calldata: bytes = b""


def coin_payment(transfer: Transfer, network: str, tokens: Tokens, place: str) -> Paid:
    """Read a transfer of TRX."""
    payable = transfer.amount > 0 and is_address(transfer.to_address)
    asset = native_asset(Chain.TRON, network)
    payment = (
        (Payment(asset, transfer.amount, spell_address(transfer.to_address), place),)
        if payable
        else ()
    )
    objections = tuple(_coin_objections(transfer, network, tokens, place))
    return Paid("tron-transfer", payment, objections)


def token_payment(call: Trigger, network: str, tokens: Tokens, place: str) -> Paid:
    """Read a call of a contract, which may only be a pinned token's `transfer`."""
    contract, data = call.contract_address, call.data
    token = tokens.get((network, contract))
    asset = token or Asset(Chain.TRON, network, account(contract), "unknown token", None)
    addresses = tuple(_call_address_objections(call, place))
    if not data.startswith(SELECTOR) or len(data) < TRANSFER_BYTES:
        objections = (*addresses, *_call_objections(call, token, asset, place))
        return Paid("tron-TriggerSmartContract", (), objections, data)
    recipient = PREFIX + data[16:36]
    payment = Payment(
        asset, int.from_bytes(data[36:TRANSFER_BYTES], "big"), spell_address(recipient), place
    )
    objections = (
        *addresses,
        *_calldata_objections(data, payment, place),
        *_sent_along(call, place),
        *_token_objections(call, payment, token, place),
        *_recipient_objections(recipient, call.owner_address, network, tokens, place),
    )
    return Paid("tron-trc20", (payment,), objections, data)


def _coin_objections(
    transfer: Transfer, network: str, tokens: Tokens, place: str
) -> Iterator[Finding]:
    yield from _address_objection("owner_address", transfer.owner_address, place)
    yield from _address_objection("to_address", transfer.to_address, place)
    if transfer.amount == 0:
        yield refusal(Rule.TRANSFER_ZERO, "it transfers 0 sun", place)
    if transfer.amount < 0:
        yield refusal(Rule.AMOUNT_INVALID, f"an amount of {transfer.amount:,} sun, below 0", place)
    yield from _recipient_objections(
        transfer.to_address, transfer.owner_address, network, tokens, place
    )


def _call_address_objections(call: Trigger, place: str) -> Iterator[Finding]:
    yield from _address_objection("owner_address", call.owner_address, place)
    yield from _address_objection("contract_address", call.contract_address, place)


def _address_objection(name: str, address: bytes, place: str) -> Iterator[Finding]:
    if not is_address(address):
        yield refusal(
            Rule.MALFORMED, f"{name} is not 41 and twenty bytes: {account(address)}", place
        )


def _call_objections(
    call: Trigger, token: Asset | None, asset: Asset, place: str
) -> Iterator[Finding]:
    called = account(call.contract_address)
    name = f"{token.symbol} at {called}" if token else called
    shown = asset if token else Asset(Chain.TRON, asset.network, called, _UNPINNED, None)
    yield refusal(
        Rule.CONTRACT_FORBIDDEN, f"it calls {name}: {explain_call(shown, call.data)}", place
    )
    yield from _sent_along(call, place)


def _sent_along(call: Trigger, place: str) -> Iterator[Finding]:
    """Object to coins and TRC-10 tokens that go to the contract with the call."""
    if call.call_value:
        yield refusal(
            Rule.CONTRACT_FORBIDDEN,
            f"it sends {trx(call.call_value)} to the contract as well (call_value)",
            f"{place}, call_value",
        )
    if call.call_token_value or call.token_id:
        yield refusal(
            Rule.CONTRACT_FORBIDDEN,
            f"it sends {call.call_token_value:,} base units of TRC-10 token {call.token_id} "
            "to the contract as well (call_token_value, token_id)",
            f"{place}, call_token_value",
        )


def _calldata_objections(data: bytes, payment: Payment, place: str) -> Iterator[Finding]:
    padding, extra = data[4:16], len(data) - TRANSFER_BYTES
    if padding == PREFIXED:
        yield refusal(
            Rule.CONTRACT_FORBIDDEN,
            "the recipient stands in the calldata with its prefix 41, where its padding must be "
            f"zero: only some contracts take it for {payment.destination}",
            f"{place}, calldata",
        )
    elif padding != _CLEAN:
        yield refusal(
            Rule.CONTRACT_FORBIDDEN,
            f"the padding before the recipient {payment.destination} is not zero, but "
            f"{padding.hex()}",
            f"{place}, calldata",
        )
    if extra:
        yield refusal(
            Rule.CONTRACT_FORBIDDEN,
            f"{extra:,} bytes of calldata follow the arguments of transfer",
            f"{place}, calldata",
        )


def _token_objections(
    call: Trigger, payment: Payment, token: Asset | None, place: str
) -> Iterator[Finding]:
    if token is None:
        yield refusal(
            Rule.TOKEN_UNKNOWN,
            f"{account(call.contract_address)} is not a pinned token on {payment.asset.network}",
            place,
        )
    if payment.amount == 0:
        yield refusal(Rule.TRANSFER_ZERO, "it transfers 0 base units of the token", place)
    if token is None and call.data[16:36] == call.contract_address[1:]:
        yield refusal(
            Rule.CONTRACT_FORBIDDEN,
            "the recipient is the token's own contract: what is sent there is lost",
            place,
        )


def _recipient_objections(
    recipient: bytes, owner: bytes, network: str, tokens: Tokens, place: str
) -> Iterator[Finding]:
    token = tokens.get((network, recipient))
    if token:
        yield refusal(
            Rule.CONTRACT_FORBIDDEN,
            f"the recipient is the token contract of {token.symbol}: what is sent there is lost",
            place,
        )
    if recipient == _ZERO:
        yield refusal(
            Rule.OPERATION_FORBIDDEN,
            f"the recipient is the zero address {spell_address(_ZERO)}: what is sent there is lost",
            place,
        )
    if recipient == owner and recipient:
        yield refusal(
            Rule.OPERATION_FORBIDDEN, f"the account pays itself: {account(recipient)}", place
        )


_UNPINNED = "this contract's token"
