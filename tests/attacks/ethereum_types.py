"""Ethereum transaction types and authorisations outside the grammar."""

from collections.abc import Iterator
from typing import Any

import rlp

from tests.attacks.case import Case, Expectation, Table
from tests.attacks.ethereum import (
    ETHER,
    FORBIDDEN,
    GWEI,
    case,
    integer,
    raw,
    transaction,
)
from tests.attacks.ethereum_calls import CLIENT, NOBODY, THEM, US
from tests.attacks.world import (
    CHAIN_ID,
    NEXT_NONCE,
    seed,
)


def cases() -> Iterator[Case]:
    yield from _types()


def _types() -> Iterator[Case]:
    code = bytes.fromhex("6080604052348015600e575f80fd5b50")
    for kind in (0, 1, 2):
        data = transaction(b"", data=code, kind=kind)
        yield case(
            f"create-{kind}", data, "reject", "contract creation", FORBIDDEN, says=("creat",)
        )
    yield case(
        "create-empty-value",
        transaction(b"", ETHER),
        "reject",
        "an empty recipient: 1 ETH is lost",
        FORBIDDEN,
    )
    pair = [
        "CHAIN",
        [integer(CHAIN_ID), raw(THEM), integer(NEXT_NONCE + 1), b"\x01", seed("r"), seed("s")],
    ]
    head = [
        integer(CHAIN_ID),
        integer(NEXT_NONCE),
        integer(GWEI),
        integer(30 * GWEI),
        integer(100_000),
    ]
    tail = [raw(CLIENT), integer(ETHER), b"", []]
    kinds = (
        "TRANSACTION-TYPE",
        "UNSUPPORTED",
        "CONTRACT-FORBIDDEN",
        "DELEGATION-FORBIDDEN",
        "MESSAGE-FORBIDDEN",
        "AUTHORIZATION",
    )
    typed: dict[str, tuple[int, list[Any], tuple[str, ...]]] = {
        "7702-one": (4, [*head, *tail, [pair[1]]], (THEM,)),
        "7702-chain-0": (4, [*head, *tail, [[b"", *pair[1][1:]]]], (THEM,)),
        "7702-empty-list": (4, [*head, *tail, []], ()),
        "blob": (3, [*head, *tail, integer(10 * GWEI), [b"\x01" + seed("blob")[1:]]], ("blob",)),
        "type-5": (5, [*head, *tail], ()),
        "type-7e-deposit": (
            0x7E,
            [seed("source"), raw(US), raw(CLIENT), b"", integer(ETHER), integer(21_000), b"", b""],
            (),
        ),
        "type-71-zksync": (0x71, [*head, *tail], ()),
    }
    for name, (kind, fields, says) in typed.items():
        data = bytes([kind]) + rlp.encode(fields)
        yield case(name, data, "reject", f"transaction type {kind:#x}", kinds, says=says)
    signed = rlp.encode(
        [
            integer(NEXT_NONCE),
            integer(20 * GWEI),
            integer(21_000),
            raw(CLIENT),
            integer(ETHER),
            b"",
            integer(37),
            seed("r"),
            seed("s"),
        ]
    )
    yield case(
        "signed-legacy",
        signed,
        "reject",
        "signed already",
        ("SIGNED-ALREADY", "UNSUPPORTED", "REPLAY-PROTECTION", "CHAIN-MISMATCH"),
    )
    signed = rlp.encode([*head[:4], integer(21_000), *tail, b"\x01", seed("r"), seed("s")])
    yield case(
        "signed-1559",
        b"\x02" + signed,
        "reject",
        "signed already",
        ("SIGNED-ALREADY", "UNSUPPORTED"),
        says=("sign",),
    )
    yield from _authorizations()


def _authorizations() -> Iterator[Case]:
    also: tuple[Expectation, ...] = ()
    for name, chain, to in (
        ("mainnet", CHAIN_ID, THEM),
        ("every-chain", 0, THEM),
        ("revoke", CHAIN_ID, NOBODY),
    ):
        payload = b"\x05" + rlp.encode([integer(chain), raw(to), integer(NEXT_NONCE)])
        for encoding, written in (("hex", payload.hex()), ("json", authorization(chain, to))):
            yield Case(
                id=f"eth-auth-{name}-{encoding}",
                kind="eth-7702-authorization",
                encoding=encoding,
                payload=written,
                expected="reject",
                also_ok=also,
                reason="a signature that gives the account's code away",
                cause=(
                    "MESSAGE-FORBIDDEN",
                    "DELEGATION-FORBIDDEN",
                    "AUTHORIZATION-FORBIDDEN",
                    "CONTRACT-FORBIDDEN",
                ),
                says=(to,) if name != "revoke" else (),
            )


def authorization(chain: int, to: str) -> Table:
    return {"chainId": chain, "address": to, "nonce": NEXT_NONCE}
