"""Ethereum: written by rlp, hashed by eth_account and by pycryptodome's Keccak."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from random import Random
from typing import Any

import rlp
from coincurve import PrivateKey
from Crypto.Hash import keccak
from eth_account import Account
from eth_account._utils.legacy_transactions import serializable_unsigned_transaction_from_dict
from eth_utils.address import to_checksum_address

from appliance.model.rule import Rule
from appliance.policy.standing import decoders
from appliance.wire.epochs import EthereumAccount, Token
from appliance.wire.terms import Chain
from tests.agreement.ethereum_corpus import (
    Fields,
    access_list,
    fee_market,
    items,
    legacy,
    transfer,
)
from tests.differential.case import Case, Paid, Stated, compared, endless

CHAINS = (1, 10, 56, 127, 128, 137, 256, 11155111, 2**40 + 5, 2**64 - 1)
SOLE = (137, 256)
"""Chains with one account alone, whose name then need not be said."""
EDGES = (1, 127, 128, 255, 256, 10**9, 10**18, 2**32, 2**63, 2**64 - 1, 2**64, 2**128)
WORD = 1 << 256


@dataclass(frozen=True, slots=True)
class Wallet:
    account: EthereumAccount
    address: str
    public_key: bytes


def _secret(name: str) -> bytes:
    return sha256(name.encode()).digest()


def _wallet(chain: int, number: int) -> Wallet:
    secret = _secret(f"ethereum {chain} {number}")
    address = str(Account.from_key(secret).address)
    public_key = PrivateKey(secret).public_key.format()
    account = EthereumAccount(f"eth-{chain}-{number}", str(chain), address, public_key, None)
    return Wallet(account, address, public_key)


WALLETS = tuple(_wallet(chain, n) for chain in CHAINS for n in range(1 if chain in SOLE else 2))
PINNED = {
    (str(chain), _secret(f"token {n}")[:20]): (f"TOKEN{n}", decimals)
    for chain in CHAINS
    for n, decimals in enumerate((6, 18, 0, 36))
}
TOKENS = tuple(
    Token(Chain.ETHEREUM, network, to_checksum_address(contract), symbol, decimals)
    for (network, contract), (symbol, decimals) in PINNED.items()
)
CONTRACTS = tuple(dict.fromkeys(contract for _, contract in PINNED))
DECODER = decoders(tuple(each.account for each in WALLETS), TOKENS, ())[Chain.ETHEREUM]
WRITERS: dict[str, Callable[..., bytes]] = {
    "eip-155": legacy,
    "eip-2930": access_list,
    "eip-1559": fee_market,
}


def cases(seed: int) -> Iterator[Case]:
    return endless("ethereum", seed, _legal, _illegal)


def compare(case: Case) -> list[str]:
    return compared(case, DECODER)


def _below(dice: Random, limit: int) -> int:
    """A number from 1 to below the limit, of any order of magnitude."""
    edge = dice.choice(EDGES)
    number = edge if dice.random() < 0.3 else dice.getrandbits(dice.randrange(1, 257))
    return number % (limit - 1) + 1


def _address(dice: Random) -> bytes:
    zeros = dice.choice((0, 0, 0, 1, 4, 12, 19))
    return bytes(zeros) + dice.randbytes(19 - zeros) + bytes((dice.randrange(1, 256),))


def _fields(dice: Random, wallet: Wallet) -> Fields:
    gas = dice.choice((0, 21_000, 65_000, 200_000, 2**64 - 1, dice.randrange(1 << 64)))
    price = dice.choice((0, 1, 30 * 10**9, 10**20, dice.randrange(1 << 128)))
    is_token, amount = dice.random() < 0.5, _below(dice, WORD - gas * price)
    to = _address(dice)
    call: Fields = {"to": dice.choice(CONTRACTS), "value": 0}
    coins: Fields = {"to": to, "value": amount, "data": b""}
    return {
        "chain": int(wallet.account.network),
        "nonce": dice.choice((0, 1, 127, 128, 255, 2**32, 2**64 - 2, dice.randrange(1 << 63))),
        "price": price,
        "tip": dice.choice((0, price, dice.randrange(price + 1))),
        "gas": gas,
        "access": [],
        **(call | {"data": transfer(to, _below(dice, WORD))} if is_token else coins),
    }


def _legal(dice: Random) -> Case:
    wallet, form = dice.choice(WALLETS), dice.choice(tuple(WRITERS))
    fields = _fields(dice, wallet)
    data = WRITERS[form](**fields)
    signing_hash, other = keccak.new(data=data, digest_bits=256).digest(), _hash(form, fields)
    quarrels = () if signing_hash == other else (f"eth_account's hash is {other.hex()}",)
    network, calldata = wallet.account.network, fields["data"]
    stated = Stated(
        network=network,
        form=form,
        account=wallet.account.name,
        source=wallet.address,
        paid=(_paid(network, fields),),
        fee=(fields["gas"] * fields["price"], fields["gas"], fields["price"]),
        consumed=((wallet.address, fields["nonce"]),),
        digest=signing_hash,
        signed=((0, wallet.public_key, signing_hash),),
        calldata_digest=_calldata_digest(calldata) if calldata else None,
        facts=(("Nonce", str(fields["nonce"])), ("Gas limit", f"{fields['gas']:,}")),
    )
    named: str | None = wallet.account.name
    if int(network) in SOLE:
        named = dice.choice((named, None))
    return Case(form, data, stated, named, quarrels)


def _paid(network: str, fields: Fields) -> Paid:
    to, data = fields["to"], fields["data"]
    if not data:
        return Paid(fields["value"], str(to_checksum_address(to)), "ETH", 18)
    symbol, decimals = PINNED[network, to]
    amount, recipient = int.from_bytes(data[36:], "big"), to_checksum_address(data[16:36])
    return Paid(amount, str(recipient), symbol, decimals, str(to_checksum_address(to)))


def _calldata_digest(data: bytes) -> bytes:
    sized = len(data).to_bytes(32, "big") + data
    return keccak.new(data=sized, digest_bits=256).digest()


def _hash(form: str, fields: Fields) -> bytes:
    """The hash by eth_account, from the fields and not from the bytes."""
    prices = {
        "eip-155": {"gasPrice": fields["price"]},
        "eip-2930": {"gasPrice": fields["price"], "type": 1, "accessList": []},
        "eip-1559": {
            "maxFeePerGas": fields["price"],
            "maxPriorityFeePerGas": fields["tip"],
            "type": 2,
            "accessList": [],
        },
    }
    common = {name: fields[name] for name in ("nonce", "gas", "value", "data")}
    to = to_checksum_address(fields["to"])
    whole = {"chainId": fields["chain"], "to": to, **common, **prices[form]}
    return bytes(serializable_unsigned_transaction_from_dict(whole).hash())


def _illegal(dice: Random) -> Case:
    wallet, what = dice.choice(WALLETS), dice.choice(tuple(ILLEGAL))
    rule, change = ILLEGAL[what]
    data = change(dice, _fields(dice, wallet))
    # who pays is said, except where nobody of that chain could
    named = None if rule is Rule.CHAIN_MISMATCH else wallet.account.name
    return Case(what, data, rule, named)


Change = Callable[[Random, Fields], bytes]


def _with(names: tuple[str, ...] = tuple(WRITERS), **values: Any) -> Change:
    """Fields that are replaced, by what is given or by what a function draws."""

    def change(dice: Random, fields: Fields) -> bytes:
        drawn = {name: each(dice) if callable(each) else each for name, each in values.items()}
        return WRITERS[dice.choice(names)](**{**fields, **drawn})

    return change


def _call(**values: Any) -> Change:
    """As `_with`, in a call of a pinned token."""
    return _with(**{"to": _contract, "value": 0, "data": _calldata, **values})


def _typed(number: int, *more: object) -> Change:
    def change(_dice: Random, fields: Fields) -> bytes:
        listed = items(fields, "chain nonce tip price gas to value data access")
        return bytes((number,)) + bytes(rlp.encode([*listed, *more]))

    return change


def _unchained(_dice: Random, fields: Fields) -> bytes:
    return bytes(rlp.encode(items(fields, "nonce price gas to value data")))


def _spoilt(change: Callable[[bytes], bytes]) -> Change:
    return lambda dice, fields: change(_with()(dice, fields))


def _contract(dice: Random) -> bytes:
    return dice.choice(CONTRACTS)


def _calldata(dice: Random) -> bytes:
    return transfer(_address(dice), _below(dice, WORD))


def _dirty(dice: Random) -> bytes:
    data, at = bytearray(_calldata(dice)), dice.randrange(4, 16)
    data[at] = dice.randrange(1, 256)
    return bytes(data)


def _otherwise(dice: Random) -> bytes:
    selectors = ("095ea7b3", "23b872dd", "d505accf", "39509351", "40c10f19")
    return (
        bytes.fromhex(dice.choice(selectors)) + _calldata(dice)[4:] + dice.choice((b"", bytes(32)))
    )


TYPED = ("eip-2930", "eip-1559")
ILLEGAL: dict[str, tuple[Rule, Change]] = {
    "no chain": (Rule.REPLAY_PROTECTION, _unchained),
    "chain 0": (Rule.REPLAY_PROTECTION, _with(TYPED, chain=0)),
    "another chain": (Rule.CHAIN_MISMATCH, _with(chain=lambda dice: dice.randrange(300, 10**7))),
    "an access list": (
        Rule.ACCESS_LIST,
        _with(TYPED, access=lambda dice: [[_address(dice), [dice.randbytes(32)]]]),
    ),
    "a creation": (Rule.CONTRACT_FORBIDDEN, _with(to=b"")),
    "to the zero address": (Rule.CONTRACT_FORBIDDEN, _with(to=bytes(20), data=b"", value=1)),
    "coins to a token": (Rule.CONTRACT_FORBIDDEN, _with(to=_contract, data=b"", value=1)),
    "coins with calldata": (
        Rule.CONTRACT_FORBIDDEN,
        _with(to=_address, data=lambda dice: dice.randbytes(dice.randrange(1, 40))),
    ),
    "another function": (Rule.CONTRACT_FORBIDDEN, _call(data=_otherwise)),
    "dirty padding": (Rule.CONTRACT_FORBIDDEN, _call(data=_dirty)),
    "calldata too long": (
        Rule.CONTRACT_FORBIDDEN,
        _call(data=lambda dice: _calldata(dice) + b"\0"),
    ),
    "calldata too short": (Rule.CONTRACT_FORBIDDEN, _call(data=lambda dice: _calldata(dice)[:-1])),
    "coins with tokens": (Rule.CONTRACT_FORBIDDEN, _call(value=1)),
    "tokens to a token": (
        Rule.CONTRACT_FORBIDDEN,
        _call(data=lambda dice: transfer(_contract(dice), 1)),
    ),
    "an unpinned token": (Rule.TOKEN_UNKNOWN, _call(to=_address)),
    "no tokens": (Rule.TRANSFER_ZERO, _call(data=lambda dice: transfer(_address(dice), 0))),
    "no coins": (Rule.TRANSFER_ZERO, _with(to=_address, data=b"", value=0)),
    "a tip over the fee": (Rule.FEE_INCONSISTENT, _with(("eip-1559",), price=5, tip=6)),
    "more than there is": (Rule.AMOUNT_INVALID, _with(value=WORD - 1, gas=21_000, price=10)),
    "a leading zero": (Rule.MALFORMED, _with(nonce=b"\0\1")),
    "the last nonce": (Rule.AMOUNT_INVALID, _with(nonce=2**64 - 1)),
    "a short recipient": (Rule.MALFORMED, _with(to=lambda dice: _address(dice)[1:])),
    "a byte too many": (Rule.MALFORMED, _spoilt(lambda data: data + b"\0")),
    "a byte too few": (Rule.MALFORMED, _spoilt(lambda data: data[:-1])),
    "blobs": (Rule.UNSUPPORTED, _typed(3, b"\1", [b"\1" * 32])),
    "authorizations": (
        Rule.UNSUPPORTED,
        _typed(4, [[b"\1", b"\2" * 20, b"", b"", b"\1" * 32, b"\1" * 32]]),
    ),
}
"""What makes a transaction illegal, and the rule that must say so."""
