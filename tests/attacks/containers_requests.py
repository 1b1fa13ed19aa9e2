"""Sign requests of the UR registries, and those that disagree with their own content."""

import json
from collections.abc import Iterator
from typing import Any

import cbor2

from tests.attacks import ethereum, solana, solana_payments
from tests.attacks.case import Case, Expectation, Table
from tests.attacks.containers import DISAGREES, ETHER, MESSAGE, OTHER_CHAIN, SOL, TRX, UUID, stream
from tests.attacks.ethereum_messages import permit
from tests.attacks.transport import parts
from tests.attacks.world import (
    CHAIN_ID,
    ETHEREUM_CLIENTS,
    ETHEREUM_KEY,
    PRIMARY,
    SOLANA_CLIENTS,
    SOLANA_VAULT,
    TRON_CLIENTS,
    TRON_VAULT,
    tron_text,
)


def cases() -> Iterator[Case]:
    yield from _requests()


def key_path(coin: int, fingerprint: bytes | None = PRIMARY.fingerprint) -> cbor2.CBORTag:
    value: dict[int, Any] = {1: [44, True, coin, True, 0, True, 0, False, 0, False]}
    if fingerprint is not None:
        value[2] = int.from_bytes(fingerprint, "big")
    return cbor2.CBORTag(304, value)


def request(kind: str, value: dict[int, Any]) -> list[str]:
    present = {key: item for key, item in value.items() if item is not None}
    return parts(kind, cbor2.dumps(present), 3)


def _requests() -> Iterator[Case]:
    yield from _ethereum_requests()
    yield from _solana_requests()
    yield from _tron_requests()


def _ethereum_requests() -> Iterator[Case]:
    us, them = bytes.fromhex(ETHEREUM_KEY.address[2:]), bytes.fromhex(ETHEREUM_CLIENTS[1][2:])
    told = {"asset": "ETH", "amount": "3", "to": ETHEREUM_CLIENTS[0]}

    def made(
        data: bytes, kind: int = 4, chain: int | None = CHAIN_ID, address: bytes | None = us
    ) -> list[str]:
        return request(
            "eth-sign-request",
            {1: UUID, 2: data, 3: kind, 4: chain, 5: key_path(60), 6: address, 7: "wallet"},
        )

    legacy = ethereum.transaction(value=3 * ethereum.ETHER, gas=21_000, kind=0)
    honest = {
        "typed": made(ETHER),
        "legacy": made(legacy, 1),
        "no-address": made(ETHER, address=None),
    }
    for name, frames in honest.items():
        yield stream(
            f"eth-request-{name}",
            frames,
            "accept",
            "an honest request",
            chain="ethereum",
            fields=told,
        )
    lies: dict[str, tuple[list[str], tuple[str, ...]]] = {
        "chain-5": (made(ETHER, chain=5), DISAGREES),
        "chain-1-bytes-56": (made(OTHER_CHAIN), (*DISAGREES, "ACCOUNT-UNKNOWN")),
        "chain-56-both": (made(OTHER_CHAIN, chain=56), (*DISAGREES, "ACCOUNT-UNKNOWN")),
        "other-address": (made(ETHER, address=them), (*DISAGREES, "ACCOUNT-UNKNOWN")),
        "short-address": (made(ETHER, address=us[:19]), (*DISAGREES, "MALFORMED")),
        "typed-as-legacy": (made(ETHER, 1), DISAGREES),
        "legacy-as-typed": (made(legacy, 4), DISAGREES),
        "message-says-transaction": (made(b"I owe you", 4), (*DISAGREES, *MESSAGE, "MALFORMED")),
        "transaction-says-message": (made(ETHER, 3), (*DISAGREES, *MESSAGE)),
        "personal": (made(b"I owe you", 3), MESSAGE),
        "permit": (made(_json(permit()), 2), MESSAGE),
        "data-type-9": (made(ETHER, 9), (*DISAGREES, "UNSUPPORTED", "MALFORMED")),
        "no-data": (
            request("eth-sign-request", {1: UUID, 3: 4, 4: 1, 5: key_path(60)}),
            ("MALFORMED",),
        ),
        "bitcoin-path": (
            request("eth-sign-request", {1: UUID, 2: ETHER, 3: 4, 4: 1, 5: key_path(0), 6: us}),
            (*DISAGREES, "KEY-PATH"),
        ),
        "unknown-key": (
            request(
                "eth-sign-request",
                {1: UUID, 2: ETHER, 3: 4, 4: 1, 5: key_path(60), 6: us, 99: b"x"},
            ),
            ("MALFORMED", "UNSUPPORTED", "FIELD-UNKNOWN"),
        ),
        "as-solana": (
            request("sol-sign-request", {1: UUID, 2: ETHER, 3: key_path(501), 6: 1}),
            (*DISAGREES, "MALFORMED"),
        ),
    }
    for name, (frames, cause) in lies.items():
        also: tuple[Expectation, ...] = (
            ("warn", "accept") if name in ("bitcoin-path", "unknown-key") else ()
        )
        yield stream(
            f"eth-request-{name}",
            frames,
            "reject",
            name,
            cause,
            chain="" if name == "as-solana" else "ethereum",
            also_ok=also,
        )


