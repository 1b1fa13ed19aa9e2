"""The whole journey, watched by `strace`: nothing crosses the gap but frames and bytes."""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.journeys import demo
from tests.journeys.journey import Traces
from tests.journeys.terminal import ROOT

OPENED = re.compile(r'open(?:at)?\((?:AT_FDCWD, )?"([^"]+)", [^)]*\) += \d+')
SOCKET = re.compile(r"socket\((\w+),")
NETWORK = {"AF_INET", "AF_INET6", "AF_PACKET"}

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("journey")
    traces = Traces(folder / "coordinator.trace", folder / "appliance.trace")
    return folder, demo.play(folder / "demo", headless=True, traces=traces)


def opened(trace: Path) -> Iterator[str]:
    for file in trace.parent.glob(trace.name + "*"):
        for line in file.read_text(errors="replace").splitlines():
            if match := OPENED.search(line):
                yield match[1]


def sockets(trace: Path) -> Iterator[str]:
    for file in trace.parent.glob(trace.name + "*"):
        yield from SOCKET.findall(file.read_text(errors="replace"))


def test_everything_is_confirmed_and_says_the_same_at_both_ends(
    played: tuple[Path, dict[str, Any]],
) -> None:
    _, report = played
    assert len(report["withdrawals"]) == 6
    assert {each["chain"] for each in report["transactions"]} == {"bitcoin", "ethereum"}
    for each in report["transactions"]:
        assert each["confirmations"] > 0
        assert each["digest_coordinator"] == each["digest_appliance"]
    before, after = report["balances"]["before"], report["balances"]["after"]
    assert set(before.values()) == {"0"}
    assert after["Client-3 BTC"] == "31415926"
    assert after["Client-6 TUSD"] == "4999990000"
    assert json.dumps(report)


def test_the_attacks_are_refused_on_the_screen(played: tuple[Path, dict[str, Any]]) -> None:
    _, report = played
    assert [each["rule"] for each in report["refused_attacks"]] == [
        "WITHDRAWAL-REPEATED",
        "APPROVAL-SIGNATURE",
        "APPROVAL-SIGNATURE",
    ]


def test_the_two_sides_open_no_file_of_each_other(played: tuple[Path, dict[str, Any]]) -> None:
    folder, _ = played
    sides = {"coordinator": folder / "demo/coordinator", "appliance": folder / "demo/appliance"}
    for side, own in sides.items():
        files = set(opened(folder / f"{side}.trace"))
        assert any(file.startswith(str(own)) for file in files), "the trace saw nothing"
        others = [f for f in files if f.startswith(str(folder)) and not f.startswith(str(own))]
        assert not others
    seen = {side: set(opened(folder / f"{side}.trace")) for side in sides}
    shared = {f for f in seen["coordinator"] & seen["appliance"] if _is_state(f)}
    assert not shared


def _is_state(file: str) -> bool:
    """What could carry a message: not code, not the system's own read-only files."""
    code = (str(ROOT), "/usr/", "/lib", "/etc/", "/proc/", "/sys/", "/dev/null", "/dev/urandom")
    return not file.startswith(code) and ".venv" not in file and "python" not in file


def test_the_appliance_has_no_network(played: tuple[Path, dict[str, Any]]) -> None:
    folder, _ = played
    assert not set(sockets(folder / "appliance.trace")) & NETWORK
    assert set(sockets(folder / "coordinator.trace")) & NETWORK, "the trace saw nothing"


def test_the_journal_verifies_and_the_token_was_made_by_the_ceremony(
    played: tuple[Path, dict[str, Any]],
) -> None:
    from appliance.journal.file import read_entries  # noqa: PLC0415
    from appliance.journal.verify import Verified, verify_journal  # noqa: PLC0415
    from appliance.model.entry import Founded  # noqa: PLC0415

    folder, _ = played
    data = (folder / "demo/appliance/data/journal").read_bytes()
    assert isinstance(verify_journal(data, deep=True), Verified)
    assert isinstance(next(iter(read_entries(data))).body, Founded)
    shutil.rmtree(folder)
