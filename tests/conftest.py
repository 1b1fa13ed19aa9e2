"""What holds for every test: programs are found, and those that it names are there."""

import os

import pytest

from tests.real_parts import programs

os.environ["PATH"] = programs.SEARCHED


def pytest_runtest_setup(item: pytest.Item) -> None:
    """See to it that what `@pytest.mark.needs("program")` names is installed."""
    for mark in item.iter_markers("needs"):
        programs.demand(*mark.args)
