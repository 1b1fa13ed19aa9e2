"""An image is a function of its inputs: what makes it looks at no clock and draws nothing."""

import ast
from pathlib import Path

import pytest

from tests.conventions.documents import ROOT

ROOMS = ("console", "disk", "metadata", "root", "vendor")
MADE_BY = sorted(
    (
        *(ROOT / "image" / f"{name}.py" for name in ("build", "contents", "parts", "profiles")),
        *(path for room in ROOMS for path in (ROOT / "image" / room).glob("*.py")),
    )
)
DRAWN = {"random", "secrets", "datetime", "locale", "getpass", "platform", "socket", "time"}
CALLED = {"urandom", "getenv", "environ", "uuid1", "uuid4", "getpid", "getuid", "gethostname"}


@pytest.mark.parametrize("path", MADE_BY, ids=lambda path: path.stem)
def test_what_makes_an_image_asks_nothing_of_its_surroundings(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        match node:
            case ast.Import(names=names):
                assert not {alias.name.split(".")[0] for alias in names} & DRAWN
            case ast.ImportFrom(module=module, names=names):
                assert (module or "").split(".")[0] not in DRAWN - {"datetime"}
                assert not {alias.name for alias in names} & CALLED
            case ast.Attribute(attr=name):
                assert name not in CALLED | {"now", "today", "utcnow"}
            case _:
                pass
