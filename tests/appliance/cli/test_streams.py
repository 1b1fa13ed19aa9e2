"""Commands whose standard streams are closed or full: one sentence, a status, no traceback."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.appliance.cli.test_wire_formats import message
from tests.shared_vectors import ROOT

__all__ = ["message"]


def shell(line: str, message: Path) -> tuple[int, str]:
    """Run a line of shell in which $A is the appliance's command and $M a message."""
    environment = {
        "A": f"{sys.executable} -m appliance",
        "M": str(message),
        "PATH": "/usr/bin:/bin",
    }
    ran = subprocess.run(
        ("sh", "-c", line), capture_output=True, cwd=ROOT, env=environment, check=False
    )
    return ran.returncode, ran.stderr.decode()


@pytest.mark.parametrize(
    ("line", "status", "clause"),
    [
        ("$A wire decode <&-", 1, "no part of a transfer arrived"),
        ("$A inspect --jsonl <&-", 0, ""),
        ("$A wire encode $M >&-", 2, "nowhere to write"),
        ("$A wire encode $M >/dev/full", 2, "No space left"),
        ("$A wire encode $M | head -c 10", 0, ""),
    ],
)
def test_a_closed_or_full_stream_is_said(
    line: str, status: int, clause: str, message: Path
) -> None:
    ended, said = shell(line, message)
    assert ended == status
    assert clause in said
    assert len(said.splitlines()) <= 2
