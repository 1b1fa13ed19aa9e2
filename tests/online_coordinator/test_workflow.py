"""The table that every batch moves by."""

import pytest

from online_coordinator.workflow import FLOW, ROWS, BatchState, RequestState, Step, steps_from

MAIN_LINE = (
    (Step.MAKE, BatchState.BUILT, BatchState.MADE),
    (Step.CHECK, BatchState.MADE, BatchState.CHECKED),
    (Step.EXPORT, BatchState.CHECKED, BatchState.EXPORTED),
    (Step.IMPORT_SIGNED, BatchState.EXPORTED, BatchState.SIGNED),
    (Step.FINALISE, BatchState.SIGNED, BatchState.FINALISED),
    (Step.BROADCAST, BatchState.FINALISED, BatchState.BROADCAST),
    (Step.CONFIRM, BatchState.BROADCAST, BatchState.CONFIRMED),
)


@pytest.mark.parametrize(("step", "source", "target"), MAIN_LINE)
def test_the_main_line_goes_forward_one_step_at_a_time(
    step: Step, source: BatchState, target: BatchState
) -> None:
    assert ROWS[step].sources == (source,)
    assert ROWS[step].target is target


def test_every_step_has_exactly_one_row() -> None:
    assert sorted(row.step for row in FLOW) == sorted(Step)


def test_nothing_reaches_signed_without_every_step_before_it() -> None:
    reached, frontier = {BatchState.SIGNED}, {BatchState.SIGNED}
    order = [BatchState.SIGNED]
    while frontier:
        sources = {source for row in FLOW if row.target in frontier for source in row.sources}
        frontier = sources - reached
        reached |= frontier
        order.extend(sorted(frontier))
    assert order[:4] == [
        BatchState.SIGNED,
        BatchState.EXPORTED,
        BatchState.CHECKED,
        BatchState.MADE,
    ]


def test_a_rebuild_voids_approvals_and_is_impossible_after_export() -> None:
    assert ROWS[Step.REBUILD].voids
    assert BatchState.EXPORTED not in ROWS[Step.REBUILD].sources
    assert BatchState.EXPORTED not in ROWS[Step.DISCARD].sources


def test_only_a_refusal_gives_requests_back() -> None:
    given_back = {row.step for row in FLOW if row.requests is RequestState.PENDING}
    assert given_back == {Step.DISCARD, Step.IMPORT_REFUSED}
    assert not ROWS[Step.IMPORT_BURNT].releases


@pytest.mark.parametrize(
    "state",
    [
        BatchState.CONFIRMED,
        BatchState.FAILED,
        BatchState.DISCARDED,
        BatchState.REFUSED,
        BatchState.REJECTED,
        BatchState.BURNT,
    ],
)
def test_an_end_is_an_end(state: BatchState) -> None:
    assert steps_from(state) == ()
