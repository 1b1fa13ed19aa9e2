"""Solana messages for both readers: compiled by solders, and by hand."""

from collections.abc import Iterator
from random import Random

from solders.hash import Hash
from solders.pubkey import Pubkey
from solders.token.associated import get_associated_token_address

from appliance.chains.interface import Registered
from appliance.wire.epochs import SolanaAccount, Token
from appliance.wire.terms import Chain
from tests.agreement import solana_messages as messages
from tests.agreement.seeded import Item
from tests.agreement.solana_messages import Step

_RANDOM = Random(501)
_U64 = (1 << 64) - 1
MAX_MESSAGE = 1232 - 65
"""Bytes that fit a packet beside one signature."""


def _key() -> Pubkey:
    zeros = _RANDOM.choice((0, 0, 0, 1, 3))
    return Pubkey(bytes(zeros) + _RANDOM.randbytes(32 - zeros))


_ACCOUNTS = (
    (messages.PAYER, (messages.NONCE, messages.OTHER)),
    *((_key(), (_key(), _key())) for _ in range(2)),
)
_PROGRAMS = (messages.TOKEN, messages.TOKEN_2022)
_MINTS = tuple((_key(), program, decimals) for program in _PROGRAMS for decimals in (6, 9, 0))
_CLIENTS = (messages.CLIENT, *(_key() for _ in range(40)))
REGISTERED = Registered(
    accounts=tuple(
        SolanaAccount(f"sol-{place}", "mainnet", str(key), tuple(map(str, nonces)))
        for place, (key, nonces) in enumerate(_ACCOUNTS)
    ),
    tokens=tuple(
        Token(Chain.SOLANA, "mainnet", str(mint), f"TOKEN{place}", decimals)
        for place, (mint, decimals) in enumerate(
            ((messages.MINT, 6), *((mint, decimals) for mint, _, decimals in _MINTS))
        )
    ),
    destinations=tuple(("mainnet", str(client)) for client in _CLIENTS),
)
_AMOUNTS = (1, 255, 256, 1 << 16, 1 << 31, 1 << 32, 10**15, 1 << 63, _U64)


def _amount() -> int:
    return _RANDOM.choice((*_AMOUNTS, _RANDOM.randrange(1, 1 << 64)))


def _coins(payer: Pubkey) -> list[Step]:
    return [messages.coins(_RANDOM.choice(_CLIENTS), _amount(), payer)]


def _tokens(payer: Pubkey) -> list[Step]:
    """Pay tokens, the client's account created before in some cases."""
    mint, program, decimals = _RANDOM.choice(_MINTS)
    client = _RANDOM.choice(_CLIENTS)
    ours, theirs = (get_associated_token_address(owner, mint, program) for owner in (payer, client))
    pay = messages.tokens(theirs, _amount(), mint, ours, payer, program, decimals=decimals)
    data = _RANDOM.choice((b"", b"\0", b"\1", b"\1"))
    extra = _RANDOM.choice(((), (), (messages.RENT,)))
    create = messages.create(
        data, payer, program, account=theirs, owner=client, mint=mint, extra=extra
    )
    return _RANDOM.choice(([pay], [create, pay]))


def _extras(payer: Pubkey) -> list[Step]:
    """Compute budget and memo, each in some cases."""
    limits = (200_000, 1_400_000, 2_000_000, 65_536, _RANDOM.randrange(1, 1_400_000))
    prices = (1, 4999, 1_000_000, 1 << 32, _RANDOM.randrange(1, 10**9))
    memo = _RANDOM.choice((b"order 7", b"m" * 127, b"m" * 128, b"m" * 300))
    program, signers = _RANDOM.choice(messages.MEMOS), _RANDOM.choice((0, 1))
    found = [
        step
        for share, step in (
            (0.5, messages.limit(_RANDOM.choice(limits))),
            (0.6, messages.price(_RANDOM.choice(prices))),
            (0.3, messages.memo(memo, program, signers, payer)),
            (0.1, messages.loaded(64 << 10)),
        )
        if _RANDOM.random() < share
    ]
    _RANDOM.shuffle(found)
    return found


def _transaction() -> bytes:
    payer, nonces = _RANDOM.choice(_ACCOUNTS)
    paid = [
        step
        for _ in range(_RANDOM.choice((0, 1, 1, 1, 2, 3, 6)))
        for step in _RANDOM.choice((_coins, _tokens))(payer)
    ]
    steps = [*_extras(payer), *paid] if paid else []
    if not paid or _RANDOM.random() < 0.4:
        steps.insert(0, messages.advance(_RANDOM.choice(nonces), payer))
    version, blockhash = _RANDOM.choice((None, 0)), Hash(bytes(_key()))
    data = messages.compiled(*steps, version=version, payer=payer, blockhash=blockhash)
    return data if len(data) <= MAX_MESSAGE else _transaction()


def corpus() -> Iterator[Item]:
    for place in range(240):
        yield Item(f"message {place}", _transaction(), REGISTERED)
    for what, steps in messages.UNSUPPORTED.items():
        for version in (None, 0):
            data = messages.compiled(*steps, version=version)
            yield Item(f"{what}, version {version}", data, REGISTERED, cleared=False)
    for what, data in messages.MALFORMED.items():
        yield Item(what, data, REGISTERED, cleared=False)
    for data in (messages.from_a_table(), messages.UNUSED_TABLE):
        yield Item("lookup tables", data, REGISTERED, cleared=False)
