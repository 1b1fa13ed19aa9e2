"""THE FLOW of a batch, as one table: nothing moves but by a row of it.

request → build → make → check → export | import → finalise → broadcast → confirm

A rebuild, which is also how a fee changes, voids both approvals. Once exported, a batch moves on
only by the appliance's answer: its digests may be signed, so nobody here may take them back.
"""

from dataclasses import dataclass
from enum import StrEnum


class BatchState(StrEnum):
    """Where a batch stands."""

    BUILT = "built"
    MADE = "made"
    CHECKED = "checked"
    EXPORTED = "exported"
    SIGNED = "signed"
    FINALISED = "finalised"
    BROADCAST = "broadcast"
    CONFIRMED = "confirmed"
    FAILED = "failed"
    DISCARDED = "discarded"
    REFUSED = "refused"
    REJECTED = "rejected"
    BURNT = "burnt"


class Step(StrEnum):
    """What moves a batch."""

    REBUILD = "rebuild"
    DISCARD = "discard"
    MAKE = "make"
    CHECK = "check"
    EXPORT = "export"
    IMPORT_SIGNED = "import"
    IMPORT_REFUSED = "import a refusal"
    IMPORT_REJECTED = "import a rejection"
    IMPORT_BURNT = "import a burning"
    FINALISE = "finalise"
    BROADCAST = "broadcast"
    CONFIRM = "confirm"
    FAIL = "note a failure on chain"


class RequestState(StrEnum):
    """Where a withdrawal request stands. A pending one waits to be batched."""

    PENDING = "pending"
    BATCHED = "batched"
    PAID = "paid"
    REJECTED = "rejected"
    BURNT = "burnt"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Row:
    """One allowed move of a batch, and what becomes of what it holds.

    `requests` is the state its withdrawal requests take (None: unchanged), `releases` whether its
    coins and nonces become free, `voids` whether its approvals are deleted.
    """

    step: Step
    sources: tuple[BatchState, ...]
    target: BatchState
    requests: RequestState | None = None
    releases: bool = False
    voids: bool = False


_BEFORE_EXPORT = (BatchState.BUILT, BatchState.MADE, BatchState.CHECKED)
_AWAITED = (BatchState.EXPORTED,)

FLOW: tuple[Row, ...] = (
    Row(Step.MAKE, (BatchState.BUILT,), BatchState.MADE),
    Row(Step.CHECK, (BatchState.MADE,), BatchState.CHECKED),
    Row(Step.EXPORT, (BatchState.CHECKED,), BatchState.EXPORTED),
    Row(Step.IMPORT_SIGNED, _AWAITED, BatchState.SIGNED),
    Row(Step.FINALISE, (BatchState.SIGNED,), BatchState.FINALISED),
    Row(Step.BROADCAST, (BatchState.FINALISED,), BatchState.BROADCAST),
    Row(Step.CONFIRM, (BatchState.BROADCAST,), BatchState.CONFIRMED),
    # Ways aside
    Row(Step.FAIL, (BatchState.BROADCAST,), BatchState.FAILED),
    Row(Step.REBUILD, _BEFORE_EXPORT, BatchState.BUILT, voids=True),
    Row(Step.DISCARD, _BEFORE_EXPORT, BatchState.DISCARDED, RequestState.PENDING, releases=True),
    Row(Step.IMPORT_REFUSED, _AWAITED, BatchState.REFUSED, RequestState.PENDING, releases=True),
    Row(Step.IMPORT_REJECTED, _AWAITED, BatchState.REJECTED, RequestState.REJECTED, releases=True),
    Row(Step.IMPORT_BURNT, _AWAITED, BatchState.BURNT, RequestState.BURNT),
)

ROWS: dict[Step, Row] = {row.step: row for row in FLOW}

LIVE = (*_BEFORE_EXPORT, BatchState.EXPORTED, BatchState.SIGNED, BatchState.FINALISED)
"""States in which a batch's transactions are not yet on their chains but may get there."""


def steps_from(state: BatchState) -> tuple[Step, ...]:
    """Return the steps that are possible now."""
    return tuple(row.step for row in FLOW if state in row.sources)
