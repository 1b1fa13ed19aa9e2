"""TRON: transfers to sign, and fields that condemn a transfer."""

from collections.abc import Iterator
from functools import partial
from typing import Any

from eth_abi.abi import encode as abi_encode
from eth_utils.crypto import keccak
from tronpy.proto import tron_pb2

from tests.attacks.case import Case, Expectation, bytes_case
from tests.attacks.ethereum import decimal
from tests.attacks.world import (
    CLOCK_MS,
    TRON_CLIENTS,
    TRON_USDT,
    TRON_VAULT,
    seed,
    tron_text,
)

SUN, MINUTE = 10**6, 60_000
FORBIDDEN = ("OPERATION-FORBIDDEN", "CONTRACT-FORBIDDEN")
URL = "type.googleapis.com/protocol."


def call(signature: str, *arguments: Any) -> bytes:
    """A TVM call; addresses are given as 21 bytes."""
    inner = signature[signature.index("(") + 1 : -1]
    plain = ["0x" + a[1:].hex() if isinstance(a, bytes) and len(a) == 21 else a for a in arguments]
    return bytes(keccak(text=signature)[:4]) + abi_encode(inner.split(",") if inner else [], plain)


def transfer(amount: int, to: bytes = TRON_CLIENTS[0], owner: bytes = TRON_VAULT) -> Any:
    return tron_pb2.TransferContract(owner_address=owner, to_address=to, amount=amount)


def trigger(data: bytes, contract: bytes = TRON_USDT, **other: Any) -> Any:
    return tron_pb2.TriggerSmartContract(
        owner_address=other.pop("owner", TRON_VAULT), contract_address=contract, data=data, **other
    )


def tokens(amount: int, to: bytes = TRON_CLIENTS[0]) -> Any:
    return trigger(call("transfer(address,uint256)", to, amount))


def raw_data(*contracts: Any, **other: Any) -> bytes:
    """Canonical `Transaction.raw`; a contract is a message, or a ready Contract."""
    made = tron_pb2.Transaction.raw(
        ref_block_bytes=b"\x7a\x11",
        ref_block_hash=seed("tron/block")[:8],
        expiration=CLOCK_MS + MINUTE,
        timestamp=CLOCK_MS,
    )
    for contract in contracts:
        made.contract.append(packed(contract))
    for name, value in other.items():
        setattr(made, name, value)
    return bytes(made.SerializeToString(deterministic=True))


def packed(message: Any, permission: int = 0) -> Any:
    if isinstance(message, tron_pb2.Transaction.Contract):
        return message
    name = type(message).__name__
    contract = tron_pb2.Transaction.Contract(
        type=tron_pb2.Transaction.Contract.ContractType.Value(name), Permission_id=permission
    )
    contract.parameter.type_url, contract.parameter.value = URL + name, message.SerializeToString()
    return contract


case = partial(bytes_case, ("tron", "tron-raw-data"))


def cases() -> Iterator[Case]:
    yield from _accepted()
    yield from _asked()
    yield from _time()


