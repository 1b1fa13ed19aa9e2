"""What typed data makes others able to do: approvals, transfers and orders that it consents to.

Each function takes the contract that the domain names and the message. It returns clauses, the
first about the whole, or nothing where the message is not of the shape that it knows.
"""

from collections.abc import Callable, Mapping
from typing import TypeAlias

from appliance.chains.ethereum.address import spell_address
from appliance.chains.ethereum.contract import (
    UNLIMITED,
    Contract,
    amount_of_token,
    until,
)
from appliance.chains.ethereum.token_calls import approval, moved, token_approval
from appliance.chains.ethereum.typed_data import Value

Message: TypeAlias = Mapping[str, Value]
Clauses: TypeAlias = tuple[str, ...]
Consent: TypeAlias = Callable[[Contract, Message], Clauses]

MAX_LISTED = 8
"""Items of a list that get a clause of their own."""
_ITEM_TYPES = ("coins", "ERC-20", "ERC-721", "ERC-1155", "ERC-721", "ERC-1155")
"""Seaport's ItemType."""


def listed(clauses: list[str]) -> Clauses:
    """Return the first clauses, and how many more there are."""
    more = len(clauses) - MAX_LISTED
    return (*clauses[:MAX_LISTED], *([f"{more} more that are not listed"] if more > 0 else ()))


def permit(contract: Contract, message: Message) -> Clauses:
    """ERC-2612; the permits of DAI and of ERC-721 (ERC-4494)."""
    match message:
        case {
            "owner": bytes(owner),
            "spender": bytes(spender),
            "value": int(value),
            "deadline": int(deadline),
        }:
            given = approval(contract, spender, value)
            by = f"from {spell_address(owner)}"
            return (f"permit: {given} {by}, {until(deadline)}",)
        case {
            "holder": bytes(holder),
            "spender": bytes(spender),
            "expiry": int(expiry),
            "allowed": bool(allowed),
        }:
            given = approval(contract, spender, UNLIMITED if allowed else 0)
            ends = until(expiry) if expiry else "never expires"
            return (f"permit: {given} from {spell_address(holder)}, {ends}",)
        case {"spender": bytes(spender), "tokenId": int(token_id), "deadline": int(deadline)}:
            taken = f"token number {token_id} may be taken by {spell_address(spender)}"
            return (f"permit: {taken}, {until(deadline)}",)
        case _:
            return ()


def permit_for_all(_: Contract, message: Message) -> Clauses:
    """The permit of ERC-1155 and ERC-721 collections for an operator."""
    match message:
        case {"operator": bytes(operator), "approved": bool(approved)}:
            extent = "every" if approved else "no"
            return (f"permit: {extent} token may be taken by {spell_address(operator)}",)
        case _:
            return ()


def permit2_allowance(contract: Contract, message: Message) -> Clauses:
    """PermitSingle and PermitBatch of Permit2."""
    match message:
        case {"details": Mapping() as one, "spender": bytes(spender)}:
            return (f"Permit2 permit: {_allowance(contract, one, spender)}",)
        case {"details": tuple(several), "spender": bytes(spender)}:
            details = [each for each in several if isinstance(each, Mapping)]
            says = f"Permit2 permit of {len(details)} tokens to {spell_address(spender)}"
            return (says, *listed([_allowance(contract, each, spender) for each in details]))
        case _:
            return ()


def _allowance(contract: Contract, details: Message, spender: bytes) -> str:
    match details:
        case {"token": bytes(token), "amount": int(amount), "expiration": int(expiration)}:
            return f"{token_approval(contract, token, spender, amount)}, {until(expiration)}"
        case _:
            return f"an allowance in an unknown form to {spell_address(spender)}"


def permit2_transfer(contract: Contract, message: Message) -> Clauses:
    """PermitTransferFrom and its batch and witness forms of Permit2."""
    match message:
        case {"permitted": Mapping() as one, "spender": bytes(spender), "deadline": int(deadline)}:
            says = f"{_permitted(contract, one)} may be taken at once by {spell_address(spender)}"
            return (f"Permit2 transfer: {says}, {until(deadline)}", *_witness(message))
        case {"permitted": tuple(several), "spender": bytes(spender), "deadline": int(deadline)}:
            details = [each for each in several if isinstance(each, Mapping)]
            says = f"{len(details)} amounts may be taken at once by {spell_address(spender)}"
            clauses = listed([_permitted(contract, each) for each in details])
            return (
                f"Permit2 transfer: {says}, {until(deadline)}",
                *clauses,
                *_witness(message),
            )
        case _:
            return ()


