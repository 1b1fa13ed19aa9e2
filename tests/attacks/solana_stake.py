"""Solana staking and programs outside the grammar."""

import struct
from collections.abc import Iterator

from solders.instruction import Instruction
from solders.pubkey import Pubkey

from tests.attacks.case import Case, Expectation
from tests.attacks.solana import (
    FORBIDDEN,
    SOL,
    THEM,
    US,
    advance,
    case,
    legacy,
    pay,
    readable,
    signing,
    writable,
)
from tests.attacks.solana_programs import (
    CLOCK,
    LOADER,
    OURS,
    OWNER,
    STAKE,
    STAKED,
    THEIRS,
    USDC,
    alone,
)
from tests.attacks.world import (
    ASSOCIATED,
    solana_key,
)


def cases() -> Iterator[Case]:
    yield from _stake()
    yield from _programs()


def _stake() -> Iterator[Case]:
    kinds = {
        "authorize-withdrawer": struct.pack("<I", 1) + bytes(THEM) + struct.pack("<I", 1),
        "authorize-staker": struct.pack("<I", 1) + bytes(THEM) + struct.pack("<I", 0),
        "delegate": struct.pack("<I", 2),
        "split": struct.pack("<IQ", 3, SOL),
        "withdraw": struct.pack("<IQ", 4, SOL),
        "deactivate": struct.pack("<I", 5),
        "set-lockup": struct.pack("<I", 6) + b"\0\0\0",
        "authorize-checked": struct.pack("<II", 10, 1),
    }
    metas = [writable(STAKED), readable(CLOCK), OWNER, writable(THEM)]
    for name, data in kinds.items():
        says = ("authoriz",) if "authorize" in name else ()
        yield from alone(
            f"stake-{name}", Instruction(STAKE, data, metas), f"stake program: {name}", *says
        )
    hidden = [
        Instruction(
            STAKE,
            kinds["authorize-withdrawer"],
            [writable(solana_key(f"stake/{n}")), readable(CLOCK), OWNER],
        )
        for n in range(8)
    ]
    first = Instruction(STAKE, kinds["deactivate"], [writable(STAKED), readable(CLOCK), OWNER])
    yield case(
        "stake-swissborg",
        legacy(first, *hidden),
        "reject",
        "an unstake with eight hidden Authorize",
        FORBIDDEN,
        says=(str(THEM),),
    )
    yield case(
        "stake-swissborg-nonce",
        legacy(advance(), first, *hidden),
        "reject",
        "and kept for later",
        FORBIDDEN,
        says=(str(THEM),),
    )


def _programs() -> Iterator[Case]:
    both = [signing(US), writable(OURS)]
    programs = {
        "unknown": solana_key("program"),
        "serum": Pubkey.from_string("srmqPvymJeFKQ4zGQed1GFppgkRHL9kaELCbyksJtPX"),
        "loader-upgrade": LOADER,
        "jupiter": Pubkey.from_string("JUP6LkbZbjS1jKKwapdHNy74zcZ3tLUZoi5QNyVTaV4"),
        "squads": Pubkey.from_string("SQDS4ep65T869zMMBKyuUq6aD6EgTu8psMjkvj52pCf"),
        "lookup-table": Pubkey.from_string("AddressLookupTab1e1111111111111111111111111"),
        "secp256k1": Pubkey.from_string("KeccakSecp256k11111111111111111111111111111"),
    }
    for name, program in programs.items():
        named = () if name in ("loader-upgrade", "lookup-table") else (str(program),)
        yield from alone(
            f"program-{name}",
            Instruction(program, b"\x03\x00\x00\x00", both),
            f"program {name}",
            *named,
        )
    recover = Instruction(
        ASSOCIATED, b"\x02", [writable(OURS), readable(USDC), writable(THEIRS), signing(US)]
    )
    yield from alone("ata-recover-nested", recover, "the associated program's RecoverNested")
    for name, data in {
        "heap": b"\x01\x00\x00\x04\x00",
        "data-size": b"\x04\x00\x00\x01\x00",
        "unknown": b"\x09",
        "short": b"\x03\x01",
        "old": b"\x00" + bytes(8),
    }.items():
        budget = Instruction(
            Pubkey.from_string("ComputeBudget111111111111111111111111111111"), data, []
        )
        also: tuple[Expectation, ...] = ("accept", "warn") if name in ("heap", "data-size") else ()
        yield case(
            f"compute-{name}",
            legacy(budget, pay(SOL)),
            "reject",
            f"compute budget: {name}",
            (*FORBIDDEN, "MALFORMED"),
            also_ok=also,
        )
    twice = [
        Instruction(
            Pubkey.from_string("ComputeBudget111111111111111111111111111111"),
            b"\x02" + struct.pack("<I", n),
            [],
        )
        for n in (1, 2)
    ]
    yield case(
        "compute-twice",
        legacy(*twice, pay(SOL)),
        "reject",
        "two unit limits: the network refuses it",
        (*FORBIDDEN, "MALFORMED"),
        also_ok=("warn",),
    )
