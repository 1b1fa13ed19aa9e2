"""The accounts, tokens and transactions that these tests are about.

Transactions are written with Google's protocol buffers: with tronpy's generated classes where it
has them, and with messages declared here after java-tron's definitions otherwise. So what the
appliance reads was not written by the appliance.
"""

from typing import Any

import base58
from coincurve import PrivateKey
from google.protobuf import (
    any_pb2,
    descriptor_pb2,
    descriptor_pool,
    message_factory,
)
from tronpy.proto import tron_pb2

from appliance.chains.interface import Registered
from appliance.chains.tron.room import ROOM
from appliance.model.transaction import DecodedTransaction
from appliance.wire.epochs import Token, TronAccount
from appliance.wire.messages import Finding
from appliance.wire.terms import Chain, Severity

PUBLIC_KEY = PrivateKey(b"\x46" * 32).public_key.format()
SOURCE = "TQLCsShbQNXMTVCjprY64qZmEA4rBarpQp"
CLIENT = "THetzxLqDXbhmvW3wunMNM9zEvyyVjbFVC"
STRANGER = "TTm2n7mcCtY8yFdmibozusxax6KJdg5xYm"
USDT = "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"

ACCOUNT = TronAccount("trx", "mainnet", SOURCE, PUBLIC_KEY, 0)
TOKENS = (Token(Chain.TRON, "mainnet", USDT, "USDT", 6),)
URL = "type.googleapis.com/protocol."
SUN = 10**6

RAW: dict[str, Any] = {
    "ref_block_bytes": bytes.fromhex("e942"),
    "ref_block_hash": bytes.fromhex("6394747da9fee421"),
    "expiration": 1_762_500_060_000,
    "timestamp": 1_762_500_000_000,
}

