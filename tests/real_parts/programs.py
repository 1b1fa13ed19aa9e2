"""Programs that tests use: whoever lacks one is told how to have it, and is not let off.

Where Debian packages can be installed, a test without its program fails; elsewhere it is skipped.
"""

import os
import shutil

import pytest

SEARCHED = os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"))
"""A user's path need not name the folders of the administrator's programs."""


def found(program: str) -> str | None:
    """Return where a program is, or None."""
    return shutil.which(program, path=SEARCHED)


def demand(*programs: str) -> None:
    """Fail the test that lacks a program, or skip it where none can be installed."""
    missing = [program for program in programs if found(program) is None]
    if not missing:
        return
    told = f"not installed: {', '.join(missing)} (requirements/programs.txt; `make test` does it)"
    if found("apt-get"):
        pytest.fail(told)
    pytest.skip(told)
