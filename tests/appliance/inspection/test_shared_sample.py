"""The shared adversarial sample: every verdict, and exact fields of everything accepted."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.appliance.inspection.adversarial import context_of, fields_of, line_of, verdict_of
from tests.shared_vectors import ROOT, folder, need, shared

CASES = shared("adversarial/format_sample.jsonl")
STREAMS = ("ur-stream", "bbqr-stream")


def appliance(*arguments: str, stdin: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "appliance", *arguments],
        input=stdin.encode(),
        capture_output=True,
        cwd=ROOT,
        check=False,
        timeout=120,
    )


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """The whole sample in one run, as an auditor would."""
    cases = [case for case in need(CASES) if case["kind"] not in STREAMS]
    world = json.loads((folder() / "adversarial" / "world.json").read_text())
    context = tmp_path_factory.mktemp("sample") / "context.json"
    context.write_text(json.dumps(context_of(world)))
    lines = "\n".join(json.dumps(line_of(case)) for case in cases)
    ran = appliance("inspect", "--context", str(context), "--jsonl", stdin=lines)
    assert ran.returncode == 0, ran.stderr
    answers = [json.loads(line) for line in ran.stdout.splitlines()]
    assert [answer["id"] for answer in answers] == [case["id"] for case in cases]
    return {answer["id"]: answer for answer in answers}


def test_every_verdict_is_the_expected_one(results: dict[str, dict[str, Any]]) -> None:
    wrong = {
        case["id"]: (verdict_of(results[case["id"]]), results[case["id"]]["findings"])
        for case in CASES
        if case["id"] in results
        and verdict_of(results[case["id"]]) not in (case["expected"], *(case["also_ok"] or []))
    }
    assert wrong == {}


def test_everything_accepted_is_read_exactly(results: dict[str, dict[str, Any]]) -> None:
    accepted = [c for c in CASES if c["expected"] == "accept" and c["id"] in results]
    for case in accepted:
        assert fields_of(results[case["id"]], case) == case["expected_fields"], case["id"]


def test_a_well_formed_attack_is_named_by_its_true_cause(
    results: dict[str, dict[str, Any]],
) -> None:
    for case in CASES:
        if case["expected"] != "reject" or case["id"] not in results:
            continue
        rules = {finding["rule"] for finding in results[case["id"]]["findings"]}
        assert ("MALFORMED" in rules) == ("malformed" in (case.get("tags") or [])), case["id"]


@pytest.mark.parametrize("case", [c for c in CASES if c["kind"] in STREAMS], ids=lambda c: c["id"])
def test_a_stream_of_parts_is_whole_or_nothing(case: dict[str, Any]) -> None:
    name = case["kind"].removesuffix("-stream")
    ran = appliance("wire", "decode", "--format", name, stdin="\n".join(case["payload"]))
    if case["expected"] == "reject":
        assert ran.returncode == 1
        assert ran.stdout == b""
        assert ran.stderr
        return
    fields = case["expected_fields"]
    assert ran.returncode == 0, ran.stderr
    digest = hashlib.sha256(ran.stdout).hexdigest()
    assert digest == fields.get("cbor_sha256", fields.get("sha256"))
    assert len(ran.stdout) == fields.get("cbor_len", len(ran.stdout))


def test_the_sample_is_answered_from_files_too(tmp_path: Path) -> None:
    """A PSBT file and a hex file, without any context: the grammar alone."""
    cases = {case["id"]: case for case in need(CASES)}
    psbt = tmp_path / "payment.psbt"
    psbt.write_text(cases["btc-ok-wpkh-1in2out"]["payload"])
    transfer = tmp_path / "transfer.hex"
    transfer.write_text(cases["eth-ok-usdt-1000"]["payload"])
    ran = appliance("inspect", "--json", str(psbt), str(transfer), stdin="")
    formats = [json.loads(line)["format"] for line in ran.stdout.splitlines()]
    assert formats == ["psbt-v0", "eip-1559"]