# Number, name and type of each field; a type in capitals is a message of this table.
_DECLARED = {
    "Key": "1 address bytes, 2 weight int64",
    "Permission": "1 type int32, 2 id int32, 3 permission_name string, 4 threshold int64, "
    "5 parent_id int32, 6 operations bytes, 7 keys *Key",
    "Vote": "1 vote_address bytes, 2 vote_count int64",
    "SmartContract": "1 origin_address bytes, 4 bytecode bytes, 5 call_value int64, 7 name string",
    "VoteAssetContract": "1 owner_address bytes, 2 vote_address *bytes, 3 support bool, "
    "5 count int32",
    "VoteWitnessContract": "1 owner_address bytes, 2 votes *Vote, 3 support bool",
    "WitnessCreateContract": "1 owner_address bytes, 2 url bytes",
    "AssetIssueContract": "1 owner_address bytes, 2 name bytes, 3 abbr bytes, 4 total_supply int64",
    "WitnessUpdateContract": "1 owner_address bytes, 12 update_url bytes",
    "ParticipateAssetIssueContract": "1 owner_address bytes, 2 to_address bytes, "
    "3 asset_name bytes, 4 amount int64",
    "AccountUpdateContract": "1 account_name bytes, 2 owner_address bytes",
    "FreezeBalanceContract": "1 owner_address bytes, 2 frozen_balance int64, "
    "3 frozen_duration int64, 10 resource int32, 15 receiver_address bytes",
    "UnfreezeBalanceContract": "1 owner_address bytes, 10 resource int32, "
    "15 receiver_address bytes",
    "WithdrawBalanceContract": "1 owner_address bytes",
    "UnfreezeAssetContract": "1 owner_address bytes",
    "UpdateAssetContract": "1 owner_address bytes, 2 description bytes, 3 url bytes, "
    "4 new_limit int64, 5 new_public_limit int64",
    "Parameter": "1 key int64, 2 value int64",
    "ProposalCreateContract": "1 owner_address bytes, 2 parameters *Parameter",
    "ProposalApproveContract": "1 owner_address bytes, 2 proposal_id int64, 3 is_add_approval bool",
    "ProposalDeleteContract": "1 owner_address bytes, 2 proposal_id int64",
    "SetAccountIdContract": "1 account_id bytes, 2 owner_address bytes",
    "CreateSmartContract": "1 owner_address bytes, 2 new_contract SmartContract, "
    "3 call_token_value int64, 4 token_id int64",
    "UpdateSettingContract": "1 owner_address bytes, 2 contract_address bytes, "
    "3 consume_user_resource_percent int64",
    "ExchangeCreateContract": "1 owner_address bytes, 2 first_token_id bytes, "
    "3 first_token_balance int64, 4 second_token_id bytes, 5 second_token_balance int64",
    "ExchangeInjectContract": "1 owner_address bytes, 2 exchange_id int64, 3 token_id bytes, "
    "4 quant int64",
    "ExchangeWithdrawContract": "1 owner_address bytes, 2 exchange_id int64, 3 token_id bytes, "
    "4 quant int64",
    "ExchangeTransactionContract": "1 owner_address bytes, 2 exchange_id int64, 3 token_id bytes, "
    "4 quant int64, 5 expected int64",
    "UpdateEnergyLimitContract": "1 owner_address bytes, 2 contract_address bytes, "
    "3 origin_energy_limit int64",
    "AccountPermissionUpdateContract": "1 owner_address bytes, 2 owner Permission, "
    "3 witness Permission, 4 actives *Permission",
    "ClearABIContract": "1 owner_address bytes, 2 contract_address bytes",
    "UpdateBrokerageContract": "1 owner_address bytes, 2 brokerage int32",
    "ShieldedTransferContract": "1 transparent_from_address bytes, 2 from_amount int64, "
    "6 transparent_to_address bytes, 7 to_amount int64",
    "MarketSellAssetContract": "1 owner_address bytes, 2 sell_token_id bytes, "
    "3 sell_token_quantity int64, 4 buy_token_id bytes, 5 buy_token_quantity int64",
    "MarketCancelOrderContract": "1 owner_address bytes, 2 order_id bytes",
    "FreezeBalanceV2Contract": "1 owner_address bytes, 2 frozen_balance int64, 3 resource int32",
    "UnfreezeBalanceV2Contract": "1 owner_address bytes, 2 unfreeze_balance int64, "
    "3 resource int32",
    "WithdrawExpireUnfreezeContract": "1 owner_address bytes",
    "DelegateResourceContract": "1 owner_address bytes, 2 resource int32, 3 balance int64, "
    "4 receiver_address bytes, 5 lock bool, 6 lock_period int64",
    "UnDelegateResourceContract": "1 owner_address bytes, 2 resource int32, 3 balance int64, "
    "4 receiver_address bytes",
    "CancelAllUnfreezeV2Contract": "1 owner_address bytes",
}
NUMBERS = {
    "AccountCreateContract": 0,
    "TransferContract": 1,
    "TransferAssetContract": 2,
    "VoteAssetContract": 3,
    "VoteWitnessContract": 4,
    "WitnessCreateContract": 5,
    "AssetIssueContract": 6,
    "WitnessUpdateContract": 8,
    "ParticipateAssetIssueContract": 9,
    "AccountUpdateContract": 10,
    "FreezeBalanceContract": 11,
    "UnfreezeBalanceContract": 12,
    "WithdrawBalanceContract": 13,
    "UnfreezeAssetContract": 14,
    "UpdateAssetContract": 15,
    "ProposalCreateContract": 16,
    "ProposalApproveContract": 17,
    "ProposalDeleteContract": 18,
    "SetAccountIdContract": 19,
    "CustomContract": 20,
    "CreateSmartContract": 30,
    "TriggerSmartContract": 31,
    "GetContract": 32,
    "UpdateSettingContract": 33,
    "ExchangeCreateContract": 41,
    "ExchangeInjectContract": 42,
    "ExchangeWithdrawContract": 43,
    "ExchangeTransactionContract": 44,
    "UpdateEnergyLimitContract": 45,
    "AccountPermissionUpdateContract": 46,
    "ClearABIContract": 48,
    "UpdateBrokerageContract": 49,
    "ShieldedTransferContract": 51,
    "MarketSellAssetContract": 52,
    "MarketCancelOrderContract": 53,
    "FreezeBalanceV2Contract": 54,
    "UnfreezeBalanceV2Contract": 55,
    "WithdrawExpireUnfreezeContract": 56,
    "DelegateResourceContract": 57,
    "UnDelegateResourceContract": 58,
    "CancelAllUnfreezeV2Contract": 59,
}
"""Every type of contract that java-tron numbers."""


