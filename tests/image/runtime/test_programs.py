"""The programs of units as the service manager runs them: what they do, and when they stop."""

from collections.abc import Callable
from pathlib import Path

import pytest
from airlock_os import clock_floor, device_settings, self_check
from airlock_os.self_check import Check

from tests.appliance.journal.golden import JOURNALS
from tests.image.trust import console

PROMISES = (
    "NETWORK-INTERFACE",
    "NETWORK-PROTOCOL",
    "KERNEL-MODULES",
    "KERNEL-OPEN",
    "WRITABLE",
    "WRITTEN",
    "PROGRAMS",
)


def test_every_promise_is_looked_at() -> None:
    assert tuple(check.id for check in self_check.CHECKS) == PROMISES


@pytest.fixture
def facts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    # It would close the file systems of the machine that the test runs on.
    monkeypatch.setattr(self_check, "close", lambda: None)
    monkeypatch.setattr(self_check, "FACTS", tmp_path / "facts")
    return tmp_path / "facts"


def vanished() -> str:
    raise OSError


def test_the_start_goes_on_when_every_promise_holds(
    facts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(self_check, "CHECKS", (Check("KEPT", str),))
    assert self_check.main([]) == 0
    assert facts.read_text().startswith("Self-check passed.")


@pytest.mark.parametrize(
    ("broken", "told"),
    [(lambda: "it is open", "BROKEN: it is open"), (vanished, "could not be made: OSError")],
)
def test_the_start_stops_when_a_promise_is_broken_or_cannot_be_looked_at(
    facts: Path, monkeypatch: pytest.MonkeyPatch, broken: Callable[[], str], told: str
) -> None:
    monkeypatch.setattr(self_check, "CHECKS", (Check("KEPT", str), Check("BROKEN", broken)))
    with console.opened(monkeypatch) as person:
        person.start(self_check.main, [])
        assert person.result() == 1
    shown = " ".join(person.shown.split())
    assert "SELF-CHECK" in shown
    assert told in shown
    assert not facts.exists()


@pytest.mark.parametrize(("ahead", "moves"), [(-1000, True), (0, False), (1000, False)])
def test_the_clock_moves_to_the_journals_last_entry_and_never_back(
    monkeypatch: pytest.MonkeyPatch, ahead: int, moves: bool
) -> None:
    journal = next(JOURNALS.glob("*/journal"))
    latest = clock_floor.floor(journal.read_bytes())
    moved: list[float] = []
    monkeypatch.setattr(clock_floor, "JOURNAL", journal)
    monkeypatch.setattr("time.clock_gettime", lambda _clock: latest + ahead)
    monkeypatch.setattr("time.clock_settime", lambda _clock, to: moved.append(to))
    assert clock_floor.main([]) == 0
    assert moved == [latest] * moves


@pytest.mark.parametrize("has_vendor", [True, False])
def test_the_module_is_the_verified_partitions_where_there_is_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, has_vendor: bool
) -> None:
    names = {name: tmp_path / name.lower() for name in ("MODULE", "VENDORS", "SETTINGS", "TOKEN")}
    for name, path in names.items():
        monkeypatch.setattr(device_settings, name, path)
    names["MODULE"].write_text("/usr/lib/own.so\n")
    names["TOKEN"].write_text("0123456789")
    if has_vendor:
        names["VENDORS"].write_text("/opt/vendor/files/theirs.so\n")
    assert device_settings.main([]) == 0
    written = names["SETTINGS"].read_text()
    assert ("/opt/vendor/files/theirs.so" in written) is has_vendor
    assert ("/usr/lib/own.so" in written) is not has_vendor
