"""A test that lacks a program fails where it can be installed, and is skipped elsewhere."""

import re

import pytest

from tests.conventions.documents import ROOT
from tests.real_parts import programs

LISTED = {
    line.split()[1]
    for line in (ROOT / "requirements/programs.txt").read_text("utf-8").splitlines()
    if line and not line.startswith("#")
}
ASKED = re.compile(r"(?:mark\.needs|programs\.demand)\(([^)]*)\)")


def test_one_that_is_there_is_all_that_is_asked() -> None:
    programs.demand("sh")


def test_fails_where_packages_can_be_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "found", lambda name: "/apt" if name == "apt-get" else None)
    with pytest.raises(pytest.fail.Exception, match="no-such-program"):
        programs.demand("no-such-program")


def test_is_skipped_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "found", lambda _: None)
    with pytest.raises(pytest.skip.Exception):
        programs.demand("no-such-program")


def test_every_program_that_a_test_names_is_installed_by_the_set_up() -> None:
    named = {
        name
        for path in (ROOT / "tests").rglob("*.py")
        for words in ASKED.findall(path.read_text("utf-8"))
        for name in re.findall(r'"([\w.-]+)"', words)
    }
    assert named - {"no-such-program", "program", "sh"} <= LISTED
