"""BBQr streams, honest and broken."""

import zlib
from collections.abc import Iterator, Sequence

from tests.attacks import bitcoin
from tests.attacks.case import Case, Expectation
from tests.attacks.containers import (
    BROKEN,
    DISAGREES,
    DRAFT,
    ETHER,
    INCOMPLETE,
    MESSAGE,
    PSBT,
    paid,
    stream,
)
from tests.attacks.psbt import version_0
from tests.attacks.transport import base36, bbqr, written
from tests.attacks.world import (
    ETHEREUM_CLIENTS,
)


def cases() -> Iterator[Case]:
    yield from _bbqr()
    yield from _broken_bbqr()


def _bbqr() -> Iterator[Case]:
    for name, encoding in (("hex", "H"), ("base32", "2"), ("deflate", "Z")):
        yield paid(f"bbqr-{name}", bbqr(PSBT, 4, encoding), f"four parts in {name}")
        yield paid(f"bbqr-{name}-one", bbqr(PSBT, 1, encoding), f"one part in {name}")
    whole = bbqr(PSBT, 6)
    yield paid("bbqr-shuffled", whole[::-1], "in another order")
    yield paid("bbqr-repeated", [*whole, *whole[2:5]], "with repeats")
    told = {"asset": "ETH", "amount": "3", "to": ETHEREUM_CLIENTS[0]}
    yield stream(
        "bbqr-eth-binary",
        bbqr(ETHER, 2, "2", "B"),
        "accept",
        "a transaction as binary",
        chain="ethereum",
        fields=told,
        also_ok=("reject",),
        cause=("UNSUPPORTED", "MALFORMED"),
    )


def _broken_bbqr() -> Iterator[Case]:
    whole = bbqr(PSBT, 6)
    other = bbqr(version_0(bitcoin.payment("bbqr/other", inputs=(1_000_000, 2_000_000))), 6)
    head = whole[0][:8]
    bomb = zlib.compressobj(9, zlib.DEFLATED, -10)
    packed = b"".join(bomb.compress(bytes(1 << 20)) for _ in range(40)) + bomb.flush()
    broken: dict[str, tuple[Sequence[str], tuple[str, ...]]] = {
        "missing": (whole[:5], INCOMPLETE),
        "missing-first": (whole[1:], INCOMPLETE),
        "two-messages": (
            [*whole[:2], *other[2:4], *whole[4:]],
            (*BROKEN, "PREVIOUS-TRANSACTION", "CHANGE-NOT-OURS"),
        ),
        "same-index-other-data": (
            [*whole, whole[2][:-1] + ("A" if whole[2][-1] != "A" else "B")],
            BROKEN,
        ),
        "types-differ": ([*whole[:5], whole[5].replace("B$2P", "B$2T")], BROKEN),
        "totals-differ": ([*whole[:5], whole[5].replace("B$2P06", "B$2P07")], BROKEN),
        "encodings-differ": ([*whole[:5], whole[5].replace("B$2P", "B$HP")], BROKEN),
        "index-beyond": ([*whole[:5], head[:6] + "0Z" + whole[5][8:]], (*BROKEN, *INCOMPLETE)),
        "total-zero": (["B$2P0000" + whole[0][8:]], BROKEN),
        "bad-letter": ([whole[0][:8] + "1" + whole[0][9:], *whole[1:]], BROKEN),
        "unknown-encoding": ([frame.replace("B$2", "B$Q") for frame in whole], BROKEN),
        "header-only": (["B$2P0100"], BROKEN),
        "short-header": (["B$2P01"], BROKEN),
        "unequal-parts": ([whole[0], whole[1][:-16], *whole[2:]], BROKEN),
        "lower-case": ([frame.lower() for frame in whole], BROKEN),
        "deflate-broken": ([f"B$ZP0100{written(PSBT, 'Z')}"], BROKEN),
        "deflate-trailing": ([frame + "AAAAAAAA" for frame in bbqr(PSBT, 1, "Z")], BROKEN),
        "deflate-bomb": (_cut(packed, "Z"), (*BROKEN, "CONTAINER-SIZE")),
        "padding-bits": ([bbqr(PSBT, 1)[0][:-1] + "7"], BROKEN),
    }
    for name, (frames, cause) in broken.items():
        also: tuple[Expectation, ...] = (
            ("accept",) if name in ("lower-case", "unequal-parts") else ()
        )
        yield stream(f"bbqr-{name}", frames, "reject", name, cause, also_ok=also)
    types = {
        "X": b"\x7fELF evil",
        "J": b'{"a": 1}',
        "U": b"hello",
        "T": DRAFT.transaction().serialize(),
    }
    for kind, data in types.items():
        yield stream(
            f"bbqr-type-{kind.lower()}",
            bbqr(data, 1, "2", kind),
            "reject",
            f"file type {kind} is nothing to sign",
            ("UNSUPPORTED", "MALFORMED", "CONTAINER-TYPE", "HINT-MISMATCH", *MESSAGE),
        )
    yield stream(
        "bbqr-type-lies",
        bbqr(ETHER, 1, "2", "P"),
        "reject",
        "a PSBT by name, an Ethereum transaction by content",
        (*DISAGREES, "MALFORMED"),
    )


def _cut(data: bytes, encoding: str) -> list[str]:
    size = 1_000
    count = -(-len(data) // size)
    if count > 1_295:
        size = -(-len(data) // 1_295 // 5) * 5 + 5
        count = -(-len(data) // size)
    shares = [data[n * size : (n + 1) * size] for n in range(count)]
    head = f"B${encoding}P{base36(count)}"
    return [head + base36(n) + written(share, encoding) for n, share in enumerate(shares)]
