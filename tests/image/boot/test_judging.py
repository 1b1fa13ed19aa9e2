"""What a scenario saw is judged by what has to be seen, and told by name."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from image.boot import every, host
from image.boot.bench import Bench
from image.boot.picture import Reader
from image.boot.qmp import MachineFailed
from image.boot.scenario import Facts, Scenario, Steps, run
from image.boot.scenarios import SCENARIOS
from image.errors import PartError
from image.verification import verifying
from image.verification.steps import step
from tests.conventions.documents import ROOT


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path / "disk.img", Reader(8, 16, {}), tmp_path)


def playing(*seen: Facts, then: Exception | None = None) -> Callable[[Bench], Steps]:
    def play(_: Bench) -> Steps:
        yield from seen
        if then is not None:
            raise then

    return play


def test_all_that_has_to_be_seen_was_seen(bench: Bench) -> None:
    result = run(Scenario(playing({"screen": "A", "more": 1}, {"end": "B"}), {"end": "B"}), bench)
    seconds = result.pop("seconds")
    assert result.pop("processor_seconds") == 0
    assert result == {"ok": True, "screen": "A", "more": 1, "end": "B"}
    assert 0 <= seconds < 60


def test_a_wrong_fact_is_told_by_name_with_what_it_should_be(bench: Bench) -> None:
    result = run(Scenario(playing({"screen": "A"}), {"screen": "B"}), bench)
    assert result["ok"] is False
    assert result["screen"] == "A"
    assert result["wrong"] == {"screen": {"seen": "A", "expected": "B"}}
    assert every.reason(result) == "screen is A, not B"


def test_what_was_never_seen_is_wrong(bench: Bench) -> None:
    result = run(Scenario(playing({"screen": "A"}), {"screen": "A", "end": "B"}), bench)
    assert result["ok"] is False
    assert result["wrong"] == {"end": {"seen": None, "expected": "B"}}


def test_nothing_is_done_after_a_wrong_fact_and_the_machine_goes_off(bench: Bench) -> None:
    done: list[str] = []

    @contextmanager
    def machine() -> Iterator[None]:
        try:
            yield
        finally:
            done.append("off")

    def play(_: Bench) -> Steps:
        with machine():
            yield {"screen": "A"}
            done.append("went on")

    assert run(Scenario(play, {"screen": "B"}), bench)["ok"] is False
    assert done == ["off"]


def test_what_was_seen_before_an_error_is_told_with_it(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    seen = playing({"screen": "A"}, then=MachineFailed("QEMU has ended"))
    result = run(Scenario(seen, {"screen": "A"}), bench)
    assert (result["ok"], result["screen"]) == (False, "A")
    assert result["what"] == "MachineFailed: QEMU has ended"
    assert every.reason(result) == "MachineFailed: QEMU has ended"
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_scenario_says_what_has_to_be_seen(scenario: str) -> None:
    assert SCENARIOS[scenario].expected
    assert json.loads(json.dumps(SCENARIOS[scenario].expected)) == SCENARIOS[scenario].expected


def test_every_scenario_is_played_on_some_disk() -> None:
    assert set(every.NAMES) == set(SCENARIOS)


def test_what_booting_takes_is_what_the_set_up_for_it_installs() -> None:
    listed = (ROOT / "requirements/programs.txt").read_text("utf-8").splitlines()
    named = {line.split()[1] for line in listed if line.startswith("boot ")}
    assert named == {*host.PROGRAMS, *map(str, host.FILES)}


def test_a_report_without_boots_has_the_same_fields() -> None:
    promised = {"ok", "seconds", "terminal_seen", "interfaces", "network_modules"}
    assert promised | {"root_writable", "signed_in_vm"} == set(every.UNSEEN)
    assert not any(every.UNSEEN.values())


def test_what_booting_lacks_is_said_before_hours_of_building(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(PartError, match=r"without openssl, qemu-system-x86_64, sbsign, swtpm"):
        every.demand_host()


def test_a_step_says_that_it_begins_and_how_long_it_took(
    capsys: pytest.CaptureFixture[str],
) -> None:
    took: dict[str, float] = {}
    with step("first_build", took):
        assert capsys.readouterr().out == "first build begins\n"
    assert list(took) == ["first_build"]
    assert capsys.readouterr().out == f"first build took {took['first_build']} s\n"


def test_a_step_that_fails_says_why(capsys: pytest.CaptureFixture[str]) -> None:
    took: dict[str, float] = {}
    with pytest.raises(PartError), step("kernel", took):
        raise PartError("no compiler")
    assert took == {}
    assert "kernel failed after" in (told := capsys.readouterr().out)
    assert told.endswith(": no compiler\n")


def report_of(**changes: object) -> dict[str, Any]:
    fine: dict[str, Any] = {"differences": [], "undeclared": (), "too_large": []}
    return {**fine, "kept_kernel_differs": [], "boot": {"ok": True, "scenarios": {}}, **changes}


PUBLISHED: dict[str, list[str]] = {"different": [], "missing": [], "identical": ["a"]}


@pytest.mark.parametrize(
    "report",
    [
        report_of(),
        report_of(boot={"ok": False, "why": "not run"}),
        report_of(boot={"ok": True, "scenarios": {"disk: sign": {"ok": True}}}),
        report_of(release=PUBLISHED),
    ],
)
def test_a_report_without_a_fault_has_no_problems(report: dict[str, Any]) -> None:
    assert verifying.problems(report) == []


@pytest.mark.parametrize(
    ("report", "problem"),
    [
        (report_of(differences=["ram-demo: disk.img"]), "the builds differ: ram-demo: disk.img"),
        (report_of(undeclared=("etc/x",)), "the demonstration differs in etc/x"),
        (report_of(too_large=["ram-demo: 121.0 MB"]), "too large: ram-demo: 121.0 MB"),
        (
            report_of(kept_kernel_differs=["vmlinuz"]),
            "the kept kernel is another one: vmlinuz",
        ),
        (
            report_of(boot={"scenarios": {"disk: sign": {"ok": False, "what": "it hangs"}}}),
            "disk: sign: it hangs",
        ),
        (
            report_of(release={**PUBLISHED, "different": ["a.img"]}),
            "a.img is not the published one",
        ),
        (report_of(release={**PUBLISHED, "missing": ["a.img"]}), "a.img was not rebuilt"),
        (report_of(release={**PUBLISHED, "identical": []}), "nothing of the release was rebuilt"),
    ],
)
def test_a_fault_is_a_problem_by_name(report: dict[str, Any], problem: str) -> None:
    assert verifying.problems(report) == [problem]
