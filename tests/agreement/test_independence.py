"""A second reader shares no code with the first: what it imports is all that it stands on."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.agreement.seeded import APPLIANCE

READERS = sorted((APPLIANCE / "chains").glob("*/second_reader.py"))
SHARED = {"appliance.errors", "appliance.hashes", "appliance.model.testimony"}


@pytest.mark.parametrize("path", READERS, ids=lambda path: path.parent.name)
def test_imports_no_codec_and_nothing_of_its_chain(path: Path) -> None:
    own = {name for name in _imported(path) if name.split(".")[0] not in sys.stdlib_module_names}
    assert own <= SHARED


@pytest.mark.parametrize("path", READERS, ids=lambda path: path.parent.name)
def test_builds_no_structure(path: Path) -> None:
    assert not any(isinstance(node, ast.ClassDef) for node in ast.walk(_tree(path)))


def test_every_chain_has_a_second_reader() -> None:
    folders = {path.parent for path in (APPLIANCE / "chains").glob("*/room.py")}
    assert {path.parent for path in READERS} >= folders


def _imported(path: Path) -> Iterator[str]:
    for node in ast.walk(_tree(path)):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=module) if module:
                yield module


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), str(path))
