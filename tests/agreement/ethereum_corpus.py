"""Ethereum transactions for both readers: the valid ones written by `rlp`, some others by hand."""

from collections.abc import Iterator
from typing import Any

import rlp

from appliance.chains.interface import Registered
from appliance.wire.epochs import Token
from appliance.wire.terms import Chain
from tests.agreement.seeded import Item

CLIENT = bytes.fromhex("2640973731783953f3d45cdeb982b783acd7f87c")
USDT = bytes.fromhex("dac17f958d2ee523a2206206994597c13d831ec7")
CHAINS = (1, 56, 127, 128, 137, 256, 11155111, 2**40 + 5)
TOKENS = Registered(
    (), tuple(Token(Chain.ETHEREUM, str(chain), "0x" + USDT.hex(), "USDT", 6) for chain in CHAINS)
)
GWEI = 10**9
Fields = dict[str, Any]


def transfer(to: bytes, amount: int) -> bytes:
    return bytes.fromhex("a9059cbb") + to.rjust(32, b"\0") + amount.to_bytes(32, "big")


PLAIN: Fields = {
    "chain": 1,
    "nonce": 7,
    "tip": 2 * GWEI,
    "price": 30 * GWEI,
    "gas": 21_000,
    "to": CLIENT,
    "value": 15 * 10**17,
    "data": b"",
    "access": [],
}
COINS: tuple[Fields, ...] = (
    {},
    {"nonce": 0, "value": 1},
    {"nonce": 127, "value": 127, "gas": 0},
    {"nonce": 128, "value": 128, "tip": 0},
    {"nonce": 255, "value": 255, "price": 255, "tip": 255},
    {"nonce": 256, "value": 256, "price": 256, "tip": 128},
    {"nonce": 2**32 + 1, "value": 2**64 + 3, "gas": 2**32 + 9},
    {"nonce": 2**64 - 2, "value": 2**64 - 1},
    {"value": 2**200 + 7, "price": 10**20, "tip": 10**19},
    {"to": bytes(10) + CLIENT[10:]},
    {"to": bytes(19) + b"\x01"},
    *({"chain": chain} for chain in CHAINS),
    {"gas": 1, "price": 1, "tip": 1, "value": 2},
    *({"value": 3 << 8 * size} for size in range(1, 24)),
    {"gas": 2**63 + 11, "price": 7, "tip": 3},
)
CALLS: tuple[Fields, ...] = tuple(
    {"to": USDT, "value": 0, "gas": 65_000, "data": transfer(to, amount), "chain": chain}
    for to, amount, chain in (
        (CLIENT, 10**9, 1),
        (CLIENT, 1, 56),
        (CLIENT, 2**255 + 1, 1),
        (CLIENT, 2**256 - 1, 1),
        (bytes(10) + CLIENT[10:], 2**63, 1),
        (CLIENT[::-1], 256, 11155111),
        (bytes(19) + b"\x09", 2**128, 128),
    )
)


