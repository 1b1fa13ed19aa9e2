"""TRON protobuf that is not canonical, and types that disagree."""

from collections.abc import Iterator

from tests.attacks.case import Case, Expectation
from tests.attacks.tron import (
    FORBIDDEN,
    SUN,
    URL,
    call,
    case,
    raw_data,
    tokens,
    transfer,
)
from tests.attacks.tron_contracts import BROKEN, KINDS, Field, around, contract, message, varint
from tests.attacks.world import CLOCK_MS, TRON_ATTACKER, TRON_CLIENTS, TRON_USDT, TRON_VAULT, seed


def cases() -> Iterator[Case]:
    yield from _canonical()
    yield from _order_and_lengths()
    yield from _mismatches()


UNKNOWN = ("UNSUPPORTED", "OPERATION-FORBIDDEN")


def broken(name: str, data: bytes, reason: str, *more: str) -> Case:
    return case(f"mal-{name}", data, "reject", reason, (*BROKEN, *more))


def _canonical() -> Iterator[Case]:
    good = raw_data(transfer(25 * SUN))
    body = transfer(25 * SUN).SerializeToString()
    inner = contract(1, "TransferContract", body)
    assert around(inner) == good
    unknown = UNKNOWN
    yield broken("trunc-one", good[:-1], "truncated")
    yield broken("trunc-half", good[: len(good) // 2], "truncated")
    yield broken("trailing", good + b"\x00", "a byte follows")
    yield broken("unknown-field", good + message((99, 1)), "an unknown field", *unknown)
    yield broken(
        "unknown-field-bytes", good + message((20, b"pay more")), "an unknown field", *unknown
    )
    yield broken(
        "unknown-in-transfer",
        around(contract(1, "TransferContract", body + message((9, 1)))),
        "an unknown field in the transfer",
        *unknown,
    )
    yield broken(
        "unknown-in-contract",
        around(inner + message((7, 1))),
        "an unknown field in the contract",
        *unknown,
    )
    yield broken(
        "second-amount",
        around(contract(1, "TransferContract", body + message((3, 10**12)))),
        "the amount stands twice",
        *unknown,
    )
    yield broken(
        "second-recipient",
        around(contract(1, "TransferContract", body + message((2, TRON_ATTACKER)))),
        "the recipient stands twice",
        *unknown,
    )
    yield broken(
        "second-expiration",
        good + message((8, CLOCK_MS + 10**10)),
        "the expiration stands twice",
        *unknown,
    )
    yield broken(
        "second-parameter",
        around(inner + message((2, message((2, body))))),
        "the parameter stands twice",
        *unknown,
    )


def _order_and_lengths() -> Iterator[Case]:
    good, unknown = raw_data(transfer(25 * SUN)), UNKNOWN
    swapped = message((2, TRON_CLIENTS[0]), (1, TRON_VAULT), (3, SUN))
    yield broken(
        "field-order",
        around(contract(1, "TransferContract", swapped)),
        "fields out of order",
        *unknown,
    )
    long = message((1, TRON_VAULT), (2, TRON_CLIENTS[0])) + b"\x18\x85\x80\x00"
    yield broken(
        "varint-long",
        around(contract(1, "TransferContract", long)),
        "a varint with idle bytes",
        *unknown,
    )
    overlong = message((1, TRON_VAULT), (2, TRON_CLIENTS[0])) + b"\x18" + b"\xff" * 10 + b"\x01"
    yield broken(
        "varint-11-bytes", around(contract(1, "TransferContract", overlong)), "a varint of 11 bytes"
    )
    zero = message((1, TRON_VAULT), (2, TRON_CLIENTS[0]), (3, SUN))
    yield broken(
        "explicit-permission-0",
        around(contract(1, "TransferContract", zero, (5, 0))),
        "a default value is written",
        *unknown,
    )
    yield broken("explicit-fee-0", good + message((18, 0)), "a default value is written", *unknown)
    wire = good[:2] + good[2:].replace(b"\x40", b"\x41", 1)
    yield broken("wire-type", wire, "another wire type", *unknown)
    group = good + varint(30 << 3 | 3) + varint(30 << 3 | 4)
    yield broken("group", group, "a group", *unknown)
    yield broken("tag-zero", good + b"\x00\x01", "field number 0")
    yield broken("long-length", b"\x0a\x82\x00" + good[2:], "a length with idle bytes", *unknown)
    signed = message((1, good), (2, bytes(65)))
    yield broken("whole-transaction", signed, "a whole Transaction with a signature", *unknown)
    yield broken("whole-unsigned", message((1, good)), "a whole Transaction without one", *unknown)
    yield broken("random", seed("a") + seed("b"), "noise")


def _mismatches() -> Iterator[Case]:
    body = transfer(SUN).SerializeToString()
    kinds = (*FORBIDDEN, "UNSUPPORTED", "HINT-MISMATCH", "TYPE-MISMATCH")
    variants = {
        "trigger-typed-transfer": contract(31, "TransferContract", body),
        "transfer-typed-trigger": contract(
            1, "TriggerSmartContract", tokens(SUN).SerializeToString()
        ),
        "permission-typed-transfer": contract(46, "TransferContract", body),
        "transfer-typed-permission": contract(
            1, "AccountPermissionUpdateContract", message((1, TRON_VAULT))
        ),
    }
    for name, inner in variants.items():
        yield case(f"mismatch-{name}", around(inner), "reject", "type and type_url disagree", kinds)
    urls = {
        "empty": b"",
        "other-host": b"evil.example/protocol.TransferContract",
        "case": (URL + "transfercontract").encode(),
        "google": b"type.googleapis.com/google.protobuf.Any",
    }
    for name, url in urls.items():
        parts: list[Field] = ([(1, url)] if url else []) + [(2, body)]
        inner = message((1, 1), (2, message(*parts)))
        yield case(
            f"type-url-{name}", around(inner), "reject", "another type_url", (*kinds, "MALFORMED")
        )
    also: tuple[Expectation, ...] = ()
    approve = call("approve(address,uint256)", TRON_ATTACKER, 2**256 - 1)
    trick = message(
        (1, TRON_VAULT),
        (2, TRON_USDT),
        (4, call("transfer(address,uint256)", TRON_CLIENTS[0], SUN)),
        (4, approve),
    )
    data = around(contract(31, "TriggerSmartContract", trick), more=[(18, SUN)])
    yield case(
        "mal-second-data",
        data,
        "reject",
        "a second calldata wins",
        ("MALFORMED", *kinds),
        also_ok=also,
    )
    assert KINDS.Value("TriggerSmartContract") == 31
