"""TRON transactions for both readers: written by tronpy's protobuf, and by hand."""

from collections.abc import Iterator
from random import Random
from typing import Any

import base58
from coincurve import PrivateKey
from Crypto.Hash import keccak
from tronpy.proto import tron_pb2 as proto

from appliance.chains.interface import Registered
from appliance.wire.epochs import Token, TronAccount
from appliance.wire.terms import Chain
from tests.agreement.seeded import Item

OWNER, CLIENT, TOKEN = (bytes([0x41]) + bytes([fill]) * 20 for fill in (1, 2, 3))
SELECTOR = bytes.fromhex("a9059cbb")
MOST = (1 << 63) - 1
WORD = (7).to_bytes(32)


def text(address: bytes) -> str:
    return base58.b58encode_check(address).decode()


def contract(message: Any, permission: int = 0, kind: int | None = None) -> Any:
    built = proto.Transaction.Contract()
    built.type = {"TransferContract": 1}.get(type(message).__name__, 31) if kind is None else kind
    built.parameter.Pack(message)
    built.Permission_id = permission
    return built


def raw(*contracts: Any, **head: Any) -> Any:
    fields = {"ref_block_bytes": b"\x12\x34", "ref_block_hash": b"\x56" * 8, "expiration": 1}
    return proto.Transaction.raw(contract=contracts, **{**fields, **head})


def transfer(amount: int = 25, to: bytes = CLIENT, owner: bytes = OWNER) -> Any:
    return proto.TransferContract(owner_address=owner, to_address=to, amount=amount)


def calldata(to: bytes = CLIENT, amount: int = 7) -> bytes:
    return SELECTOR + bytes(12) + to[1:] + amount.to_bytes(32)


def trigger(data: bytes, **others: Any) -> Any:
    return proto.TriggerSmartContract(
        **{"owner_address": OWNER, "contract_address": TOKEN, "data": data, **others}
    )


def with_field(name: str) -> Any:
    """A transfer with a field that is of no use."""
    built = contract(transfer())
    setattr(built, name, b"x")
    return built


PLAIN: bytes = raw(contract(transfer())).SerializeToString()
CALL: bytes = raw(contract(trigger(calldata())), fee_limit=30_000_000).SerializeToString()


UNSUPPORTED: dict[str, Any] = {
    "two contracts": raw(contract(transfer()), contract(transfer())),
    "no contract": raw(),
    "a name of another contract": raw(contract(transfer(), kind=2)),
    "a type of another contract": raw(contract(transfer(), kind=31)),
    "a call said to be a transfer": raw(contract(trigger(calldata()), kind=1)),
    "a token of the chain's own": raw(
        contract(
            proto.TransferAssetContract(
                asset_name=b"1000001", owner_address=OWNER, to_address=CLIENT, amount=1
            ),
            kind=2,
        )
    ),
    "a call that pays coins": raw(contract(trigger(calldata(), call_value=1))),
    "a call that pays a token": raw(contract(trigger(calldata(), call_token_value=1))),
    "a call that names a token": raw(contract(trigger(calldata(), token_id=1_000_001))),
    "approve": raw(contract(trigger(bytes.fromhex("095ea7b3") + calldata()[4:]))),
    "transferFrom": raw(contract(trigger(bytes.fromhex("23b872dd") + calldata()[4:] + bytes(32)))),
    "a recipient with its prefix": raw(contract(trigger(SELECTOR + bytes(11) + CLIENT + WORD))),
    "dirty padding": raw(contract(trigger(SELECTOR + b"\1" + bytes(11) + CLIENT[1:] + WORD))),
    "calldata too long": raw(contract(trigger(calldata() + b"\0"))),
    "calldata too short": raw(contract(trigger(calldata()[:-1]))),
    "no calldata": raw(contract(trigger(b""))),
    "permission 10": raw(contract(transfer(), permission=10)),
    "a reference to a block by number": raw(contract(transfer()), ref_block_num=1),
    "a provider": raw(with_field("provider")),
    "a name of the contract": raw(with_field("ContractName")),
    "authorities": raw(contract(transfer()), auths=[proto.authority()]),
    "scripts": raw(contract(transfer()), scripts=b"\1"),
}


