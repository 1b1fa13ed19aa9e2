"""Cases put to `appliance inspect` as one process, and what is wrong with its answers."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.appliance.inspection.adversarial import context_of, fields_of, line_of, verdict_of
from tests.attacks.case import Case, Table, as_shared_format
from tests.attacks.world import world
from tests.shared_vectors import ROOT


def line(case: Case) -> Table:
    """The case as one line of contract 1, with the manifest's claim where it has one."""
    made = line_of(as_shared_format(case))
    return made | ({"claim": list(case.claim)} if case.claim else {})


def printed(cases: Sequence[Case]) -> bytes:
    """What the command prints for the cases, in this world's context."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "context.json"
        path.write_text(json.dumps(context_of(world())))
        ran = subprocess.run(
            [sys.executable, "-m", "appliance", "inspect", "--context", str(path), "--jsonl"],
            input="".join(json.dumps(line(case)) + "\n" for case in cases).encode(),
            capture_output=True,
            cwd=ROOT,
            check=False,
            timeout=120,
        )
    if ran.returncode:
        raise AssertionError(ran.stderr.decode())
    return ran.stdout


def inspect(cases: Sequence[Case]) -> list[Table]:
    """Answer every case, in order."""
    answers = [json.loads(text) for text in printed(cases).splitlines()]
    assert [answer["id"] for answer in answers] == [case.id for case in cases]
    return answers


def problems(case: Case, result: Table) -> list[str]:
    """Everything that is wrong with one answer, in words."""
    verdict = verdict_of(result)
    if verdict not in (case.expected, *case.also_ok):
        return [f"verdict {verdict}, expected {case.expected}"]
    if verdict == "accept":
        return _misread(case, result)
    wrong = _misnamed(case, result) if verdict == "reject" else []
    spoken = " ".join(finding["message"] for finding in result["findings"]).lower()
    return wrong + [f"no word of {word!r}" for word in case.says if word.lower() not in spoken]


def _misread(case: Case, result: Table) -> list[str]:
    if case.fields is None:
        return []
    shared = as_shared_format(case)
    told = fields_of(result, shared)
    return [f"{k}: {told[k]!r}, expected {v!r}" for k, v in case.fields.items() if told[k] != v]


def _misnamed(case: Case, result: Table) -> list[str]:
    rules = {f["rule"] for f in result["findings"] if f["severity"] == "refuse"}
    if case.cause and not rules & set(case.cause):
        return [f"refused for {sorted(rules)}, its cause is one of {sorted(case.cause)}"]
    if not case.is_malformed and "MALFORMED" in rules:
        return ["a well-formed attack is called malformed"]
    return []
