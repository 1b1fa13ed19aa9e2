"""Byte code for every Python file of the image, the same whoever compiles it.

Compiled by the locked interpreter in sorted order (the marshalled form depends on what was compiled
before), unchecked against the source, whose hash is inside (PEP 552): the root cannot be written.
"""

import tempfile
from pathlib import Path

from image.errors import PartError
from image.inputs.deb import Entry
from image.inputs.tools import Tools
from image.root.root_tree import Tree

_TAG = "cpython-313"

# Runs in the locked interpreter. A file that is no valid Python (a template) has no byte code.
_COMPILE = """\
import os, py_compile, sys
unchecked = py_compile.PycInvalidationMode.UNCHECKED_HASH
for line in sys.stdin.read().splitlines():
    source, compiled, shown = line.split("\\t")
    os.makedirs(os.path.dirname(compiled), exist_ok=True)
    py_compile.compile(source, compiled, shown, doraise=True, invalidation_mode=unchecked)
"""


def compiled_name(name: str) -> str:
    """Return where the interpreter looks for a source file's byte code (PEP 3147)."""
    folder, _, file = name.rpartition("/")
    return f"{folder}/__pycache__/{file.removesuffix('.py')}.{_TAG}.pyc"


def compiled(tree: Tree, tools: Tools) -> Tree:
    """Return the byte code of a tree's Python files, as a tree of its own.

    Raises CommandError if a file does not compile.
    """
    sources = [
        name
        for name, entry in sorted(tree.items())
        if name.endswith(".py") and entry.data is not None
    ]
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        lines = []
        for name in sources:
            path = folder / "source" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(tree[name].data or b"")
            lines.append(f"{path}\t{folder / 'code' / name}c\t/{name}")
        tools.python(_COMPILE, "\n".join(lines).encode())
        names = {name: compiled_name(name) for name in sources}
        return {
            there: Entry(there, 0o644, data=_read(folder / "code" / f"{name}c"))
            for name, there in names.items()
        }


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as problem:
        raise PartError(f"{path.name:.64} has no byte code") from problem