def _permitted(contract: Contract, permitted: Message) -> str:
    match permitted:
        case {"token": bytes(token), "amount": int(amount)}:
            return amount_of_token(contract, token, amount)
        case _:
            return "an amount in an unknown form"


def _witness(message: Message) -> Clauses:
    return ("it also consents to an order, the witness",) if "witness" in message else ()


def authorized_transfer(contract: Contract, message: Message) -> Clauses:
    """TransferWithAuthorization and ReceiveWithAuthorization of ERC-3009."""
    match message:
        case {
            "from": bytes(owner),
            "to": bytes(to),
            "value": int(value),
            "validBefore": int(before),
        }:
            says = moved(contract, owner, to, value)
            return (f"transfer by authorization: {says}, {until(before)}",)
        case _:
            return ()


def delegation(contract: Contract, message: Message) -> Clauses:
    """The votes of a token (ERC-5805), and delegations of whole accounts."""
    match message:
        case {"delegatee": bytes(delegatee), "expiry": int(expiry)}:
            votes = f"delegation of the votes of {contract.symbol}"
            return (f"{votes} to {spell_address(delegatee)}, {until(expiry)}",)
        case {"delegatee": bytes(delegatee)}:
            return (f"delegation to {spell_address(delegatee)}",)
        case {"delegate": bytes(delegate)}:
            return (f"delegation: {spell_address(delegate)} may act for the account",)
        case _:
            return ()


def seaport_order(contract: Contract, message: Message) -> Clauses:
    """OrderComponents of Seaport, and trees of them (BulkOrder)."""
    match message:
        case {"offer": tuple(offer), "consideration": tuple(consideration)}:
            says = f"order: offers {len(offer)} items for {len(consideration)}"
            given = [f"offers {_item(contract, each)}" for each in offer]
            asked = [f"for {_item(contract, each)}" for each in consideration]
            return (says, *listed(given), *listed(asked))
        case {"tree": tuple()}:
            return ("bulk order: consents to every order in a tree of them at once",)
        case _:
            return ()


def _item(contract: Contract, item: Value) -> str:
    if not isinstance(item, Mapping):
        return "an item in an unknown form"
    to = item.get("recipient")
    return _asset(contract, item) + (f" to {spell_address(to)}" if isinstance(to, bytes) else "")


def _asset(contract: Contract, item: Message) -> str:
    match item:
        case {
            "itemType": int(kind),
            "token": bytes(token),
            "identifierOrCriteria": int(number),
            "startAmount": int(start),
            "endAmount": int(end),
        }:
            units = min(start, end)
            if kind == 0:
                return contract.coins(units)
            if kind == 1:
                return amount_of_token(contract, token, units)
            name = _ITEM_TYPES[kind] if kind < len(_ITEM_TYPES) else "unknown kind"
            return f"{units:,} of {name} {spell_address(token)} number {number}"
        case _:
            return "an item in an unknown form"


_SIDES = (
    ("sellToken", "sellAmount", "buyToken", "buyAmount"),
    ("makerAsset", "makingAmount", "takerAsset", "takingAmount"),
    ("makerToken", "makerAmount", "takerToken", "takerAmount"),
    ("makerAsset", "makerAmount", "takerAsset", "takerAmount"),
    ("inputToken", "inputAmount", "outputToken", "outputAmount"),
    ("offerer_token", "offerer_amount", "bid_token", "bid_amount"),
)
"""How exchanges name what an order gives and takes (CoW, 1inch, 0x)."""


def exchange_order(contract: Contract, message: Message) -> Clauses:
    """Orders of exchanges for tokens."""
    for names in _SIDES:
        match tuple(message.get(name) for name in names):
            case (bytes(given), int(amount), bytes(taken), int(least)):
                offered = amount_of_token(contract, given, amount)
                wanted = amount_of_token(contract, taken, least)
                return (f"order: offers {offered} for {wanted}{_received(message)}",)
            case _:
                continue
    if "maker" in message and ("makeAsset" in message or "calldata" in message):
        return ("order: offers assets on an exchange, in a form that is not explained here",)
    return ()


def _received(message: Message) -> str:
    receiver = message.get("receiver")
    if not isinstance(receiver, bytes) or not any(receiver):
        return ""
    return f" to {spell_address(receiver)}"
