"""`coordinator requests import` of payment URIs, as commands."""

import io
import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from online_coordinator.cli.commands import run_command
from tests.online_coordinator.desk import CLIENTS, Desk

pytestmark = pytest.mark.usefixtures("desk")
DONE, REFUSED = 0, 1
URI = f"ethereum:{CLIENTS[0]}@31337?value=1e18"


def give(capture: pytest.CaptureFixture[str], *words: str, expect: int = DONE) -> dict[str, Any]:
    assert run_command(["requests", *words, "--json"]) == expect
    said: dict[str, Any] = json.loads(capture.readouterr().out)
    return said


def test_a_uri_becomes_a_request(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    assert give(capsys, "import", "--id", "W-7", "--uri", URI)["requests"] == 1
    (request,) = give(capsys, "list")["requests"]
    assert (request["request"], request["text"], request["asset"]) == ("W-7", "1", "ETH")
    assert request["destination"] == CLIENTS[0]


@pytest.mark.parametrize("from_stdin", [True, False])
def test_uris_come_from_a_file_or_stdin(
    from_stdin: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    data = f"{URI}\n\n{URI}\n".encode()
    source = tmp_path / "scanned.txt"
    source.write_bytes(data)
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(data)))
    name = "-" if from_stdin else str(source)
    assert (
        give(capsys, "import", "--id", "W", "--uris", name, "--wallet", "desk-eth")["requests"] == 2
    )
    listed = give(capsys, "list")["requests"]
    assert [each["request"] for each in listed] == ["W-1", "W-2"]


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (("import", "--uri", URI), "INPUT"),
        (("import", "x.csv", "--id", "W"), "INPUT"),
        (("import", "--id", "W", "--uris", "/nowhere/to/be/found"), "INPUT"),
        (("import", "--id", "W", "--uri", URI, "--wallet", "other"), "REQUESTS-REFUSED"),
        (("import", "--id", "W", "--uri", "bitcoin:"), "REQUESTS-REFUSED"),
        (("import", "--id", "W", "--uri", "\N{SNOWMAN}"), "REQUESTS-REFUSED"),
    ],
)
def test_refusals_have_a_name(
    words: tuple[str, ...], error: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert give(capsys, *words, expect=REFUSED)["error"]["id"] == error
