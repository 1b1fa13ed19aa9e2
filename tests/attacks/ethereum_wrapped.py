"""Ethereum calls inside calls, and calldata that is not exactly a transfer."""

from collections.abc import Iterator
from typing import Any

from tests.attacks.case import Case
from tests.attacks.ethereum import (
    ETHER,
    FORBIDDEN,
    calldata,
    case,
    integer,
    raw,
    token_transfer,
    transaction,
)
from tests.attacks.ethereum_calls import CLIENT, MULTISEND, NOBODY, SAFE, THEM, USDT
from tests.attacks.world import (
    ERC20,
    ETHEREUM_CLIENTS,
    seed,
)


def cases() -> Iterator[Case]:
    yield from _wrapped()
    yield from _padding()


def _safe(to: str, data: bytes, operation: int, **other: Any) -> bytes:
    refund = (
        0,
        0,
        other.get("gas_price", 0),
        other.get("gas_token", NOBODY),
        other.get("refund", NOBODY),
    )
    return calldata(SAFE, to, 0, data, operation, *refund, bytes(65))


def _wrapped() -> Iterator[Case]:
    safe = raw(ETHEREUM_CLIENTS[1])
    inner = b"".join(
        bytes([operation])
        + raw(to)
        + integer(value).rjust(32, b"\0")
        + len(call).to_bytes(32, "big")
        + call
        for operation, to, value, call in (
            (0, ERC20["USDT"][0], 0, token_transfer("USDT", 10**9)),
            (0, THEM, ETHER, b""),
            (1, THEM, 0, b"\x01\x02\x03\x04"),
        )
    )
    sent = calldata("multiSend(bytes)", inner)
    calls = {
        "safe-call": (
            _safe(ERC20["USDT"][0], token_transfer("USDT", 10**9), 0),
            ("execTransaction",),
        ),
        "safe-delegatecall": (
            _safe(THEM, token_transfer("USDT", 0, THEM), 1),
            ("execTransaction", "delegatecall", THEM),
        ),
        "safe-multisend": (_safe(MULTISEND, sent, 1), ("execTransaction", "delegatecall")),
        "safe-refund": (_safe(CLIENT, b"", 0, gas_price=10**15, refund=THEM), ("execTransaction",)),
        "safe-add-owner": (
            _safe(
                ETHEREUM_CLIENTS[1], calldata("addOwnerWithThreshold(address,uint256)", THEM, 1), 0
            ),
            ("execTransaction",),
        ),
        "safe-approve-hash": (
            calldata("approveHash(bytes32)", seed("safe hash")),
            ("approveHash",),
        ),
        "safe-swap-owner": (
            calldata("swapOwner(address,address,address)", NOBODY, CLIENT, THEM),
            ("swapOwner",),
        ),
        "safe-enable-module": (calldata("enableModule(address)", THEM), ("enableModule", THEM)),
        "safe-set-guard": (calldata("setGuard(address)", THEM), ()),
        "safe-set-fallback": (calldata("setFallbackHandler(address)", THEM), ()),
        "safe-setup": (
            calldata(
                "setup(address[],uint256,address,bytes,address,address,uint256,address)",
                [THEM],
                1,
                THEM,
                b"\x01",
                NOBODY,
                NOBODY,
                0,
                NOBODY,
            ),
            (),
        ),
        "safe-module-exec": (
            calldata("execTransactionFromModule(address,uint256,bytes,uint8)", THEM, 0, b"", 1),
            (),
        ),
        "safe-change-master": (calldata("changeMasterCopy(address)", THEM), ()),
        "multisend-three": (sent, ("multisend", "3")),
        "multisend-native-inside": (
            calldata("multiSend(bytes)", inner[85 + 68 : 85 + 68 + 85]),
            ("multisend", THEM),
        ),
        "timelock-schedule": (
            calldata(
                "schedule(address,uint256,bytes,bytes32,bytes32,uint256)",
                THEM,
                0,
                b"",
                bytes(32),
                bytes(32),
                0,
            ),
            (),
        ),
    }
    for name, (data, says) in calls.items():
        yield case(
            name, transaction(safe, data=data, gas=300_000), "reject", name, FORBIDDEN, says=says
        )


def _padding() -> Iterator[Case]:
    good = token_transfer("USDT", 10**9)
    malformed_call = (*FORBIDDEN, "CALLDATA", "UNSUPPORTED", "TOKEN-UNKNOWN")
    variants: dict[str, tuple[bytes, bytes]] = {
        "trailing-byte": (USDT, good + b"\x00"),
        "trailing-word": (USDT, good + seed("word")),
        "trailing-transfer": (USDT, good + token_transfer("USDT", 10**10, THEM)),
        "short-calldata": (USDT, good[:-1]),
        "short-address": (USDT, good[:4] + good[4:35] + good[36:]),
        "selector-only": (USDT, good[:4]),
        "dirty-padding": (USDT, good[:4] + b"\x01" + good[5:]),
        "dirty-padding-all": (USDT, good[:4] + b"\xff" * 12 + good[16:]),
        "one-byte": (USDT, b"\x00"),
        "one-byte-to-client": (raw(CLIENT), b"\x00"),
        "three-bytes": (USDT, good[:3]),
        "text-to-client": (raw(CLIENT), b"invoice 42"),
        "empty-to-token": (USDT, b""),
        "function-name-to-client": (raw(CLIENT), good),
    }
    for name, (to, data) in variants.items():
        value = ETHER if name.endswith("client") else 0
        cause = (*malformed_call, "TRANSFER-ZERO", "WHITELIST")
        yield case(
            f"data-{name}", transaction(to, value, data), "reject", f"calldata: {name}", cause
        )
    legacy = transaction(USDT, data=good + b"\x00", kind=0)
    yield case("data-trailing-legacy", legacy, "reject", "in a legacy transaction", malformed_call)
