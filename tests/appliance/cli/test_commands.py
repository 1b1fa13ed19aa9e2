"""The command line, as a process: what it prints, and the exit statuses that others rely on."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from appliance import signing
from appliance.model.entry import SessionEnded
from appliance.wire.messages import Audience
from appliance.wire.words import words_of
from tests.appliance.software import SoftwareAppliance, found
from tests.real_parts.soft_hsm import SoftHsm, module
from tests.shared_vectors import ROOT


def appliance(
    *arguments: object, stdin: bytes = b"", environment: dict[str, str] | None = None
) -> tuple[int, bytes, str]:
    ran = subprocess.run(
        [sys.executable, "-m", "appliance", *map(str, arguments)],
        input=stdin,
        capture_output=True,
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", **(environment or {})},
        check=False,
        timeout=60,
    )
    return ran.returncode, ran.stdout, ran.stderr.decode()


@pytest.mark.parametrize(
    "command",
    [
        (),
        ("run",),
        ("inspect",),
        ("scan",),
        ("wire", "encode"),
        ("wire", "decode"),
        ("wire", "render"),
        ("journal", "verify"),
        ("hsm", "probe"),
    ],
    ids=" ".join,
)
def test_help_teaches(command: tuple[str, ...]) -> None:
    status, told, _ = appliance(*command, "--help")
    assert status == 0
    assert len(told) > 200


def test_the_start_of_a_machine_waits_for_no_other_command() -> None:
    asked = "import sys; from appliance.cli.main import parser; parser(is_start=True)"
    shown = "print(*(name for name in sys.modules if name.startswith('appliance.cli.')))"
    command = (sys.executable, "-c", f"{asked}; {shown}")
    ran = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True, timeout=60)
    assert set(ran.stdout.split()) == {
        f"appliance.cli.{each}" for each in ("main", "device", "exits")
    }


# appliance wire, appliance scan


@pytest.fixture
def message(tmp_path: Path) -> Path:
    path = tmp_path / "message"
    path.write_bytes(bytes(range(256)) * 40 + tmp_path.name.encode())
    return path


def test_parts_in_any_order_with_losses_and_foreign_lines_give_the_message(message: Path) -> None:
    _, told, _ = appliance("wire", "encode", "--part-bytes", 40, "--parts", 60, message)
    lines = told.splitlines()
    mixed = b"\n".join([b"nonsense", *reversed(lines[10:]), lines[20], b"\xff\xfe", b"a1" * 30])
    status, joined, _ = appliance("wire", "decode", stdin=mixed)
    assert (status, joined) == (0, message.read_bytes())


def test_too_few_parts_are_told_and_give_no_output(message: Path) -> None:
    _, told, _ = appliance("wire", "encode", "--part-bytes", 40, message)
    few = b"\n".join(told.splitlines()[:-1])
    status, joined, complaint = appliance("wire", "decode", stdin=few)
    assert (status, joined) == (1, b"")
    assert "LINK-INCOMPLETE" in complaint


def test_a_rendered_video_is_scanned_back(message: Path, tmp_path: Path) -> None:
    video, out = tmp_path / "code.avi", tmp_path / "out"
    assert appliance("wire", "render", "--version", 15, message, video)[0] == 0
    status, told, _ = appliance("scan", "--video", video, "--out", out, "--json")
    seen = json.loads(told)
    assert status == 0
    assert out.read_bytes() == message.read_bytes()
    assert seen["message_bytes"] == len(message.read_bytes())
    assert seen["frames"] >= seen["decoded"] > 0


def test_a_missing_video_is_named(tmp_path: Path) -> None:
    status, _, complaint = appliance("scan", "--video", tmp_path / "none.avi")
    assert status == 2
    assert "LINK-DEVICE" in complaint


# appliance journal verify


@pytest.fixture
def signed(tmp_path: Path) -> SoftwareAppliance:
    made = found(tmp_path)
    made.sign(made.coordinator.honest())
    return made


def test_a_journal_is_verified_consistent_or_broken(
    signed: SoftwareAppliance, tmp_path: Path
) -> None:
    journal = tmp_path / "journal"
    status, told, _ = appliance("journal", "verify", journal, "--deep", "--json")
    assert status == 0
    assert json.loads(told)["result"] == "verified"
    signed.journal.append(SessionEnded())
    status, told, _ = appliance("journal", "verify", journal, "--json")
    assert status == 3
    assert "may be cut" in json.loads(told)["result"]
    words = " ".join(words_of(signed.journal.head.digest))
    assert appliance("journal", "verify", journal, "--expect-head", words)[0] == 0
    assert appliance("journal", "verify", journal, "--expect-head", "00" * 32)[0] == 1
    signing.anchor(Audience.of(signed.genesis), signed.hsm, signed.journal)
    assert appliance("journal", "verify", journal)[0] == 0
    data = bytearray(journal.read_bytes())
    data[len(data) // 2] ^= 1
    journal.write_bytes(data)
    status, told, _ = appliance("journal", "verify", journal)
    assert status == 1
    assert b"BROKEN: entry" in told
    assert appliance("journal", "verify", tmp_path / "none")[0] == 2


# appliance hsm probe


def test_a_token_that_has_everything_lacks_nothing(tmp_path: Path) -> None:
    token = SoftHsm.from_the_factory(tmp_path)
    probe = ("hsm", "probe", "--module", module(), "--json")
    status, told, _ = appliance(*probe, environment=token.environment)
    report = json.loads(told)
    found_one = next(each for each in report["tokens"] if each["serial"] == token.serial)
    assert report["contract"] == 1
    assert not found_one["missing"]
    assert status in (0, 1)


def test_a_module_that_is_none_is_named(tmp_path: Path) -> None:
    status, _, complaint = appliance("hsm", "probe", "--module", tmp_path / "none.so")
    assert status == 2
    assert "HSM" in complaint
    assert appliance("hsm", "probe")[0] == 2
