"""Solana payments to sign: native, tokens, durable nonces, several at once."""

from collections.abc import Iterator

from solders.pubkey import Pubkey

from tests.attacks.case import Case, Expectation, Table
from tests.attacks.ethereum import decimal
from tests.attacks.solana import (
    CLIENT,
    FORBIDDEN,
    SOL,
    THEM,
    US,
    advance,
    case,
    create_account,
    legacy,
    memo,
    pay,
    send,
    unit_limit,
    unit_price,
    version_0,
)
from tests.attacks.world import (
    FOREIGN_NONCE,
    MINTS,
    NONCE_ACCOUNT,
    SOLANA_CLIENTS,
    TOKEN_2022,
    TOKEN_PROGRAM,
    token_account,
)


def cases() -> Iterator[Case]:
    yield from _native()
    yield from _tokens()
    yield from _nonces()


def native(lamports: int, to: Pubkey = CLIENT) -> Table:
    return {"from_": str(US), "to": str(to), "asset": "SOL", "amount": decimal(lamports, 9)}


def token(
    symbol: str, amount: int, owner: Pubkey = CLIENT, program: Pubkey = TOKEN_PROGRAM
) -> Table:
    mint, decimals = MINTS[symbol]
    return {
        "from_": str(US),
        "to": str(token_account(owner, mint, program)),
        "asset": symbol,
        "amount": decimal(amount, decimals),
        "owner_of_destination": str(owner),
    }


def _native() -> Iterator[Case]:
    for form, build in (("legacy", legacy), ("v0", version_0)):
        for lamports in (1, 25 * SOL // 10, 90_000 * SOL):
            data = build(pay(lamports))
            yield case(
                f"ok-{form}-{lamports}",
                data,
                "accept",
                f"{lamports} lamports",
                fields=native(lamports),
            )
        data = build(unit_limit(30_000), unit_price(10_000), pay(SOL))
        yield case(
            f"ok-{form}-compute-budget", data, "accept", "a modest priority fee", fields=native(SOL)
        )
    for n, client in enumerate(SOLANA_CLIENTS[1:], 2):
        yield case(
            f"ok-client-{n}",
            legacy(pay(SOL, client)),
            "accept",
            "another client",
            fields=native(SOL, client),
        )
    data = legacy(unit_limit(1_400_000), pay(SOL))
    yield case(
        "ok-max-units",
        data,
        "accept",
        "all units at no price",
        fields=native(SOL),
        also_ok=("warn",),
    )


def _tokens() -> Iterator[Case]:
    for symbol in ("USDC", "USDT"):
        for n, client in enumerate(SOLANA_CLIENTS, 1):
            amount = 1_500_000 * n
            data = (legacy if n % 2 else version_0)(send(symbol, amount, client))
            yield case(
                f"ok-{symbol.lower()}-client-{n}",
                data,
                "accept",
                f"{symbol} to a client",
                fields=token(symbol, amount, client),
            )
    for idempotent in (True, False):
        name = "idempotent" if idempotent else "create"
        also: tuple[Expectation, ...] = ("warn",) if idempotent else ("warn", "reject")
        data = legacy(create_account("USDC", idempotent=idempotent), send("USDC", 7))
        yield case(
            f"ok-ata-{name}",
            data,
            "accept",
            "creates the client's account first",
            fields=token("USDC", 7),
            also_ok=also,
        )
    data = version_0(
        unit_limit(60_000),
        unit_price(5_000),
        create_account("USDC"),
        send("USDC", 10**12),
        memo(b"inv 7"),
    )
    yield case(
        "ok-usdc-whole-set",
        data,
        "accept",
        "everything allowed at once",
        also_ok=("warn",),
        fields=token("USDC", 10**12),
    )
    data = legacy(send("PYUSD", 2_000_000, program=TOKEN_2022))
    yield case(
        "ok-token-2022",
        data,
        "accept",
        "a Token-2022 mint",
        fields=token("PYUSD", 2_000_000, CLIENT, TOKEN_2022),
        also_ok=("warn",),
    )
    data = legacy(create_account("PYUSD", program=TOKEN_2022), send("PYUSD", 5, program=TOKEN_2022))
    yield case(
        "ok-token-2022-ata",
        data,
        "accept",
        "and its account",
        fields=token("PYUSD", 5, CLIENT, TOKEN_2022),
        also_ok=("warn",),
    )


def _nonces() -> Iterator[Case]:
    for form, build in (("legacy", legacy), ("v0", version_0)):
        yield case(
            f"ok-nonce-{form}",
            build(advance(), pay(SOL)),
            "accept",
            "our durable nonce",
            fields=native(SOL),
            also_ok=("warn",),
        )
        yield case(
            f"ok-nonce-usdc-{form}",
            build(advance(), send("USDC", 9)),
            "accept",
            "our durable nonce",
            fields=token("USDC", 9),
            also_ok=("warn",),
        )
        yield case(
            f"ok-cancel-{form}",
            build(advance()),
            "accept",
            "the cancel: only the nonce advances",
            also_ok=("warn",),
        )
    data = legacy(advance(), unit_limit(20_000), unit_price(1_000), pay(SOL))
    yield case(
        "ok-nonce-compute",
        data,
        "accept",
        "nonce, then compute budget",
        fields=native(SOL),
        also_ok=("warn",),
    )
    late = ("NONCE-ACCOUNT", *FORBIDDEN)
    yield case(
        "nonce-second", legacy(pay(SOL), advance()), "reject", "the advance is not first", late
    )
    yield case(
        "nonce-after-compute",
        legacy(unit_limit(20_000), advance(), pay(SOL)),
        "reject",
        "the advance is not first",
        late,
    )
    foreign = ("NONCE-ACCOUNT", *FORBIDDEN)
    yield case(
        "nonce-foreign",
        legacy(advance(FOREIGN_NONCE), pay(SOL)),
        "reject",
        "Drift: a nonce account of others",
        foreign,
        says=(str(FOREIGN_NONCE),),
    )
    yield case(
        "nonce-foreign-v0",
        version_0(advance(FOREIGN_NONCE), pay(SOL)),
        "reject",
        "the same in v0",
        foreign,
    )
    yield case(
        "nonce-twice", legacy(advance(), advance(), pay(SOL)), "reject", "advances twice", late
    )
    yield case(
        "nonce-two-accounts",
        legacy(advance(), advance(FOREIGN_NONCE), pay(SOL)),
        "reject",
        "and a foreign one",
        (*foreign, *late),
    )
    other = legacy(advance(NONCE_ACCOUNT, THEM), pay(SOL))
    yield case(
        "nonce-foreign-authority",
        other,
        "reject",
        "the attacker is its authority",
        (*foreign, "SIGNER-NOT-OURS", "ACCOUNT-UNKNOWN"),
    )
    yield case(
        "cancel-foreign",
        legacy(advance(FOREIGN_NONCE)),
        "reject",
        "advances a foreign nonce",
        foreign,
    )
