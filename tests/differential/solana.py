"""Solana: messages compiled and read back by solders, hashed by hashlib, spelled by base58."""

from collections.abc import Iterator
from hashlib import sha256
from random import Random
from typing import Any

from solders.message import from_bytes_versioned

from tests.agreement import solana_messages as messages
from tests.differential.case import Case, Stated, compared, endless
from tests.differential.solana_draft import DECODER, Draft, drafted, spelled
from tests.differential.solana_illegal import illegal

SIGNATURE, UNITS, MOST_UNITS, MICRO = 5_000, 200_000, 1_400_000, 10**6
"""Lamports of a signature; compute units of an instruction, and at the most; a millionth."""


def cases(seed: int) -> Iterator[Case]:
    return endless("solana", seed, _legal, illegal)


def compare(case: Case) -> list[str]:
    return compared(case, DECODER)


def _legal(dice: Random) -> Case:
    draft = drafted(dice)
    data = draft.data
    return Case(f"message {draft.version}", data, _stated(draft, data))


def _stated(draft: Draft, data: bytes) -> Stated:
    digest, read = sha256(data).digest(), from_bytes_versioned(data)
    nonce, blockhash = draft.nonce, spelled(read.recent_blockhash)
    return Stated(
        network=draft.wallet.account.network,
        form="solana-legacy" if draft.version is None else "solana-v0",
        account=draft.wallet.account.name,
        source=spelled(read.account_keys[0]),
        paid=tuple(draft.paid),
        fee=_fee(read),
        consumed=((f"{spelled(nonce)}:{blockhash}" if nonce else digest.hex(), 0),),
        digest=digest,
        facts=(
            *draft.facts,
            ("Valid until used", f"nonce {blockhash} of {spelled(nonce)}")
            if nonce
            else ("Valid for about a minute", f"recent blockhash {blockhash}"),
        ),
    )


def _fee(read: Any) -> tuple[int, int, int]:
    """The fee at the most, by the compute budget that solders reads in the bytes."""
    settings = {}
    others = 0
    for each in read.instructions:
        if read.account_keys[each.program_id_index] == messages.BUDGET:
            settings[each.data[0]] = int.from_bytes(each.data[1:], "little")
        else:
            others += 1
    units = min(settings.get(2, others * UNITS), MOST_UNITS)
    priority = (units * settings.get(3, 0) + MICRO - 1) // MICRO
    signatures = SIGNATURE * read.header.num_required_signatures
    return signatures + priority, signatures, priority
