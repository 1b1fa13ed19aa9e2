"""Solana memos, priority fees and messages that pay nothing."""

from collections.abc import Iterator

from tests.attacks.case import Case, Expectation
from tests.attacks.solana import (
    FORBIDDEN,
    MEMO,
    MEMO_1,
    SOL,
    US,
    case,
    create_account,
    legacy,
    memo,
    pay,
    send,
    unit_limit,
    unit_price,
)
from tests.attacks.world import (
    solana_key,
)


def cases() -> Iterator[Case]:
    yield from _asked()


def _asked() -> Iterator[Case]:
    also: tuple[Expectation, ...] = ("accept", "reject")
    yield case(
        "warn-memo",
        legacy(pay(SOL), memo(b"invoice 2026-0042")),
        "warn",
        "a memo is shown",
        also_ok=also,
    )
    yield case(
        "warn-memo-v1",
        legacy(pay(SOL), memo(b"invoice", MEMO_1)),
        "warn",
        "the old memo program",
        also_ok=also,
    )
    yield case(
        "warn-memo-signer",
        legacy(pay(SOL), memo(b"invoice", MEMO, US)),
        "warn",
        "a memo that we sign",
        also_ok=also,
    )
    bad = ("TEXT-UNSAFE", "DATA-OUTPUT", *FORBIDDEN)
    for name, text in {
        "ansi": b"\x1b[2Jpaid",
        "bidi": "ok \u202egnp".encode(),
        "nul": b"a\x00b",
        "not-utf8": b"\xff\xfe",
        "newlines": b"\n" * 100,
    }.items():
        yield case(
            f"memo-{name}",
            legacy(pay(SOL), memo(text)),
            "reject",
            f"a memo with {name}",
            bad,
            also_ok=("warn",),
        )
    fee = ("FEE-CEILING",)
    for name, more in {
        "price": (unit_limit(1_400_000), unit_price(10**12)),
        "huge": (unit_limit(1_400_000), unit_price(2**64 - 1)),
        "no-limit": (unit_price(10**11),),
    }.items():
        yield case(
            f"priority-{name}",
            legacy(*more, pay(SOL)),
            "reject",
            "the fee is a fortune",
            fee,
            also_ok=("warn",),
        )
    yield case(
        "priority-over-amount",
        legacy(unit_limit(200_000), unit_price(10**10), pay(1000)),
        "reject",
        "2 SOL of fee for 1,000 lamports",
        fee,
        also_ok=("warn",),
    )
    yield case(
        "zero", legacy(pay(0)), "reject", "pays nothing", ("TRANSFER-ZERO",), also_ok=("warn",)
    )
    yield case(
        "zero-token",
        legacy(send("USDC", 0)),
        "reject",
        "moves no token",
        ("TRANSFER-ZERO",),
        also_ok=("warn",),
    )
    yield case(
        "empty", legacy(), "reject", "no instruction", (*FORBIDDEN, "TRANSFER-ZERO", "MALFORMED")
    )
    yield case(
        "only-memo",
        legacy(memo(b"we agree to everything")),
        "reject",
        "only a memo is signed",
        (*FORBIDDEN, "TRANSFER-ZERO", "MESSAGE-FORBIDDEN", "DATA-OUTPUT"),
        also_ok=("warn",),
    )
    yield case(
        "only-ata",
        legacy(create_account("USDC")),
        "reject",
        "only creates an account",
        (*FORBIDDEN, "TRANSFER-ZERO"),
        also_ok=("warn", "accept"),
    )
    assert solana_key("x") != solana_key("y")
