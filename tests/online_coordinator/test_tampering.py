"""The station refuses a batch that was tampered with, whatever was changed."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from appliance.wire.messages import BatchContent
from tests.online_coordinator.checker import Station
from tests.online_coordinator.desk import (
    CLIENTS,
    STRANGER,
)

Tampering = Callable[[BatchContent], BatchContent]

TAMPERINGS: dict[str, tuple[Tampering, str]] = {
    "a changed destination": (
        lambda c: replace(
            c, withdrawals=(replace(c.withdrawals[0], destination=CLIENTS[2]), *c.withdrawals[1:])
        ),
        "CLAIM-MISMATCH",
    ),
    "a changed amount": (
        lambda c: replace(c, withdrawals=(replace(c.withdrawals[0], amount=1), *c.withdrawals[1:])),
        "CLAIM-MISMATCH",
    ),
    "a destination outside the whitelist": (
        lambda c: replace(
            c,
            transactions=(
                replace(
                    c.transactions[0],
                    payload=c.transactions[0].payload.replace(
                        bytes.fromhex(CLIENTS[0][2:]), bytes.fromhex(STRANGER[2:])
                    ),
                ),
                *c.transactions[1:],
            ),
        ),
        "WHITELIST",
    ),
    "a request left unpaid": (
        lambda c: replace(c, transactions=c.transactions[:1]),
        "served by 0",
    ),
    "a request paid twice": (
        lambda c: replace(
            c,
            transactions=(
                c.transactions[0],
                replace(c.transactions[0], id="tx-9"),
                *c.transactions[1:],
            ),
        ),
        "served by 2",
    ),
    "a request stated twice": (
        lambda c: replace(c, withdrawals=(*c.withdrawals, c.withdrawals[0])),
        "stands 2 times",
    ),
    "another wallet's name": (
        lambda c: replace(
            c, transactions=(replace(c.transactions[0], wallet="desk-btc"), *c.transactions[1:])
        ),
        "ACCOUNT-MISMATCH",
    ),
    "nothing at all": (lambda c: replace(c, transactions=(), withdrawals=()), "BATCH-EMPTY"),
    "another appliance": (
        lambda c: replace(c, audience=replace(c.audience, genesis=bytes(32))),
        "another appliance",
    ),
}


@pytest.mark.parametrize("name", TAMPERINGS)
def test_refuses_a_tampered_batch(
    station: Station, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    tamper, says = TAMPERINGS[name]
    station.put(tamper(station.content))
    assert station.check() == 1
    assert station.approval is None
    assert says in capsys.readouterr().err