def _accepted() -> Iterator[Case]:
    for client in TRON_CLIENTS:
        for amount in (1, 25 * SUN, 1_234_567_890_123):
            told = {
                "owner": tron_text(TRON_VAULT),
                "to": tron_text(client),
                "asset": "TRX",
                "amount": decimal(amount, 6),
            }
            name = f"ok-trx-{tron_text(client)[1:4].lower()}-{amount}"
            yield case(
                name, raw_data(transfer(amount, client)), "accept", "TRX to a client", fields=told
            )
    for client in TRON_CLIENTS:
        for amount, limit in ((1, 30 * SUN), (2_999_999_999_999, 120 * SUN)):
            told = {
                "owner": tron_text(TRON_VAULT),
                "to": tron_text(client),
                "asset": "USDT",
                "amount": decimal(amount, 6),
                "token_contract": tron_text(TRON_USDT),
                "fee_limit_trx": str(limit // SUN),
            }
            name = f"ok-usdt-{tron_text(client)[1:4].lower()}-{amount}"
            data = raw_data(tokens(amount, client), fee_limit=limit)
            yield case(name, data, "accept", "USDT to a client", fields=told)
    told = {"asset": "TRX", "amount": "3", "to": tron_text(TRON_CLIENTS[0])}
    for name, other in {
        "fee-limit-on-trx": {"fee_limit": 10 * SUN},
        "no-timestamp": {"timestamp": 0},
        "older-timestamp": {"timestamp": CLOCK_MS - 10 * MINUTE},
        "one-hour": {"expiration": CLOCK_MS + 60 * MINUTE},
    }.items():
        also: tuple[Expectation, ...] = ("warn",)
        data = raw_data(transfer(3 * SUN), **other)
        yield case(f"ok-{name}", data, "accept", name, fields=told, also_ok=also)
    data = raw_data(tokens(5 * SUN))
    yield case(
        "ok-usdt-no-fee-limit",
        data,
        "accept",
        "no fee limit: fails for lack of energy",
        also_ok=("warn", "reject"),
    )
    bigger = trigger(
        b"\xa9\x05\x9c\xbb" + b"\0" * 11 + TRON_CLIENTS[0] + (5 * SUN).to_bytes(32, "big")
    )
    data = raw_data(bigger, fee_limit=30 * SUN)
    yield case(
        "warn-usdt-41-padding",
        data,
        "warn",
        "0x41 before the address, as old tools write it",
        (*FORBIDDEN, "CALLDATA"),
        also_ok=("reject", "accept"),
    )


def _asked() -> Iterator[Case]:
    for name, memo in {"plain": b"invoice 2026-0042", "chinese": "提款".encode()}.items():
        for what, contract, more in (
            ("trx", transfer(SUN), {}),
            ("usdt", tokens(SUN), {"fee_limit": 30 * SUN}),
        ):
            data = raw_data(contract, data=memo, **more)
            yield case(
                f"warn-memo-{name}-{what}",
                data,
                "warn",
                "a memo is shown, or refused",
                ("DATA-OUTPUT",),
                also_ok=("accept", "reject"),
            )
    for name, memo in {
        "ansi": b"\x1b[2Jpaid",
        "bidi": "ok \u202egnp".encode(),
        "binary": b"\xff\xfe\x00\x01",
        "newlines": b"\n" * 200,
        "large": b"A" * 20_000,
    }.items():
        data = raw_data(transfer(SUN), data=memo)
        yield case(
            f"memo-{name}",
            data,
            "reject",
            f"a memo with {name}",
            ("TEXT-UNSAFE", "DATA-OUTPUT", "UNSUPPORTED"),
            also_ok=("warn",),
        )


def _time() -> Iterator[Case]:
    expired = ("EXPIRED",)
    times = {
        "expired": (CLOCK_MS - 1, expired),
        "expired-long-ago": (CLOCK_MS - 86_400_000, expired),
        "too-far-25h": (CLOCK_MS + 25 * 3_600_000, ("EXPIRY-FAR",)),
        "too-far-year": (CLOCK_MS + 365 * 86_400_000, ("EXPIRY-FAR",)),
        "never": (2**62, ("EXPIRY-FAR",)),
        "missing": (0, (*expired, "UNSUPPORTED")),
        "seconds": (CLOCK_MS // 1000, expired),
        "negative": (-1, (*expired, "UNSUPPORTED")),
    }
    for name, (expiration, cause) in times.items():
        for what, contract, more in (
            ("trx", transfer(SUN), {}),
            ("usdt", tokens(SUN), {"fee_limit": 30 * SUN}),
        ):
            if what == "usdt" and name not in ("expired", "too-far-year"):
                continue
            data = raw_data(contract, expiration=expiration, **more)
            yield case(
                f"time-{name}-{what}",
                data,
                "reject",
                f"expiration {name}",
                cause,
                also_ok=("warn",) if name == "too-far-25h" else (),
            )
