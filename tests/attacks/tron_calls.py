"""TRON calls of token contracts that are no plain transfer."""

from collections.abc import Iterator
from typing import Any

from tests.attacks.case import Case
from tests.attacks.tron import (
    FORBIDDEN,
    SUN,
    call,
    case,
    raw_data,
    trigger,
)
from tests.attacks.world import (
    TRON_ATTACKER,
    TRON_CLIENTS,
    TRON_USDT,
    TRON_VAULT,
    seed,
)


def cases() -> Iterator[Case]:
    yield from _tokens()


def _tokens() -> Iterator[Case]:
    more = {"fee_limit": 30 * SUN}
    paid = call("transfer(address,uint256)", TRON_CLIENTS[0], 10 * SUN)
    odd = ("CONTRACT-FORBIDDEN", "CALLDATA", "OPERATION-FORBIDDEN", "TOKEN-UNKNOWN")
    calls = {
        "approve": call("approve(address,uint256)", TRON_ATTACKER, 2**256 - 1),
        "approve-small": call("approve(address,uint256)", TRON_CLIENTS[0], 5),
        "increase-approval": call("increaseApproval(address,uint256)", TRON_ATTACKER, 2**255),
        "increase-allowance": call("increaseAllowance(address,uint256)", TRON_ATTACKER, 2**255),
        "transfer-from": call(
            "transferFrom(address,address,uint256)", TRON_VAULT, TRON_ATTACKER, 5
        ),
        "transfer-ownership": call("transferOwnership(address)", TRON_ATTACKER),
        "upgrade-to": call("upgradeTo(address)", TRON_ATTACKER),
        "set-approval-for-all": call("setApprovalForAll(address,bool)", TRON_ATTACKER, *(True,)),
        "multicall": call("aggregate()"),
        "unknown-selector": b"\xde\xad\xbe\xef" + bytes(32),
        "no-data": b"",
        "one-byte": b"\x00",
        "trailing-byte": paid + b"\x00",
        "trailing-word": paid + seed("word"),
        "short": paid[:-1],
        "dirty-padding": paid[:4] + b"\x01" + paid[5:],
        "dirty-padding-42": paid[:15] + b"\x42" + paid[16:],
    }
    for name, data in calls.items():
        yield case(
            f"call-{name}",
            raw_data(trigger(data), **more),
            "reject",
            f"USDT call: {name}",
            (*odd, "TRANSFER-ZERO"),
        )
    extras: dict[str, dict[str, Any]] = {
        "call-value": {"call_value": SUN},
        "token-value": {"call_token_value": 5, "token_id": 1_002_000},
        "token-id-alone": {"token_id": 1_002_000},
    }
    for name, other in extras.items():
        yield case(
            name,
            raw_data(trigger(paid, **other), **more),
            "reject",
            name,
            (*odd, "VALUE-WITH-CALL"),
        )
    fake = TRON_USDT[:2] + TRON_ATTACKER[2:19] + TRON_USDT[19:]
    for name, contract in {
        "fake": fake,
        "unknown": TRON_ATTACKER,
        "client": TRON_CLIENTS[0],
    }.items():
        yield case(
            f"token-{name}",
            raw_data(trigger(paid, contract), **more),
            "reject",
            f"{name} as token",
            ("TOKEN-UNKNOWN", *FORBIDDEN),
        )
    yield case(
        "token-owner-foreign",
        raw_data(trigger(paid, owner=TRON_ATTACKER), **more),
        "reject",
        "another account pays",
        ("ACCOUNT-UNKNOWN",),
    )
