"""TRON: written and read back by protocol buffers, hashed by hashlib, spelled by base58."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from random import Random
from typing import Any

from coincurve import PrivateKey
from Crypto.Hash import keccak
from tronpy.proto import tron_pb2 as proto

from appliance.model.rule import Rule
from appliance.policy.standing import decoders
from appliance.wire.epochs import Token, TronAccount
from appliance.wire.terms import Chain
from tests.agreement.tron_corpus import MOST, SELECTOR, contract, text
from tests.differential.case import Case, Paid, Stated, compared, endless

EDGES = (1, 127, 128, 1 << 14, 1 << 31, 1 << 32, 10**15, 1 << 56, MOST)
NETWORKS = ("mainnet", "nile", "shasta")
BLOCK, START = 3_000, 1_600_000_000_000
"""Milliseconds: between blocks, and of some day in the past."""


@dataclass(frozen=True, slots=True)
class Wallet:
    account: TronAccount
    owner: bytes
    public_key: bytes


def _secret(name: str) -> bytes:
    return sha256(name.encode()).digest()


def _wallet(number: int) -> Wallet:
    """Two accounts in each network, and one that signs under another permission."""
    point = PrivateKey(_secret(f"tron {number}")).public_key
    hashed = keccak.new(data=point.format(compressed=False)[1:], digest_bits=256).digest()
    owner, public_key = b"\x41" + hashed[-20:], point.format()
    permission, network = (0, 0, 2, 9)[number % 4], NETWORKS[number % 3]
    account = TronAccount(f"trx-{number}", network, text(owner), public_key, permission)
    return Wallet(account, owner, public_key)


WALLETS = tuple(map(_wallet, range(8)))
CONTRACTS = {b"\x41" + _secret(f"tron token {n}")[:20]: (f"TOKEN{n}", n * 6) for n in range(4)}
TOKENS = tuple(
    Token(Chain.TRON, network, text(address), symbol, decimals)
    for network in NETWORKS
    for address, (symbol, decimals) in CONTRACTS.items()
)
DECODER = decoders(tuple(each.account for each in WALLETS), TOKENS, ())[Chain.TRON]


def cases(seed: int) -> Iterator[Case]:
    return endless("tron", seed, _legal, _illegal)


def compare(case: Case) -> list[str]:
    return compared(case, DECODER)


def _below(dice: Random, limit: int) -> int:
    edge, bits = dice.choice(EDGES), dice.randrange(1, limit.bit_length() + 1)
    return (edge if dice.random() < 0.3 else dice.getrandbits(bits)) % (limit - 1) + 1


def _address(dice: Random) -> bytes:
    zeros = dice.choice((0, 0, 0, 1, 8, 19))
    return b"\x41" + bytes(zeros) + dice.randbytes(19 - zeros) + bytes((dice.randrange(1, 256),))


def _calldata(to: bytes, amount: int) -> bytes:
    return SELECTOR + bytes(12) + to[1:] + amount.to_bytes(32, "big")


def _coins(dice: Random, wallet: Wallet) -> Any:
    amount = _below(dice, 1 << 63)
    return proto.TransferContract(
        owner_address=wallet.owner, to_address=_address(dice), amount=amount
    )


def _tokens(dice: Random, wallet: Wallet) -> Any:
    return proto.TriggerSmartContract(
        owner_address=wallet.owner,
        contract_address=dice.choice(tuple(CONTRACTS)),
        data=_calldata(_address(dice), _below(dice, 1 << 256)),
    )


def _memo(dice: Random) -> bytes:
    size = dice.choice((1, 16, 127, 128, 1024, dice.randrange(1, 1025)))
    return dice.choice((b"", b"", b"order 7", dice.randbytes(size), b"m" * size))


def _head(dice: Random) -> dict[str, Any]:
    timestamp = dice.choice((0, START + dice.randrange(10**12)))
    until = dice.choice((timestamp + 1, timestamp + 60_000, MOST, START + dice.randrange(10**13)))
    return {
        "ref_block_bytes": dice.randbytes(2),
        "ref_block_hash": dice.randbytes(8),
        "timestamp": timestamp,
        "expiration": max(until, timestamp + 1),
        "data": _memo(dice),
        "fee_limit": dice.choice((0, 1, 30_000_000, _below(dice, 1 << 63), MOST)),
    }


def _legal(dice: Random) -> Case:
    wallet = dice.choice(WALLETS)
    message = dice.choice((_coins, _tokens))(dice, wallet)
    built = contract(message, wallet.account.permission_id)
    data = bytes(proto.Transaction.raw(contract=[built], **_head(dice)).SerializeToString())
    return Case(type(message).__name__, data, _stated(data, wallet))


def _stated(data: bytes, wallet: Wallet) -> Stated:
    """What the protocol buffers read in the bytes."""
    raw = proto.Transaction.raw.FromString(data)
    (only,) = raw.contract
    is_coins, txid = only.type == 1, sha256(data).digest()
    message = (proto.TransferContract if is_coins else proto.TriggerSmartContract)()
    only.parameter.Unpack(message)
    call = b"" if is_coins else bytes(message.data)
    sized = len(call).to_bytes(32, "big") + call
    return Stated(
        network=wallet.account.network,
        form="tron-transfer" if is_coins else "tron-trc20",
        account=wallet.account.name,
        source=text(message.owner_address),
        paid=(_paid(message),),
        fee=(raw.fee_limit,),
        consumed=((txid.hex(), 0),),
        digest=txid,
        signed=((0, wallet.public_key, txid),),
        calldata_digest=keccak.new(data=sized, digest_bits=256).digest() if call else None,
        expires=raw.expiration,
        facts=(
            ("Reference block", f"{raw.ref_block_bytes.hex()} {raw.ref_block_hash.hex()}"),
            *((("Permission", str(only.Permission_id)),) if only.Permission_id else ()),
        ),
    )


def _paid(message: Any) -> Paid:
    if isinstance(message, proto.TransferContract):
        return Paid(message.amount, text(message.to_address), "TRX", 6)
    symbol, decimals = CONTRACTS[message.contract_address]
    amount, to = int.from_bytes(message.data[36:], "big"), b"\x41" + message.data[16:36]
    return Paid(amount, text(to), symbol, decimals, text(message.contract_address))


@dataclass(slots=True)
class Draft:
    """What an illegal transaction is made of, to be changed in one place."""

    wallet: Wallet
    coins: Any
    tokens: Any
    head: dict[str, Any]


def _illegal(dice: Random) -> Case:
    wallet, what = dice.choice(WALLETS), dice.choice(tuple(ILLEGAL))
    rule, change = ILLEGAL[what]
    draft = Draft(wallet, _coins(dice, wallet), _tokens(dice, wallet), _head(dice))
    return Case(what, change(dice, draft), rule)


Change = Callable[[Random, Draft], bytes]


def _written(draft: Draft, *contracts: Any, **head: Any) -> bytes:
    raw = proto.Transaction.raw(contract=contracts, **{**draft.head, **head})
    return bytes(raw.SerializeToString())


def _either(dice: Random, draft: Draft) -> Any:
    return contract(dice.choice((draft.coins, draft.tokens)), draft.wallet.account.permission_id)


def _head_with(**head: Any) -> Change:
    return lambda dice, draft: _written(draft, _either(dice, draft), **head)


def _message_with(name: str, **values: Any) -> Change:
    """The payment of coins or tokens with fields that are set, to a value or to one drawn."""

    def change(dice: Random, draft: Draft) -> bytes:
        message = getattr(draft, name)
        for field, value in values.items():
            setattr(message, field, value(dice, draft) if callable(value) else value)
        return _written(draft, contract(message, draft.wallet.account.permission_id))

    return change


def _operation(number: int, make: Callable[[bytes], Any]) -> Change:
    return lambda _, draft: _written(
        draft, contract(make(draft.wallet.owner), draft.wallet.account.permission_id, number)
    )


def _wrapped(change: Callable[[Any], None]) -> Change:
    """A payment whose contract is changed around it."""

    def spoil(dice: Random, draft: Draft) -> bytes:
        built = _either(dice, draft)
        change(built)
        return _written(draft, built)

    return spoil


def _permission(built: Any) -> None:
    built.Permission_id = (built.Permission_id + 1) % 10


def _type(built: Any) -> None:
    built.type = 1 if built.type == 31 else 31


def _provider(built: Any) -> None:
    built.provider = b"x"


def _dirty(dice: Random, draft: Draft) -> bytes:
    data, at = bytearray(draft.tokens.data), dice.randrange(4, 16)
    data[at] = dice.randrange(1, 256)
    return bytes(data)


def _pair(dice: Random, draft: Draft) -> bytes:
    return _written(draft, _either(dice, draft), _either(dice, draft))


def _spoilt(change: Callable[[bytes], bytes]) -> Change:
    return lambda dice, draft: change(_written(draft, _either(dice, draft)))


def _otherwise(dice: Random, draft: Draft) -> bytes:
    selector = bytes.fromhex(dice.choice(("095ea7b3", "23b872dd", "d73dd623", "39509351")))
    return selector + bytes(draft.tokens.data)[4:] + dice.choice((b"", bytes(32)))


FORBIDDEN = Rule.CONTRACT_FORBIDDEN
ILLEGAL: dict[str, tuple[Rule, Change]] = {
    "two contracts": (Rule.UNSUPPORTED, _pair),
    "no contract": (Rule.UNSUPPORTED, lambda _, draft: _written(draft)),
    "another permission": (Rule.PERMISSION, _wrapped(_permission)),
    "another type": (Rule.UNSUPPORTED, _wrapped(_type)),
    "a provider": (Rule.UNSUPPORTED, _wrapped(_provider)),
    "scripts": (Rule.UNSUPPORTED, _head_with(scripts=b"x")),
    "authorities": (Rule.UNSUPPORTED, _head_with(auths=[proto.authority()])),
    "a block's number": (Rule.UNSUPPORTED, _head_with(ref_block_num=1)),
    "a long memo": (Rule.UNSUPPORTED, _head_with(data=b"m" * 1025)),
    "no expiration": (Rule.EXPIRED, _head_with(expiration=0)),
    "expired when made": (Rule.EXPIRED, _head_with(timestamp=START, expiration=START)),
    "a short reference": (Rule.MALFORMED, _head_with(ref_block_hash=bytes(7))),
    "a negative fee": (Rule.AMOUNT_INVALID, _head_with(fee_limit=-1)),
    "a negative amount": (Rule.AMOUNT_INVALID, _message_with("coins", amount=-1)),
    "a negative time": (Rule.AMOUNT_INVALID, _head_with(timestamp=-1)),
    "no coins": (Rule.TRANSFER_ZERO, _message_with("coins", amount=0)),
    "no tokens": (
        Rule.TRANSFER_ZERO,
        _message_with("tokens", data=lambda dice, _: _calldata(_address(dice), 0)),
    ),
    "to itself": (
        Rule.OPERATION_FORBIDDEN,
        _message_with("coins", to_address=lambda _, draft: draft.wallet.owner),
    ),
    "to nobody": (Rule.OPERATION_FORBIDDEN, _message_with("coins", to_address=b"\x41" + bytes(20))),
    "coins to a token": (FORBIDDEN, _message_with("coins", to_address=next(iter(CONTRACTS)))),
    "another function": (FORBIDDEN, _message_with("tokens", data=_otherwise)),
    "dirty padding": (FORBIDDEN, _message_with("tokens", data=_dirty)),
    "calldata too long": (
        FORBIDDEN,
        _message_with("tokens", data=lambda _, draft: bytes(draft.tokens.data) + b"\0"),
    ),
    "coins with tokens": (FORBIDDEN, _message_with("tokens", call_value=1)),
    "a token with tokens": (FORBIDDEN, _message_with("tokens", token_id=1_000_001)),
    "an unpinned token": (
        Rule.TOKEN_UNKNOWN,
        _message_with("tokens", contract_address=lambda dice, _: _address(dice)),
    ),
    "a token of the chain": (
        Rule.OPERATION_FORBIDDEN,
        _operation(
            2,
            lambda owner: proto.TransferAssetContract(
                asset_name=b"1000001", owner_address=owner, to_address=owner, amount=1
            ),
        ),
    ),
    "a new account": (
        Rule.OPERATION_FORBIDDEN,
        _operation(0, lambda owner: proto.AccountCreateContract(owner_address=owner)),
    ),
    "a field twice": (Rule.MALFORMED, _spoilt(lambda data: data[:4] + data)),
    "a byte too many": (Rule.MALFORMED, _spoilt(lambda data: data + b"\0")),
    "a byte too few": (Rule.MALFORMED, _spoilt(lambda data: data[:-1])),
}
"""What makes a transaction illegal, and the rule that must say so."""
