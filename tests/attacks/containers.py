"""What animated QR codes carry: honest streams, broken ones, and containers that disagree."""

from collections.abc import Iterator, Sequence

import cbor2

from tests.attacks import bitcoin, ethereum, solana, tron
from tests.attacks.case import Case, Expectation, Table, base64_text
from tests.attacks.psbt import version_0
from tests.attacks.transport import part, parts, single
from tests.attacks.world import (
    seed,
)

INCOMPLETE = ("CONTAINER-INCOMPLETE",)
BROKEN = ("MALFORMED", "CONTAINER-MIXED", "CONTAINER-INCOMPLETE", "CONTAINER-MISMATCH")
DISAGREES = (
    "CONTAINER-MISMATCH",
    "CONTAINER-DISAGREES",
    "HINT-MISMATCH",
    "CHAIN-MISMATCH",
    "ACCOUNT-MISMATCH",
)
MESSAGE = ("MESSAGE-FORBIDDEN", "UNSUPPORTED")
DRAFT = bitcoin.payment("container", inputs=(1_000_000, 2_000_000))
PSBT, PAID = version_0(DRAFT), bitcoin.fields_of(DRAFT)
BODY = cbor2.dumps(PSBT)
FINE = -(-len(BODY) // 16)
ETHER = ethereum.transaction(value=3 * ethereum.ETHER, gas=21_000)
OTHER_CHAIN = ethereum.transaction(value=3 * ethereum.ETHER, gas=21_000, chain=56)
SOL, TRX = solana.legacy(solana.pay(2 * solana.SOL)), tron.raw_data(tron.transfer(9 * tron.SUN))
UUID = cbor2.CBORTag(37, seed("uuid")[:16])


def stream(
    name: str,
    frames: Sequence[str],
    expected: Expectation,
    reason: str,
    cause: tuple[str, ...] = (),
    *,
    chain: str = "any",
    fields: Table | None = None,
    also_ok: tuple[Expectation, ...] = (),
) -> Case:
    kind = "bbqr-stream" if frames and frames[0][:2].upper() == "B$" else "ur-stream"
    return Case(
        id=f"xport-{name}",
        chain=chain,
        kind=kind,
        encoding="json-frames",
        payload=list(frames),
        expected=expected,
        also_ok=also_ok,
        reason=reason,
        cause=cause,
        fields=fields,
    )


def paid(name: str, frames: Sequence[str], reason: str, *also_ok: Expectation) -> Case:
    """A stream of the honest PSBT."""
    cause = (*BROKEN, "UNSUPPORTED")
    return stream(
        name, frames, "accept", reason, cause, chain="bitcoin", fields=PAID, also_ok=also_ok
    )


def cases() -> Iterator[Case]:
    yield from _resources()
    yield from _broken_resources()


def _resources() -> Iterator[Case]:
    whole = parts("crypto-psbt", BODY, 7)
    yield paid("ur-crypto-psbt", [single("crypto-psbt", BODY)], "one part")
    yield paid("ur-psbt-v2-type", [single("psbt", BODY)], "the type of the newer registry")
    yield paid("ur-7-parts", whole, "in order")
    yield paid("ur-upper", [frame.upper() for frame in whole], "as a QR carries it")
    yield paid("ur-shuffled", whole[::-1], "in another order")
    yield paid("ur-repeated", [*whole[:4], *whole[2:], *whole], "with repeats")
    yield paid("ur-fountain", parts("crypto-psbt", BODY, 7, range(8, 40)), "only mixed parts")
    yield paid(
        "ur-loss",
        [*whole[:3], *parts("crypto-psbt", BODY, 7, range(8, 40))],
        "lost parts are mended",
    )
    yield paid("ur-large-part-count", parts("crypto-psbt", BODY, FINE), "many parts")
    yield paid("ur-bytes", [single("bytes", BODY)], "the type of the oldest wallets", "reject")
    tagged = cbor2.dumps(cbor2.CBORTag(310, PSBT))
    yield paid(
        "ur-tagged", [single("crypto-psbt", tagged)], "with the tag that a UR leaves out", "reject"
    )
    foreign = ["https://example.com", *whole, "WIFI:S:guest;;"]
    yield paid("ur-foreign-frames", foreign, "other codes lie about", "reject")


def _broken_resources() -> Iterator[Case]:
    whole, other = (
        parts("crypto-psbt", BODY, 7),
        parts("crypto-psbt", cbor2.dumps(version_0(bitcoin.payment("other"))), 7),
    )
    broken: dict[str, tuple[Sequence[str], tuple[str, ...]]] = {
        "missing-one": (whole[:6], INCOMPLETE),
        "missing-first": (whole[1:], INCOMPLETE),
        "only-one": (whole[:1] * 9, INCOMPLETE),
        "nothing": ([], (*INCOMPLETE, *BROKEN, "EMPTY")),
        "two-messages": ([*whole[:4], *other[4:]], (*INCOMPLETE, *BROKEN)),
        "two-whole-messages": ([*whole, *other], BROKEN),
        "types-differ": (
            [*whole[:6], whole[6].replace("crypto-psbt", "bytes")],
            (*INCOMPLETE, *BROKEN),
        ),
        "crc-single": ([single("crypto-psbt", BODY)[:-2] + "ae"], BROKEN),
        "crc-part": (
            [*whole[:6], whole[6][:-2] + ("ae" if whole[6][-2:] != "ae" else "ad")],
            (*INCOMPLETE, *BROKEN),
        ),
        "letters": ([single("crypto-psbt", BODY)[:-2] + "qq"], BROKEN),
        "odd-letters": ([single("crypto-psbt", BODY)[:-1]], BROKEN),
        "huge-length": (
            [part("crypto-psbt", 1, 2, 2**32 - 1, 1, b"x" * 30)],
            (*INCOMPLETE, *BROKEN),
        ),
        "huge-count": ([part("crypto-psbt", 1, 2**31, 2**31, 1, b"x")], (*INCOMPLETE, *BROKEN)),
        "zero-count": ([part("crypto-psbt", 1, 0, 0, 0, b"")], (*INCOMPLETE, *BROKEN)),
        "zero-number": ([part("crypto-psbt", 0, 2, 10, 0, b"12345")], (*INCOMPLETE, *BROKEN)),
        "wrong-checksum": ([part("crypto-psbt", n, 2, 10, 7, b"12345") for n in (1, 2)], BROKEN),
        "header-disagrees": (
            ["ur:crypto-psbt/9-7/" + whole[0].split("/")[2], *whole[1:]],
            (*INCOMPLETE, *BROKEN),
        ),
        "mixed-case": (
            [single("crypto-psbt", BODY)[:40] + single("crypto-psbt", BODY)[40:].upper()],
            BROKEN,
        ),
        "no-body": (["ur:crypto-psbt/"], BROKEN),
        "no-type": ([single("", BODY)], BROKEN),
        "control-in-type": ([single("crypto\x1b[2Jpsbt", BODY)], (*BROKEN, "UNSUPPORTED")),
        "unknown-type": ([single("crypto-evil", BODY)], (*BROKEN, "UNSUPPORTED", "CONTAINER-TYPE")),
    }
    for name, (frames, cause) in broken.items():
        also: tuple[Expectation, ...] = ("accept",) if name == "mixed-case" else ()
        yield stream(f"ur-{name}", frames, "reject", name, cause, also_ok=also)
    bodies = {
        "indefinite": b"\x5f" + BODY + b"\xff",
        "trailing": BODY + b"\x00",
        "long-length": b"\x5b" + len(PSBT).to_bytes(8, "big") + PSBT,
        "nested-array": b"\x81" * 50_000,
        "huge-claim": b"\x5b" + b"\xff" * 8 + b"psbt",
        "text-not-bytes": cbor2.dumps(base64_text(PSBT)),
        "map": cbor2.dumps({1: PSBT}),
        "empty-bytes": b"\x40",
    }
    for name, body in bodies.items():
        yield stream(
            f"ur-cbor-{name}",
            [single("crypto-psbt", body)],
            "reject",
            f"CBOR: {name}",
            (*BROKEN, "UNSUPPORTED"),
            chain="bitcoin",
        )
    secrets = {
        "crypto-seed": {1: seed("leak")[:16]},
        "seed": {1: seed("leak")[:16]},
        "crypto-eckey": {2: True, 3: seed("leak")},
        "crypto-hdkey": {3: b"\x02" + seed("key"), 4: seed("chain")},
        "crypto-account": {1: 1, 2: []},
        "eth-signature": {1: UUID, 2: bytes(65)},
    }
    for kind, value in secrets.items():
        yield stream(
            f"ur-type-{kind}",
            [single(kind, cbor2.dumps(value))],
            "reject",
            f"{kind} is nothing to sign",
            ("UNSUPPORTED", *BROKEN, "CONTAINER-TYPE"),
        )
