"""Solana: several payments in one message."""

from collections.abc import Iterator

from tests.attacks.case import Case
from tests.attacks.solana import (
    SOL,
    THEM,
    case,
    legacy,
    pay,
    send,
    version_0,
)
from tests.attacks.world import (
    SOLANA_CLIENTS,
)


def cases() -> Iterator[Case]:
    yield from _several()


def _several() -> Iterator[Case]:
    paid = [pay(SOL * n, client) for n, client in enumerate(SOLANA_CLIENTS, 1)]
    yield case(
        "ok-three-transfers", legacy(*paid), "accept", "three clients at once", also_ok=("warn",)
    )
    data = version_0(pay(SOL), send("USDC", 5), send("USDT", 6, SOLANA_CLIENTS[1]))
    yield case("ok-sol-and-tokens", data, "accept", "three assets at once", also_ok=("warn",))
    listed = ("WHITELIST",)
    yield case(
        "several-one-unlisted",
        legacy(*paid, pay(1, THEM)),
        "reject",
        "a fourth to the attacker",
        listed,
        says=(str(THEM),),
    )
    yield case(
        "several-token-unlisted",
        legacy(paid[0], send("USDC", 10**9, THEM)),
        "reject",
        "tokens to the attacker behind",
        listed,
    )
    limit = ("LIMIT-PER-TRANSACTION",)
    yield case(
        "several-over-limit",
        legacy(pay(50_000 * SOL), pay(50_000 * SOL, SOLANA_CLIENTS[1])),
        "reject",
        "together over the limit",
        limit,
    )
    yield case("over-limit", legacy(pay(90_000 * SOL + 1)), "reject", "one lamport over", limit)
