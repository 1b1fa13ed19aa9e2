"""Ethereum transfers whose fields, recipient or amount condemn them."""

from collections.abc import Iterator
from typing import Any

import rlp

from tests.attacks.case import Case, Expectation
from tests.attacks.ethereum import (
    ETHER,
    FORM,
    GWEI,
    NONCE,
    case,
    integer,
    raw,
    token_transfer,
    transaction,
)
from tests.attacks.world import (
    ERC20,
    ETHEREUM_ATTACKER,
    ETHEREUM_CLIENTS,
    ETHEREUM_KEY,
    NEXT_NONCE,
)


def cases() -> Iterator[Case]:
    yield from _fields()
    yield from _targets()
    yield from _limits()


def _fields() -> Iterator[Case]:
    value: dict[str, Any] = {"value": ETHER, "gas": 21_000}
    for chain in (0, 5, 56, 137, 11_155_111, 2**63):
        for kind in (0, 2):
            data = transaction(chain=chain, kind=kind, **value)
            cause = ("CHAIN-MISMATCH", "REPLAY-PROTECTION", "ACCOUNT-UNKNOWN")
            yield case(f"chain-{chain}-{FORM[kind]}", data, "reject", f"chain id {chain}", cause)
    six = rlp.encode(
        [
            integer(NEXT_NONCE),
            integer(20 * GWEI),
            integer(21_000),
            raw(ETHEREUM_CLIENTS[0]),
            integer(ETHER),
            b"",
        ]
    )
    yield case("legacy-without-155", six, "reject", "valid on every chain", ("REPLAY-PROTECTION",))
    for name, nonce in (
        ("gap-1", NEXT_NONCE + 1),
        ("gap-1000", NEXT_NONCE + 1000),
        ("reused", NEXT_NONCE - 1),
        ("zero", 0),
        ("huge", 2**64 - 1),
    ):
        for kind in (0, 2):
            data = transaction(nonce=nonce, kind=kind, **value)
            reason = f"nonce {nonce} where {NEXT_NONCE} is next"
            also: tuple[Expectation, ...] = ("warn",) if name == "gap-1" else ()
            yield case(
                f"nonce-{name}-{FORM[kind]}",
                data,
                "reject",
                reason,
                (*NONCE, "UNSUPPORTED"),
                also_ok=also,
            )
    data = transaction(price=GWEI, priority=2 * GWEI, **value)
    yield case(
        "priority-over-max",
        data,
        "reject",
        "the tip is over the maximum",
        ("FEE-INCONSISTENT",),
    )
    for kind in (0, 1, 2):
        data = transaction(price=401 * GWEI, kind=kind, **value)
        yield case(
            f"gas-price-over-{FORM[kind]}", data, "reject", "over 400 gwei", ("FEE-CEILING",)
        )
    data = transaction(price=50_000 * GWEI, priority=50_000 * GWEI, **value)
    yield case("gas-price-bomb", data, "reject", "1.05 ETH of fee", ("FEE-CEILING",))
    data = transaction(value=ETHER, gas=30_000_000, price=390 * GWEI)
    yield case(
        "gas-limit-bomb",
        data,
        "reject",
        "up to 11.7 ETH of fee for 1 ETH",
        ("FEE-CEILING", "GAS-LIMIT"),
        also_ok=("warn",),
    )
    data = transaction(raw(ERC20["USDT"][0]), 10**17, token_transfer("USDT", 5 * 10**6))
    yield case(
        "value-with-token",
        data,
        "reject",
        "0.1 ETH is lost in the token",
        ("CONTRACT-FORBIDDEN", "VALUE-WITH-CALL"),
    )


def _targets() -> Iterator[Case]:
    them = raw(ETHEREUM_ATTACKER)
    yield case(
        "dest-unlisted",
        transaction(them, ETHER, gas=21_000),
        "reject",
        "the attacker",
        ("WHITELIST",),
    )
    near = raw(ETHEREUM_CLIENTS[0])
    poisoned = near[:2] + them[2:18] + near[18:]
    yield case(
        "dest-poisoned",
        transaction(poisoned, ETHER, gas=21_000),
        "reject",
        "the same first and last digits",
        ("WHITELIST",),
    )
    for name, to in (
        ("zero", bytes(20)),
        ("precompile", bytes(19) + b"\x04"),
        ("self", raw(ETHEREUM_KEY.address)),
        ("token", raw(ERC20["USDT"][0])),
    ):
        yield case(
            f"dest-{name}",
            transaction(to, ETHER, gas=21_000),
            "reject",
            f"1 ETH to {name}",
            ("WHITELIST", "CONTRACT-FORBIDDEN"),
            also_ok=("warn",) if name == "self" else (),
        )
    usdt = raw(ERC20["USDT"][0])
    paid = token_transfer("USDT", 10**9, ETHEREUM_ATTACKER)
    yield case(
        "token-dest-unlisted",
        transaction(usdt, data=paid),
        "reject",
        "the recipient inside is the attacker",
        ("WHITELIST",),
    )
    for name, lost in (("token", ERC20["USDT"][0]), ("zero", "0x" + "00" * 20)):
        paid = token_transfer("USDT", 10**9, lost)
        yield case(
            f"token-to-{name}",
            transaction(usdt, data=paid),
            "reject",
            "tokens are lost",
            ("WHITELIST",),
        )
    good = token_transfer("USDT", 10**9)
    lookalike = usdt[:2] + them[2:18] + usdt[18:]
    yield case(
        "token-unknown",
        transaction(them, data=good),
        "reject",
        "an unknown token",
        ("TOKEN-UNKNOWN",),
    )
    yield case(
        "token-fake-usdt",
        transaction(lookalike, data=good),
        "reject",
        "a lookalike of USDT",
        ("TOKEN-UNKNOWN",),
    )
    yield case(
        "token-call-on-client",
        transaction(data=good),
        "reject",
        "transfer() on a client's address",
        ("TOKEN-UNKNOWN", "CONTRACT-FORBIDDEN"),
    )
    bsc = raw("0x55d398326f99059fF775485246999027B3197955")
    yield case(
        "token-bsc-usdt",
        transaction(bsc, data=token_transfer("USDT", 10**18)),
        "reject",
        "USDT of another chain, 18 decimals",
        ("TOKEN-UNKNOWN",),
    )


def _limits() -> Iterator[Case]:
    limit = ("LIMIT-PER-TRANSACTION",)
    for symbol, amount in (
        ("USDT", 3_000_000 * 10**6 + 1),
        ("GUSD", 3_000_001 * 10**2),
        ("USDC", 2**255),
    ):
        data = transaction(raw(ERC20[symbol][0]), data=token_transfer(symbol, amount))
        yield case(f"over-limit-{symbol.lower()}", data, "reject", f"{amount} base units", limit)
    data = transaction(value=10**27 + 1, gas=21_000)
    yield case("over-limit-eth", data, "reject", "one wei over", limit)
    whole = transaction(raw(ERC20["USDC"][0]), data=token_transfer("USDC", 2**256 - 1))
    yield case("over-limit-max", whole, "reject", "the whole range of uint256", limit)
    decimals = token_transfer("USDC", 1_000 * 10**18)
    yield case(
        "decimals-lie",
        transaction(raw(ERC20["USDC"][0]), data=decimals),
        "reject",
        "1,000 USDC written with 18 decimals",
        limit,
    )
