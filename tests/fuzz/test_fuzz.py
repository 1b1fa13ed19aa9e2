"""A share of the fuzzing in every test run, and every input that ever broke something."""

from pathlib import Path

import pytest

from tests.fuzz.campaign import Report, Target, campaign, fire
from tests.fuzz.targets import TARGETS

SHARE = 3_000
REGRESSIONS = Path(__file__).parents[1] / "vectors" / "regressions"


@pytest.mark.parametrize("name", TARGETS)
def test_mutated_bytes_break_no_promise(name: str) -> None:
    report = campaign(TARGETS[name](), SHARE, seed=1)
    assert report.crashes == []
    assert report.passed, report


@pytest.mark.parametrize("name", TARGETS)
def test_the_seeds_of_a_target_are_accepted(name: str) -> None:
    """A fuzzer that starts from refused bytes never gets past the first check."""
    target = TARGETS[name]()
    outcomes = []
    for data in target.seeds:
        report = Report(name)
        fire(target, data, report)
        outcomes += list(report.outcomes)
    good = [word for word in outcomes if word in ("cleared", "read", "part", "frames")]
    assert len(good) >= min(2, len(target.seeds)), outcomes


def test_what_once_broke_a_promise_breaks_none_now() -> None:
    for path in sorted(REGRESSIONS.glob("*/*.bin")):
        target = TARGETS[path.parent.name]()
        report = Report(target.name)
        fire(target, path.read_bytes(), report)
        assert report.crashes == [], path


def spins(_: bytes) -> str:
    while True:
        pass


def stumbles(_: bytes) -> str:
    raise KeyError("nobody foresaw this")


@pytest.mark.parametrize(
    ("read", "told"), [(spins, "no answer in 1.0 s"), (stumbles, "nobody foresaw this")]
)
def test_the_fuzzer_notices_hangs_and_crashes(read: object, told: str) -> None:
    report = campaign(Target("bad", (b"x",), read, ()), 0, seed=1)  # type: ignore[arg-type]
    assert not report.passed
    assert told in report.crashes[0][1]
