"""Ethereum bytes that are broken or can be written in two ways."""

from collections.abc import Iterator

import rlp

from tests.attacks.case import Case
from tests.attacks.ethereum import ETHER, GWEI, case, integer, raw, transaction
from tests.attacks.world import CHAIN_ID, ETHEREUM_CLIENTS, NEXT_NONCE

BROKEN = ("MALFORMED",)
CLIENT = raw(ETHEREUM_CLIENTS[0])


def broken(name: str, data: bytes, reason: str) -> Case:
    return case(f"mal-{name}", data, "reject", reason, BROKEN)


def fields() -> list[bytes]:
    """The nine fields of a type 2 transaction, each already encoded."""
    values = [CHAIN_ID, NEXT_NONCE, 2 * GWEI, 30 * GWEI, 21_000]
    return [
        *(rlp.encode(integer(value)) for value in values),
        rlp.encode(CLIENT),
        rlp.encode(integer(ETHER)),
        b"\x80",
        b"\xc0",
    ]


def listed(items: list[bytes], kind: bytes = b"\x02") -> bytes:
    body = b"".join(items)
    head = bytes([0xC0 + len(body)]) if len(body) < 56 else bytes([0xF8, len(body)])
    return kind + head + body


def cases() -> Iterator[Case]:
    good = transaction(value=ETHER, gas=21_000)
    assert good == listed(fields())
    yield broken("trailing-byte", good + b"\x00", "a byte follows")
    yield broken("trailing-list", good + b"\xc0", "a list follows")
    yield broken("twice", good + good, "the transaction stands twice")
    yield broken("trunc-one", good[:-1], "truncated")
    yield broken("trunc-half", good[: len(good) // 2], "truncated")
    yield broken("type-only", b"\x02", "only a type")
    yield broken("empty", b"", "nothing")
    yield broken("zero-byte", b"\x00", "one zero byte")
    yield from _canonical()
    yield from _structure()
    yield from _text(good)


def _canonical() -> Iterator[Case]:
    plain = fields()
    body = b"".join(plain)
    yield broken(
        "long-list-form", b"\x02\xf8" + bytes([len(body)]) + body, "a short list in long form"
    )
    yield broken(
        "list-length-zero",
        b"\x02\xf9\x00" + bytes([len(body)]) + body,
        "a length with a leading zero",
    )
    variants = {
        "single-byte-prefixed": (1, b"\x81" + bytes([NEXT_NONCE])),
        "chain-prefixed": (0, b"\x81\x01"),
        "long-string-form": (5, b"\xb8\x14" + CLIENT),
        "string-length-zero": (5, b"\xb9\x00\x14" + CLIENT),
        "nonce-leading-zero": (1, b"\x82\x00" + bytes([NEXT_NONCE])),
        "value-leading-zero": (6, b"\x89\x00" + integer(ETHER)),
        "nonce-zero-byte": (1, b"\x00"),
        "priority-zero-byte": (2, b"\x00"),
        "gas-leading-zeros": (4, b"\x84\x00\x00" + integer(21_000)),
        "value-33-bytes": (6, b"\xa1\x01" + bytes(32)),
        "data-prefixed": (7, b"\x81\x05"),
    }
    for name, (position, item) in variants.items():
        changed = [*plain[:position], item, *plain[position + 1 :]]
        yield broken(f"rlp-{name}", listed(changed), f"non-canonical: {name}")
    legacy = [
        integer(NEXT_NONCE),
        integer(30 * GWEI),
        integer(21_000),
        CLIENT,
        integer(ETHER),
        b"",
        integer(1),
    ]
    zeros = rlp.encode([*legacy, b"\x00", b"\x00"])
    yield broken("legacy-r-zero-byte", zeros, "r and s as zero bytes instead of empty")


def _structure() -> Iterator[Case]:
    plain = fields()
    yield broken("8-fields", listed(plain[:-1]), "the access list is missing")
    yield broken("10-fields", listed([*plain, b"\x80"]), "a tenth field")
    yield broken(
        "list-as-nonce", listed([plain[0], b"\xc1\x29", *plain[2:]]), "a list where a number stands"
    )
    yield broken("list-as-data", listed([*plain[:7], b"\xc0", b"\xc0"]), "a list where data stands")
    yield broken(
        "string-as-access-list", listed([*plain[:8], b"\x80"]), "a string where a list stands"
    )
    yield broken(
        "recipient-19",
        listed([*plain[:5], rlp.encode(CLIENT[:19]), *plain[6:]]),
        "19 bytes of recipient",
    )
    yield broken(
        "recipient-21",
        listed([*plain[:5], rlp.encode(CLIENT + b"\0"), *plain[6:]]),
        "21 bytes of recipient",
    )
    yield broken(
        "recipient-32",
        listed([*plain[:5], rlp.encode(bytes(12) + CLIENT), *plain[6:]]),
        "a padded recipient",
    )
    entry = rlp.encode([CLIENT[:19], []])
    yield broken(
        "access-list-address",
        b"\x02" + rlp.encode([rlp.decode(x) for x in plain[:8]] + [[rlp.decode(entry)]]),
        "an access list entry of 19 bytes",
    )
    deep = b"\xc0"
    for _ in range(20_000):
        size = len(deep)
        head = (
            bytes([0xC0 + size])
            if size < 56
            else bytes([0xF7 + len(integer(size))]) + integer(size)
        )
        deep = head + deep
    yield broken("deep-nesting", b"\x02" + deep, "20,000 nested lists")
    yield broken("huge-length", b"\x02\xff" + b"\xff" * 8 + b"\x01", "a list of 2^64 bytes")
    yield broken(
        "legacy-as-string", rlp.encode(transaction(value=ETHER, kind=0)), "RLP inside an RLP string"
    )
    yield broken("legacy-7-fields", rlp.encode([integer(NEXT_NONCE)] * 7), "seven fields")
    yield broken(
        "typed-in-string",
        rlp.encode(transaction(value=ETHER)),
        "a typed transaction as the network wraps it",
    )


def _text(good: bytes) -> Iterator[Case]:
    for name, text in {
        "odd-hex": good.hex()[:-1],
        "not-hex": good.hex()[:-2] + "zz",
        "hex-with-space": good.hex()[:20] + "  \x00" + good.hex()[20:],
    }.items():
        yield Case(
            id=f"eth-mal-{name}",
            kind="eth-unsigned-tx",
            encoding="hex",
            payload=text,
            expected="reject",
            reason="no hexadecimal text",
            cause=("MALFORMED", "ENCODING"),
        )
    told = {"asset": "ETH", "amount": "1", "to": ETHEREUM_CLIENTS[0]}
    for name, text in {"upper-case": good.hex().upper(), "0x": "0x" + good.hex()}.items():
        yield Case(
            id=f"eth-ok-hex-{name}",
            kind="eth-unsigned-tx",
            encoding="hex",
            payload=text,
            expected="accept",
            also_ok=("reject",),
            reason="hexadecimal as tools write it",
            fields=told,
            cause=("MALFORMED",),
        )
