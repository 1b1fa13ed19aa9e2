"""Types of contract that are never signed, and what each would do, as a table of sentences.

Source: java-tron, protocol buffers of `core/Tron.proto` and `core/contract`. Nothing here makes a
transaction acceptable: a type that is missing is refused all the same, only with less said.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from appliance.chains.tron.words import (
    account,
    beneficiary,
    code,
    number,
    resource,
    token,
    trx,
    words,
)
from appliance.codecs.protobuf import Field, Message, Scalar

Shown = Callable[[Any], str]

_KINDS: dict[str, tuple[Scalar, Shown]] = {
    "account": (Scalar.BYTES, account),
    "beneficiary": (Scalar.BYTES, beneficiary),
    "code": (Scalar.BYTES, code),
    "flag": (Scalar.BOOL, str),
    "number": (Scalar.INT64, number),
    "resource": (Scalar.INT32, resource),
    "text": (Scalar.BYTES, words),
    "token": (Scalar.BYTES, token),
    "trx": (Scalar.INT64, trx),
}
"""How a field is read, and how it is shown."""


@dataclass(frozen=True, slots=True)
class Operation:
    """A type of contract: its message, and a sentence with the names of fields in braces."""

    name: str
    message: Message
    sentence: str
    shown: Mapping[str, Shown]
    """How each field is written, by its name."""


def _operation(name: str, fields: str, sentence: str) -> Operation:
    """Read a row: fields are `number name kind`, separated by commas."""
    rows = [row.split() for row in fields.split(",")]
    columns = tuple(Field(int(at), each, _KINDS[kind][0]) for at, each, kind in rows)
    shown = {each: _KINDS[kind][1] for _, each, kind in rows}
    return Operation(name, Message(name, columns), sentence, shown)


_OWNER = "1 owner account"
_STAKE = f"{_OWNER}, 2 balance trx, 3 resource resource"
_EXCHANGE = f"{_OWNER}, 2 exchange number, 3 token token, 4 quantity number"

OPERATIONS: dict[int, Operation] = {
    0: _operation(
        "AccountCreateContract",
        f"{_OWNER}, 2 created account, 3 type number",
        "creates the account {created}",
    ),
    1: _operation(
        "TransferContract",
        f"{_OWNER}, 2 to account, 3 amount trx",
        "transfers {amount} to {to}",
    ),
    2: _operation(
        "TransferAssetContract",
        "1 token token, 2 owner account, 3 to account, 4 amount number",
        "transfers {amount} base units of {token} to {to}",
    ),
    5: _operation(
        "WitnessCreateContract",
        f"{_OWNER}, 2 url text",
        "makes the account a candidate for super representative with the page {url}",
    ),
    6: _operation(
        "AssetIssueContract",
        f"{_OWNER}, 2 name text, 3 abbreviation text, 4 supply number",
        "issues the TRC-10 token {name} with a supply of {supply} base units",
    ),
    8: _operation(
        "WitnessUpdateContract",
        f"{_OWNER}, 12 url text",
        "changes the super representative's page to {url}",
    ),
    9: _operation(
        "ParticipateAssetIssueContract",
        f"{_OWNER}, 2 to account, 3 token token, 4 amount trx",
        "pays {amount} to {to} for {token}",
    ),
    10: _operation(
        "AccountUpdateContract",
        "1 name text, 2 owner account",
        "names the account {name}",
    ),
    11: _operation(
        "FreezeBalanceContract",
        f"{_OWNER}, 2 balance trx, 3 days number, 10 resource resource, 15 receiver beneficiary",
        "freezes {balance} for {days} days for {resource}, which goes to {receiver}",
    ),
    12: _operation(
        "UnfreezeBalanceContract",
        f"{_OWNER}, 10 resource resource, 15 receiver beneficiary",
        "unfreezes what was frozen for {resource} of {receiver}",
    ),
    13: _operation("WithdrawBalanceContract", _OWNER, "withdraws the rewards of {owner}"),
    14: _operation("UnfreezeAssetContract", _OWNER, "unfreezes the TRC-10 supply of {owner}"),
    15: _operation(
        "UpdateAssetContract",
        f"{_OWNER}, 2 description text, 3 url text, 4 limit number, 5 public number",
        "changes the TRC-10 token of {owner}: page {url}, bandwidth limits {limit} and {public}",
    ),
    16: _operation(
        "ProposalCreateContract", _OWNER, "proposes new parameters of the network by {owner}"
    ),
    17: _operation(
        "ProposalApproveContract",
        f"{_OWNER}, 2 proposal number, 3 approve flag",
        "sets the approval of proposal {proposal} to {approve}",
    ),
    18: _operation(
        "ProposalDeleteContract", f"{_OWNER}, 2 proposal number", "deletes proposal {proposal}"
    ),
    19: _operation(
        "SetAccountIdContract", "1 id text, 2 owner account", "gives the account the id {id}"
    ),
    33: _operation(
        "UpdateSettingContract",
        f"{_OWNER}, 2 contract account, 3 percent number",
        "makes callers of the contract {contract} pay {percent} % of its energy",
    ),
    41: _operation(
        "ExchangeCreateContract",
        f"{_OWNER}, 2 first token, 3 first_balance number, 4 second token, 5 second_balance number",
        "makes an exchange of {first_balance} base units of {first} "
        "and {second_balance} base units of {second}",
    ),
    42: _operation(
        "ExchangeInjectContract",
        _EXCHANGE,
        "puts {quantity} base units of {token} into exchange {exchange}",
    ),
    43: _operation(
        "ExchangeWithdrawContract",
        _EXCHANGE,
        "takes {quantity} base units of {token} out of exchange {exchange}",
    ),
    44: _operation(
        "ExchangeTransactionContract",
        f"{_EXCHANGE}, 5 expected number",
        "sells {quantity} base units of {token} on exchange {exchange} "
        "for at least {expected} base units",
    ),
    45: _operation(
        "UpdateEnergyLimitContract",
        f"{_OWNER}, 2 contract account, 3 limit number",
        "lets callers of the contract {contract} use up to {limit} energy of the account",
    ),
    48: _operation(
        "ClearABIContract",
        f"{_OWNER}, 2 contract account",
        "clears the interface of the contract {contract}",
    ),
    49: _operation(
        "UpdateBrokerageContract",
        f"{_OWNER}, 2 percent number",
        "sets the super representative's share to {percent} %",
    ),
    51: _operation(
        "ShieldedTransferContract",
        "1 owner account, 2 amount trx, 6 to account, 7 out trx",
        "moves {amount} of {owner} into the shielded pool, and {out} out of it to {to}",
    ),
    52: _operation(
        "MarketSellAssetContract",
        f"{_OWNER}, 2 sold token, 3 quantity number, 4 bought token, 5 least number",
        "sells {quantity} base units of {sold} for at least {least} base units of {bought}",
    ),
    53: _operation(
        "MarketCancelOrderContract", f"{_OWNER}, 2 order code", "cancels market order {order}"
    ),
    54: _operation("FreezeBalanceV2Contract", _STAKE, "freezes {balance} for {resource}"),
    55: _operation(
        "UnfreezeBalanceV2Contract", _STAKE, "unfreezes {balance} staked for {resource}"
    ),
    56: _operation(
        "WithdrawExpireUnfreezeContract", _OWNER, "withdraws the unfrozen TRX of {owner}"
    ),
    58: _operation(
        "UnDelegateResourceContract",
        f"{_OWNER}, 2 resource resource, 3 balance trx, 4 receiver account",
        "takes back the {resource} of {balance} delegated to {receiver}",
    ),
    59: _operation(
        "CancelAllUnfreezeV2Contract", _OWNER, "freezes again all that {owner} is unfreezing"
    ),
}
"""The types whose parameters are read, by their numbers."""