MALFORMED: dict[str, Any] = {
    "no reference to a block": raw(contract(transfer()), ref_block_bytes=b""),
    "a long reference to a block": raw(contract(transfer()), ref_block_bytes=b"\1\2\3"),
    "a short hash of a block": raw(contract(transfer()), ref_block_hash=bytes(7)),
    "no expiration": raw(contract(transfer()), expiration=0),
    "negative expiration": raw(contract(transfer()), expiration=-1),
    "negative timestamp": raw(contract(transfer()), timestamp=-1),
    "negative fee limit": raw(contract(transfer()), fee_limit=-1),
    "negative amount": raw(contract(transfer(-1))),
    "the most negative amount": raw(contract(transfer(-(1 << 63)))),
    "negative permission": raw(contract(transfer(), permission=-1)),
    "no owner": raw(contract(transfer(owner=b""))),
    "no destination": raw(contract(transfer(to=b""))),
    "a short destination": raw(contract(transfer(to=CLIENT[:20]))),
    "a long destination": raw(contract(transfer(to=CLIENT + b"\0"))),
    "a destination on a test network": raw(contract(transfer(to=b"\xa0" + CLIENT[1:]))),
    "an owner of another network": raw(contract(transfer(owner=b"\x00" + OWNER[1:]))),
    "a call of nothing": raw(contract(trigger(calldata(), contract_address=b""))),
}


def field(number: int, payload: bytes) -> bytes:
    """Write a field of bytes shorter than 128."""
    return bytes([number << 3 | 2, len(payload)]) + payload


HEAD: bytes = PLAIN[: PLAIN.index(b"\x5a")]


def by_hand(message: bytes, kind: bytes = b"\x08\x01", tail: bytes = b"") -> bytes:
    any_ = field(1, b"type.googleapis.com/protocol.TransferContract") + field(2, message)
    return HEAD + field(11, kind + field(2, any_) + tail)


MESSAGE = field(1, OWNER) + field(2, CLIENT) + b"\x18\x19"
BY_HAND: dict[str, bytes] = {
    "a field after the last": PLAIN + b"\x9a\x01\x01x",
    "a byte after the last": PLAIN + b"\0",
    "a field repeated": HEAD[:4] + PLAIN,
    "a field out of order": HEAD[4:14] + HEAD[:4] + HEAD[14:] + PLAIN[len(HEAD) :],
    "an amount repeated": by_hand(MESSAGE + b"\x18\x1a"),
    "a destination repeated": by_hand(field(1, OWNER) + field(2, CLIENT) + MESSAGE[23:]),
    "an amount before the destination": by_hand(field(1, OWNER) + b"\x18\x19" + field(2, CLIENT)),
    "an amount of zero written": by_hand(MESSAGE[:-1] + b"\0"),
    "a padded amount": by_hand(MESSAGE[:-1] + b"\x99\0"),
    "an amount of ten bytes": by_hand(MESSAGE[:-1] + b"\x99" + b"\x80" * 8 + b"\x01"),
    "an amount that never ends": by_hand(MESSAGE[:-1] + b"\xff" * 30),
    "an amount of eight fixed bytes": by_hand(MESSAGE[:-2] + b"\x19" + bytes(8)),
    "a padded tag": by_hand(MESSAGE[:-2] + b"\x98\0\x19"),
    "a padded length": by_hand(b"\x0a\x95\0" + MESSAGE[2:]),
    "a length beyond its message": by_hand(MESSAGE[:23] + b"\x12\x7f" + CLIENT + b"\x18\x19"),
    "a length of 63 bits": HEAD + b"\x5a" + b"\xff" * 8 + b"\x7f" + PLAIN[len(HEAD) + 2 :],
    "an unknown field in the message": by_hand(MESSAGE + b"\x20\x01"),
    "an unknown field in the contract": by_hand(MESSAGE, tail=b"\x30\x01"),
    "a permission of zero written": by_hand(MESSAGE, tail=b"\x28\0"),
    "a padded type": by_hand(MESSAGE, kind=b"\x08\x81\0"),
    "an empty memo written": HEAD + b"\x52\0" + PLAIN[len(HEAD) :],
    "a group": HEAD + b"\x53\x54" + PLAIN[len(HEAD) :],
    "nothing": b"",
}


