"""Solana messages that are broken or can be written in two ways."""

from collections.abc import Iterator

from tests.attacks.case import Case
from tests.attacks.solana import SOL, SYSTEM, US, case, legacy, pay, version_0
from tests.attacks.world import SOLANA_CLIENTS

BROKEN = ("MALFORMED",)


def broken(name: str, data: bytes, reason: str, *more: str) -> Case:
    return case(f"mal-{name}", data, "reject", reason, (*BROKEN, *more))


def cases() -> Iterator[Case]:
    yield from _lengths()
    yield from _short_vectors()
    yield from _indexes()
    yield from _headers()


def _lengths() -> Iterator[Case]:
    for form, good in (("legacy", legacy(pay(SOL))), ("v0", version_0(pay(SOL)))):
        yield broken(f"{form}-trunc-one", good[:-1], "truncated")
        yield broken(f"{form}-trunc-half", good[: len(good) // 2], "truncated")
        yield broken(f"{form}-trailing", good + b"\x00", "a byte follows")
        yield broken(f"{form}-twice", good + good, "a second message follows")
        signed = b"\x01" + bytes(64) + good
        yield broken(
            f"{form}-whole-transaction",
            signed,
            "signatures stand before the message",
            "UNSUPPORTED",
            "SIGNED-ALREADY",
            "HINT-MISMATCH",
        )
    yield broken("empty", b"", "nothing")
    yield broken("one-byte", b"\x80", "only the version")
    yield broken("large", legacy(pay(SOL)) + bytes(1300), "larger than a packet")


def _short_vectors() -> Iterator[Case]:
    good = legacy(pay(SOL))
    assert good[3] == 3
    yield broken("shortvec-keys", good[:3] + b"\x83\x00" + good[4:], "a count with idle bytes")
    yield broken(
        "shortvec-keys-3", good[:3] + b"\x83\x80\x00" + good[4:], "a count with more idle bytes"
    )
    at = 4 + 3 * 32 + 32
    yield broken(
        "shortvec-instructions", good[:at] + b"\x81\x00" + good[at + 1 :], "a count with idle bytes"
    )
    data = good.index(b"\x0c\x02\x00\x00\x00")
    yield broken(
        "shortvec-data", good[:data] + b"\x8c\x00" + good[data + 1 :], "a length with idle bytes"
    )
    yield broken("shortvec-overflow", good[:3] + b"\xff\xff\x7f" + good[4:], "a count over 65,535")
    yield broken(
        "shortvec-4-bytes", good[:3] + b"\x83\x80\x80\x00" + good[4:], "a count of four bytes"
    )
    yield broken("shortvec-many", good[:3] + b"\xff\xff\x03" + good[4:], "65,535 keys")
    v0 = version_0(pay(SOL))
    yield broken("shortvec-tables", v0[:-1] + b"\x80\x00", "a count of tables with an idle byte")


def _indexes() -> Iterator[Case]:
    good = legacy(pay(SOL))
    at = good.index(b"\x02\x02\x00\x01\x0c")
    yield broken(
        "index-program",
        good[:at] + b"\x09" + good[at + 1 :],
        "a program index out of range",
        "UNSUPPORTED",
    )
    yield broken(
        "index-program-payer",
        good[:at] + b"\x00" + good[at + 1 :],
        "the fee payer as program",
        "UNSUPPORTED",
        "OPERATION-FORBIDDEN",
    )
    yield broken(
        "index-account",
        good[: at + 3] + b"\x07" + good[at + 4 :],
        "an account index out of range",
        "UNSUPPORTED",
    )
    client = bytes(SOLANA_CLIENTS[0])
    yield broken(
        "duplicate-key",
        good.replace(client, bytes(US), 1),
        "an account stands twice",
        "UNSUPPORTED",
    )
    yield broken(
        "duplicate-program",
        good.replace(client, bytes(SYSTEM), 1),
        "a program stands twice",
        "UNSUPPORTED",
    )


def _headers() -> Iterator[Case]:
    good = legacy(pay(SOL))
    yield broken(
        "header-no-signers",
        b"\x00" + good[1:],
        "nobody signs",
        "UNSUPPORTED",
        "SIGNER-NOT-OURS",
        "ACCOUNT-UNKNOWN",
    )
    yield broken(
        "header-all-readonly",
        good[:1] + b"\x01" + good[2:],
        "the fee payer is read-only",
        "UNSUPPORTED",
    )
    yield broken("header-too-many", b"\x04" + good[1:], "more signers than keys")
    yield broken(
        "header-readonly-over", good[:2] + b"\x05" + good[3:], "more read-only keys than keys"
    )
    recipient = good[:2] + b"\x02" + good[3:]
    yield broken(
        "header-recipient-readonly",
        recipient,
        "the recipient is read-only: it would fail",
        "UNSUPPORTED",
        "OPERATION-FORBIDDEN",
    )
    v0 = version_0(pay(SOL))
    for version in (1, 2, 127):
        data = bytes([0x80 | version]) + v0[1:]
        yield case(
            f"version-{version}",
            data,
            "reject",
            f"message version {version}",
            ("UNSUPPORTED", "MALFORMED", "OPERATION-FORBIDDEN"),
        )
    off_chain = b"\xffsolana offchain" + b"\x00\x00" + (5).to_bytes(2, "little") + b"hello"
    yield case(
        "off-chain-message",
        off_chain,
        "reject",
        "an off-chain message",
        ("MESSAGE-FORBIDDEN", "UNSUPPORTED"),
    )
    yield case(
        "off-chain-text",
        b"I hereby give you everything I own",
        "reject",
        "plain text",
        ("MESSAGE-FORBIDDEN", "UNSUPPORTED", "MALFORMED"),
    )
