"""The house checks itself: what is not checked will rot."""

import ast
import dataclasses
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.model.rule import MEANINGS, Rule
from tests.conventions.documents import DOCS, GENERATED, ROOT, all_errors

APPLIANCE = ROOT / "appliance"
CODE = sorted(APPLIANCE.rglob("*.py")) + sorted(
    path for path in (ROOT / "online_coordinator").rglob("*.py") if "migrations" not in path.parts
)
TESTS = sorted((ROOT / "tests").rglob("*.py"))
MAX_LINES = 250
CORE_FOLDERS = ("chains", "codecs", "custody", "model", "policy")
CORE_FILES = ("approvals.py", "hashes.py", "review.py", "signatures.py", "signing.py")


def core() -> Iterator[Path]:
    for folder in CORE_FOLDERS:
        yield from (APPLIANCE / folder).rglob("*.py")
    yield from (APPLIANCE / name for name in CORE_FILES)


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), str(path))


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", CODE, ids=name_of)
def test_a_file_can_be_read_in_one_sitting(path: Path) -> None:
    lines = [line for line in path.read_text("utf-8").splitlines() if line.strip()]
    assert len(lines) <= MAX_LINES + _allowance(path)


def _allowance(path: Path) -> int:
    """Data tables may be longer."""
    tables = {"appliance/model/rule.py": 60, "appliance/chains/ethereum/explain.py": 250}
    return tables.get(name_of(path), 0)


@pytest.mark.parametrize("path", CODE, ids=name_of)
def test_every_dataclass_is_frozen_and_slotted(path: Path) -> None:
    for node in ast.walk(tree(path)):
        if not isinstance(node, ast.ClassDef):
            continue
        for decorator in node.decorator_list:
            if _name(decorator) == "dataclass":
                assert isinstance(decorator, ast.Call), f"{node.name} is a bare dataclass"
                given = {keyword.arg for keyword in decorator.keywords}
                assert given >= {"frozen", "slots"}, f"{node.name} can be changed"


def _name(decorator: ast.expr) -> str:
    target = decorator.func if isinstance(decorator, ast.Call) else decorator
    return target.id if isinstance(target, ast.Name) else ""


@pytest.mark.parametrize("path", sorted(core()), ids=name_of)
def test_the_core_knows_no_floating_point(path: Path) -> None:
    for node in ast.walk(tree(path)):
        assert not (isinstance(node, ast.Constant) and isinstance(node.value, float))
        assert not (isinstance(node, ast.Name) and node.id == "float")
        assert not (isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div))


@pytest.mark.parametrize(
    ("stage", "place"),
    [
        ("ClearedBatch", "appliance/policy/judge.py"),
        ("Approved", "appliance/approvals.py"),
        ("Signed", "appliance/signing.py"),
    ],
)
def test_a_stage_is_constructed_in_one_place(stage: str, place: str) -> None:
    makers = set()
    for path in APPLIANCE.rglob("*.py"):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in (stage, f"batch.{stage}"):
                makers.add(name_of(path))
    assert makers == {place}


def test_the_core_loads_no_device_and_no_network() -> None:
    program = (
        "import sys, appliance.signing\n"
        "print(*(n for n in ('socket','ssl','textual','pkcs11','cv2','serial','numpy','http')"
        " if n in sys.modules))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert not ran.stdout.strip()


@pytest.mark.parametrize("rule", Rule)
def test_every_rule_has_a_meaning_a_use_and_a_test(rule: Rule) -> None:
    assert MEANINGS[rule].says
    assert MEANINGS[rule].next
    uses = [p for p in APPLIANCE.rglob("*.py") if f"Rule.{rule.name}" in p.read_text("utf-8")]
    assert len(uses) > 1 or _is_made_from_an_error(rule), f"nothing makes {rule.value}"
    data = [*TESTS, *(ROOT / "tests" / "vectors").rglob("*.json*")]
    named = any(
        rule.value in text or f"Rule.{rule.name}" in text
        for text in (path.read_text("utf-8") for path in data)
    )
    assert named, f"no test names {rule.value}"


def _is_made_from_an_error(rule: Rule) -> bool:
    return rule.value in {kind.id for kind in all_errors()}


@pytest.mark.parametrize("kind", all_errors(), ids=lambda kind: kind.__name__)
def test_every_error_has_an_id_of_its_own_and_a_next_step(kind: type) -> None:
    assert re.fullmatch(r"[A-Z0-9]+(-[A-Z0-9]+)*", kind.id)  # type: ignore[attr-defined]
    assert kind.next.endswith((".", "kept."))  # type: ignore[attr-defined]
    ids = [other.id for other in all_errors()]
    assert ids.count(kind.id) == 1  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", GENERATED)
def test_generated_documents_are_what_the_code_says(name: str) -> None:
    written = (DOCS / name).read_text("utf-8")
    assert written == GENERATED[name](), "run `make docs`"


DOCUMENTS = [*ROOT.glob("*.md"), *DOCS.rglob("*.md")]
PATH_IN_DOCUMENT = re.compile(
    r"`((?:appliance|online_coordinator|tests|docs|image|requirements)/[\w./-]+)`"
)


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_every_path_in_a_document_exists(path: Path) -> None:
    for found in PATH_IN_DOCUMENT.findall(path.read_text("utf-8")):
        assert (ROOT / found).exists(), f"{found} does not exist"


LINK_IN_DOCUMENT = re.compile(r"\]\((?!https?:|#)([^)#\s]+)")


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_every_link_in_a_document_leads_somewhere(path: Path) -> None:
    for found in LINK_IN_DOCUMENT.findall(path.read_text("utf-8")):
        assert (path.parent / found).exists(), f"{found} does not exist"


@pytest.mark.parametrize("path", CODE, ids=name_of)
def test_no_unfinished_marks_and_no_history(path: Path) -> None:
    text = path.read_text("utf-8")
    assert not re.search(r"\b(TODO|FIXME|XXX|NotImplementedError)\b", text)
    assert not re.search(r"(?i)\b(used to be|no longer needed|legacy code|workaround for #)", text)


def test_the_slots_convention_is_what_python_understands() -> None:
    """Guards the check above: a frozen slotted dataclass refuses assignment."""

    @dataclasses.dataclass(frozen=True, slots=True)
    class Sample:
        value: int

    with pytest.raises(dataclasses.FrozenInstanceError):
        Sample(1).value = 2  # type: ignore[misc]