def _json(value: Table) -> bytes:
    return json.dumps(value).encode()


def _solana_requests() -> Iterator[Case]:
    us, them = bytes(SOLANA_VAULT), bytes(SOLANA_CLIENTS[1])
    told = solana_payments.native(2 * solana.SOL)

    def made(data: bytes, kind: int | None = 1, address: bytes | None = us) -> list[str]:
        return request(
            "sol-sign-request",
            {1: UUID, 2: data, 3: key_path(501), 4: address, 5: "wallet", 6: kind},
        )

    for name, frames in {"plain": made(SOL), "no-address": made(SOL, address=None)}.items():
        yield stream(
            f"sol-request-{name}",
            frames,
            "accept",
            "an honest request",
            chain="solana",
            fields=told,
        )
    yield stream(
        "sol-request-other-address",
        made(SOL, address=them),
        "reject",
        "for another account",
        (*DISAGREES, "ACCOUNT-UNKNOWN"),
        chain="solana",
    )
    yield stream(
        "sol-request-message", made(b"I owe you", 2), "reject", "a message", MESSAGE, chain="solana"
    )
    yield stream(
        "sol-request-disguised",
        made(SOL, 2),
        "reject",
        "a transaction that is called a message",
        (*DISAGREES, *MESSAGE),
        chain="solana",
    )
    yield stream(
        "sol-request-type-7",
        made(SOL, 7),
        "reject",
        "an unknown type",
        (*DISAGREES, "UNSUPPORTED", "MALFORMED"),
        chain="solana",
    )


OUR_TRON = tron_text(TRON_VAULT).encode()


def _tron_requests() -> Iterator[Case]:
    us, them = tron_text(TRON_VAULT), tron_text(TRON_CLIENTS[1])
    told = {"asset": "TRX", "amount": "9", "to": tron_text(TRON_CLIENTS[0]), "owner": us}

    def layout_a(data: bytes, address: Any = OUR_TRON) -> list[str]:
        return request(
            "tron-sign-request", {1: UUID, 2: data, 3: key_path(195), 4: address, 5: "wallet"}
        )

    def layout_b(data: bytes, kind: int = 1, address: Any = OUR_TRON) -> list[str]:
        return request(
            "tron-sign-request",
            {1: UUID, 2: data, 3: kind, 4: key_path(195), 5: address, 6: "wallet"},
        )

    honest = {
        "a": layout_a(TRX),
        "b": layout_b(TRX),
        "a-no-address": layout_a(TRX, None),
        "b-no-address": layout_b(TRX, address=None),
    }
    for name, frames in honest.items():
        yield stream(
            f"tron-request-{name}", frames, "accept", "an honest request", chain="tron", fields=told
        )
    for name, frames in {
        "a": layout_a(TRX, TRON_VAULT),
        "b": layout_b(TRX, address=TRON_VAULT),
    }.items():
        yield stream(
            f"tron-request-{name}-raw-address",
            frames,
            "accept",
            "the address as 21 bytes",
            chain="tron",
            fields=told,
            also_ok=("reject",),
            cause=(*DISAGREES, "MALFORMED"),
        )
    lies = {
        "a-other-address": (layout_a(TRX, them.encode()), (*DISAGREES, "ACCOUNT-UNKNOWN")),
        "b-other-address": (layout_b(TRX, address=them.encode()), (*DISAGREES, "ACCOUNT-UNKNOWN")),
        "b-personal": (layout_b(b"I owe you", 2), MESSAGE),
        "b-disguised": (layout_b(TRX, 2), (*DISAGREES, *MESSAGE)),
        "b-type-9": (layout_b(TRX, 9), (*DISAGREES, "UNSUPPORTED", "MALFORMED")),
        "a-no-path": (
            request("tron-sign-request", {1: UUID, 2: TRX}),
            ("MALFORMED", "UNSUPPORTED"),
        ),
    }
    for name, (frames, cause) in lies.items():
        yield stream(f"tron-request-{name}", frames, "reject", name, cause, chain="tron")
