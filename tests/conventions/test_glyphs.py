"""What the terminal's sources may paint is in the table that the console's font is made from."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.tui.glyphs import GLYPHS
from image.console.repertoire import positions
from tests.conventions.documents import ROOT

SOURCES = sorted((ROOT / "appliance" / "tui").rglob("*.py"))


def painted(path: Path) -> Iterator[str]:
    """Yield every text constant of a module that is not documentation."""
    tree = ast.parse(path.read_text("utf-8"))
    said = {
        id(statement.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        for statement in node.body
        if isinstance(statement, ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said:
            yield node.value


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_glyph_is_painted_that_the_font_lacks(path: Path) -> None:
    foreign = {one for text in painted(path) for one in text if not one.isascii()}
    assert foreign <= set(GLYPHS)
    assert foreign <= set(positions())