def number(value: int) -> bytes:
    return value.to_bytes((value.bit_length() + 7) // 8, "big")


def items(fields: Fields, names: str) -> list[object]:
    chosen = (fields[name] for name in names.split())
    return [number(each) if isinstance(each, int) else each for each in chosen]


def fee_market(**changes: object) -> bytes:
    names = "chain nonce tip price gas to value data access"
    return b"\x02" + bytes(rlp.encode(items({**PLAIN, **changes}, names)))


def access_list(**changes: object) -> bytes:
    names = "chain nonce price gas to value data access"
    return b"\x01" + bytes(rlp.encode(items({**PLAIN, **changes}, names)))


def legacy(**changes: object) -> bytes:
    names = "nonce price gas to value data chain"
    return bytes(rlp.encode([*items({**PLAIN, **changes}, names), b"", b""]))


def hostile() -> Iterator[tuple[str, bytes]]:
    for name, write in (("type 2", fee_market), ("type 1", access_list), ("legacy", legacy)):
        yield from ((f"{name}: {what}", write(**change)) for what, change in FIELDS)
        call = CALLS[0]
        yield from (
            (f"{name}: {what}", write(**{**call, **change})) for what, change in _calls(call)
        )
    yield from _enveloped(fee_market())
    yield from _legacy_forms(items(PLAIN, "nonce price gas to value data"))
    yield "a tip over the fee", fee_market(tip=30 * GWEI + 1)
    yield "an access list that is a string", fee_market(access=b"")
    yield "an entry without keys", fee_market(access=[[CLIENT]])
    yield "an entry of 19 bytes", access_list(access=[[CLIENT[1:], []]])
    yield "a key of 31 bytes", access_list(access=[[CLIENT, [bytes(31)]]])


FIELDS: tuple[tuple[str, Fields], ...] = (
    ("a nonce with a leading zero", {"nonce": b"\x00\x07"}),
    ("a nonce of zero as a byte", {"nonce": b"\x00"}),
    ("a value with a leading zero", {"value": b"\x00\x01"}),
    ("a gas price with a leading zero", {"price": b"\x00\x01", "tip": 0}),
    ("gas with a leading zero", {"gas": b"\x00\x01"}),
    ("gas of nine bytes", {"gas": 2**64}),
    ("chain id 0", {"chain": 0}),
    ("a chain id of nine bytes", {"chain": 2**64 + 1}),
    ("a chain id with a leading zero", {"chain": b"\x00\x01"}),
    ("more than there is", {"value": 2**256 - 1}),
    ("the last nonce", {"nonce": 2**64 - 1}),
    ("a nonce of nine bytes", {"nonce": 2**64}),
    ("a value of 33 bytes", {"value": 2**256}),
    ("creates a contract", {"to": b""}),
    ("a recipient of 19 bytes", {"to": CLIENT[1:]}),
    ("a recipient of 21 bytes", {"to": CLIENT + b"\0"}),
    ("one byte of calldata", {"data": b"\x00"}),
    ("a list for a nonce", {"nonce": [b"\x07"]}),
    ("a recipient that is a list", {"to": [CLIENT]}),
)


def _enveloped(good: bytes) -> Iterator[tuple[str, bytes]]:
    listed = rlp.decode(good[1:])
    yield "nothing", b""
    yield "a type that is not", b"\x05" + good[1:]
    yield "type zero", b"\x00" + good[1:]
    yield "a byte too many", good + b"\x00"
    yield "a byte too few", good[:-1]
    yield "a field too many", b"\x02" + bytes(rlp.encode([*listed, b""]))
    yield "a field too few", b"\x02" + bytes(rlp.encode(listed[:-1]))
    yield "a list longer than it says", good[:1] + bytes((good[1] - 1,)) + good[2:]
    yield "a list shorter than it says", good[:1] + bytes((good[1] + 1,)) + good[2:]
    yield "a short list in long form", good[:1] + b"\xf8" + bytes((good[1] - 0xC0,)) + good[2:]
    yield "a prefixed small byte", _prefixed(good)
    yield "blobs", b"\x03" + bytes(rlp.encode([*listed, b"\x01", [b"\x01" * 32]]))
    yield "set code", b"\x04" + bytes(rlp.encode([*listed, []]))
    yield "a message", b"\x19Ethereum Signed Message:\n32" + bytes(32)


def _legacy_forms(fields: list[object]) -> Iterator[tuple[str, bytes]]:
    signature = b"\x25", b"\x11" * 32, b"\x22" * 32
    yield "legacy without a chain", bytes(rlp.encode(fields))
    yield "signed", bytes(rlp.encode([*fields, *signature]))
    yield "half signed", bytes(rlp.encode([*fields, b"\x01", b"", b"\x01"]))


def _prefixed(good: bytes) -> bytes:
    """The nonce 7 as 0x81 0x07, with the list's length put right."""
    at = good.index(b"\x07")
    body = good[2:at] + b"\x81" + good[at:]
    return good[:1] + bytes((0xC0 + len(body),)) + body


def _calls(call: Fields) -> Iterator[tuple[str, Fields]]:
    data = call["data"]
    yield "carries ether along", {"value": 1}
    yield "a byte of calldata too many", {"data": data + b"\0"}
    yield "a byte of calldata too few", {"data": data[:-1]}
    yield "a dirty first byte of padding", {"data": data[:4] + b"\x01" + data[5:]}
    yield "a dirty last byte of padding", {"data": data[:15] + b"\x01" + data[16:]}
    yield "approve", {"data": bytes.fromhex("095ea7b3") + data[4:]}
    yield "transferFrom", {"data": bytes.fromhex("23b872dd") + data[4:] + bytes(32)}


def corpus() -> Iterator[Item]:
    for at, change in enumerate((*COINS, *CALLS)):
        for write in (fee_market, access_list, legacy):
            yield Item(f"{write.__name__} {at}", write(**change), TOKENS)
    for name, data in hostile():
        yield Item(name, data, TOKENS, cleared=False)
