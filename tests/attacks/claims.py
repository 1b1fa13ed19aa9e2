"""Sound payments that are not what the coordinator's manifest says."""

from collections.abc import Iterator
from dataclasses import replace

from tests.attacks import bitcoin, ethereum, solana, tron
from tests.attacks.case import Case, Table
from tests.attacks.world import (
    BITCOIN_CLIENTS,
    ERC20,
    ETHEREUM_ATTACKER,
    ETHEREUM_CLIENTS,
    MINTS,
    SOLANA_CLIENTS,
    TRON_CLIENTS,
    TRON_USDT,
    tron_text,
)

CAUSE = ("CLAIM-MISMATCH",)


def claim(asset: str, amount: int, destination: str, token: str | None = None) -> Table:
    made: Table = {"asset": asset, "amount": str(amount), "destination": destination}
    return made | ({"token": token} if token else {})


def cases() -> Iterator[Case]:
    for honest, true in _payments():
        yield replace(honest, claim=(true,), reason="the manifest says the same")
        other = next(c for c in _others(true) if c != true["destination"])
        lies = {
            "amount": true | {"amount": str(int(true["amount"]) + 1)},
            "destination": true | {"destination": other},
            "asset": true | {"asset": "XYZ"},
        }
        for what, lie in lies.items():
            yield _refused(honest, what, (lie,))
        yield _refused(honest, "extra", (true, lies["destination"]))
        if "token" in true:
            bare = {key: value for key, value in true.items() if key != "token"}
            reason = "the manifest leaves out the token's contract, which is optional"
            yield replace(honest, id=f"{honest.id}-no-token", claim=(bare,), reason=reason)
            yield _refused(honest, "token", (true | {"token": ETHEREUM_ATTACKER},))


def _refused(honest: Case, what: str, claims: tuple[Table, ...]) -> Case:
    return replace(
        honest,
        id=f"{honest.id}-claims-other-{what}",
        expected="reject",
        also_ok=(),
        reason=f"the manifest says another {what}",
        cause=CAUSE,
        fields=None,
        claim=claims,
    )


def _others(true: Table) -> list[str]:
    every = [paid.address() for _, paid in BITCOIN_CLIENTS]
    families = (
        every,
        list(ETHEREUM_CLIENTS),
        [tron_text(c) for c in TRON_CLIENTS],
        [str(c) for c in SOLANA_CLIENTS],
    )
    return next(family for family in families if true["destination"] in family)


def _payments() -> Iterator[tuple[Case, Table]]:
    draft = bitcoin.payment("claim")
    yield (
        bitcoin.accepted("claimed", draft, "claimed"),
        claim("BTC", 600_000, BITCOIN_CLIENTS[0][1].address()),
    )
    data = ethereum.transaction(value=5 * ethereum.ETHER, gas=21_000)
    yield (
        ethereum.case("ok-claimed", data, "accept", "claimed"),
        claim("ETH", 5 * ethereum.ETHER, ETHEREUM_CLIENTS[0]),
    )
    contract = ERC20["USDT"][0]
    data = ethereum.transaction(ethereum.raw(contract), data=ethereum.token_transfer("USDT", 77))
    yield (
        ethereum.case("ok-claimed-usdt", data, "accept", "claimed"),
        claim("USDT", 77, ETHEREUM_CLIENTS[0], contract),
    )
    data = tron.raw_data(tron.tokens(88), fee_limit=30 * tron.SUN)
    yield (
        tron.case("ok-claimed-usdt", data, "accept", "claimed"),
        claim("USDT", 88, tron_text(TRON_CLIENTS[0]), tron_text(TRON_USDT)),
    )
    yield (
        solana.case("ok-claimed", solana.legacy(solana.pay(99)), "accept", "claimed"),
        claim("SOL", 99, str(SOLANA_CLIENTS[0])),
    )
    yield (
        solana.case("ok-claimed-usdc", solana.legacy(solana.send("USDC", 55)), "accept", "claimed"),
        claim("USDC", 55, str(SOLANA_CLIENTS[0]), str(MINTS["USDC"][0])),
    )