_RANDOM = Random(195)


def _account(secret: int, permission: int) -> tuple[bytes, TronAccount]:
    point = PrivateKey.from_int(secret).public_key
    digest = keccak.new(data=point.format(compressed=False)[1:], digest_bits=256).digest()
    address = b"\x41" + digest[-20:]
    name, key = f"trx-{permission}", point.format()
    return address, TronAccount(name, "mainnet", text(address), key, permission)


_ACCOUNTS = [_account(secret, permission) for secret, permission in ((5, 0), (6, 2), (7, 9))]
_TOKENS = [b"\x41" + _RANDOM.randbytes(20) for _ in range(3)] + [TOKEN]
REGISTERED = Registered(
    accounts=(
        TronAccount("by hand", "mainnet", text(OWNER), None, 0),
        *(account for _, account in _ACCOUNTS),
    ),
    tokens=tuple(
        Token(Chain.TRON, "mainnet", text(contract), f"TOKEN{place}", 6)
        for place, contract in enumerate(_TOKENS)
    ),
)
_AMOUNTS = (1, 127, 128, 1 << 14, 1 << 31, 1 << 32, 10**15, 1 << 56, MOST)
_WORDS = (*_AMOUNTS, 1 << 63, 1 << 64, 1 << 128, (1 << 256) - 1)


def _closed_by_zero() -> bytes:
    """An address whose checksum ends with a zero byte."""
    found = (b"\x41" + number.to_bytes(20) for number in range(1 << 20))
    return next(each for each in found if base58.b58decode(text(each))[-1] == 0)


_CLOSED_BY_ZERO = _closed_by_zero()


def _destination() -> bytes:
    if _RANDOM.random() < 0.05:
        return _CLOSED_BY_ZERO
    zeros = _RANDOM.choice((0, 0, 0, 1, 8, 19))
    return b"\x41" + bytes(zeros) + _RANDOM.randbytes(20 - zeros)


def _contract(owner: bytes, permission: int) -> Any:
    contract = proto.Transaction.Contract(Permission_id=permission)
    to = _destination()
    if _RANDOM.random() < 0.5:
        amount = _RANDOM.choice((*_AMOUNTS, _RANDOM.randrange(1, MOST)))
        contract.type = 1
        contract.parameter.Pack(
            proto.TransferContract(owner_address=owner, to_address=to, amount=amount)
        )
        return contract
    word = _RANDOM.choice((*_WORDS, _RANDOM.randrange(1, 1 << 256)))
    contract.type = 31
    contract.parameter.Pack(
        proto.TriggerSmartContract(
            owner_address=owner,
            contract_address=_RANDOM.choice(_TOKENS),
            data=bytes.fromhex("a9059cbb") + bytes(12) + to[1:] + word.to_bytes(32),
        )
    )
    return contract


def _transaction() -> bytes:
    owner, account = _RANDOM.choice(_ACCOUNTS)
    contract = _contract(owner, account.permission_id)
    memo = _RANDOM.choice((b"", b"", b"x", b"order 7", b"m" * 127, b"m" * 128, b"m" * 200))
    fees = (0, 1, 127, 128, 1 << 32, 30_000_000, 100_000_000, MOST)
    raw = proto.Transaction.raw(
        ref_block_bytes=_RANDOM.randbytes(2),
        ref_block_hash=_RANDOM.randbytes(8),
        expiration=_RANDOM.choice((1_762_500_060_000, 1_800_000_000_000)),
        timestamp=_RANDOM.choice((0, 1_762_500_000_000)),
        data=memo,
        contract=[contract],
        fee_limit=_RANDOM.choice(fees),
    )
    return bytes(raw.SerializeToString())


def corpus() -> Iterator[Item]:
    for place in range(240):
        yield Item(f"transaction {place}", _transaction(), REGISTERED)
    for what, message in {**UNSUPPORTED, **MALFORMED}.items():
        yield Item(what, message.SerializeToString(), REGISTERED, cleared=False)
    for what, data in BY_HAND.items():
        yield Item(what, data, REGISTERED, cleared=False)
