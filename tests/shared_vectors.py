"""Public test vectors, read in place: the folder AIRLOCK_VECTORS names, or `../shared/vectors`."""

import gzip
import json
import os
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent


def folder() -> Path:
    return Path(os.environ.get("AIRLOCK_VECTORS") or ROOT.parent / "shared" / "vectors")


def shared(name: str) -> list[dict[str, Any]]:
    """Return the cases of a .jsonl (or .jsonl.gz) file, none where the vectors are absent."""
    path = folder() / name
    if not path.exists():
        return []
    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return [json.loads(line) for line in data.splitlines() if line.strip()]


def need(cases: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Skip the test, saying so, where the vectors are absent."""
    if not cases:
        pytest.skip("the shared vectors are not here (AIRLOCK_VECTORS)")
    return cases