def _declare() -> dict[str, Any]:
    field = descriptor_pb2.FieldDescriptorProto
    types = {
        "bytes": field.TYPE_BYTES,
        "string": field.TYPE_STRING,
        "bool": field.TYPE_BOOL,
        "int32": field.TYPE_INT32,
        "int64": field.TYPE_INT64,
    }
    file = descriptor_pb2.FileDescriptorProto(name="d.proto", package="declared", syntax="proto3")
    for name, fields in _DECLARED.items():
        message = file.message_type.add(name=name)
        for row in fields.split(", "):
            number, label, kind = row.split()
            one = message.field.add(name=label, number=int(number), label=field.LABEL_OPTIONAL)
            if kind.startswith("*"):
                one.label = field.LABEL_REPEATED
            kind = kind.removeprefix("*")
            if kind in types:
                one.type = types[kind]
            else:
                one.type, one.type_name = field.TYPE_MESSAGE, f".declared.{kind}"
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return {
        name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"declared.{name}"))
        for name in _DECLARED
    }


_CLASSES = _declare() | {
    name: getattr(tron_pb2, name)
    for name in (
        "AccountCreateContract",
        "TransferContract",
        "TransferAssetContract",
        "TriggerSmartContract",
    )
}


def address(text: str) -> bytes:
    data: bytes = base58.b58decode_check(text)
    return data


def message(name: str, /, **fields: Any) -> Any:
    """Make a message of any declared type; addresses may be given as text."""
    known = {each.name: each for each in _CLASSES[name].DESCRIPTOR.fields}
    ready = {
        label: address(value)
        if isinstance(value, str) and known[label].type == known[label].TYPE_BYTES
        else value
        for label, value in fields.items()
    }
    return _CLASSES[name](**ready)


def contract(
    name: str, value: bytes, *, number: int | None = None, url: str | None = None, **fields: Any
) -> Any:
    """Wrap a parameter as a Contract."""
    parameter = any_pb2.Any(type_url=URL + name if url is None else url, value=value)
    kind = NUMBERS[name] if number is None else number
    return tron_pb2.Transaction.Contract(type=kind, parameter=parameter, **fields)


def raw(*contracts: Any, **changes: Any) -> bytes:
    """Serialize raw data of these contracts, with some fields changed."""
    data: bytes = tron_pb2.Transaction.raw(
        contract=contracts, **{**RAW, **changes}
    ).SerializeToString(deterministic=True)
    return data


def raw_of(whole: bytes) -> bytes:
    """Return the raw data in a whole transaction."""
    data: bytes = tron_pb2.Transaction.FromString(whole).raw_data.SerializeToString()
    return data


def operation(name: str, /, **fields: Any) -> bytes:
    """A transaction of any type of contract."""
    return raw(contract(name, message(name, **fields).SerializeToString()))


def transfer_contract(owner: str = SOURCE, to: str = CLIENT, amount: int = 25 * SUN) -> Any:
    value = message("TransferContract", owner_address=owner, to_address=to, amount=amount)
    return contract("TransferContract", value.SerializeToString())


def transfer(
    owner: str = SOURCE, to: str = CLIENT, amount: int = 25 * SUN, **changes: Any
) -> bytes:
    """A transfer of 25 TRX to the client, with some fields of the raw data changed."""
    return raw(transfer_contract(owner, to, amount), **changes)


def calldata(to: str = CLIENT, amount: int = 10**9, padding: bytes = bytes(12)) -> bytes:
    """TRC-20 calldata of a transfer."""
    return bytes.fromhex("a9059cbb") + padding + address(to)[1:] + amount.to_bytes(32, "big")


def trigger_contract(data: bytes, token: str = USDT, owner: str = SOURCE, **fields: Any) -> Any:
    value = message(
        "TriggerSmartContract", owner_address=owner, contract_address=token, data=data, **fields
    )
    return contract("TriggerSmartContract", value.SerializeToString())


def call(data: bytes | None = None, token: str = USDT, **fields: Any) -> bytes:
    """A call of the token's contract: a transfer of 1,000 USDT to the client, if not told else."""
    shown = calldata() if data is None else data
    return raw(trigger_contract(shown, token, **fields), fee_limit=30 * SUN)


decode_with = ROOM.decoder
decoder = ROOM.decoder(Registered((ACCOUNT,), TOKENS))


def decode(data: bytes) -> DecodedTransaction:
    return decoder(data, None)


def refusals(transaction: DecodedTransaction) -> list[Finding]:
    return [each for each in transaction.findings if each.severity is Severity.REFUSE]


def rules(transaction: DecodedTransaction) -> set[str]:
    return {each.rule for each in refusals(transaction)}


def says(transaction: DecodedTransaction) -> str:
    return "; ".join(each.message for each in transaction.findings)
