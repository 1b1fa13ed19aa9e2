"""Fresh SoftHSM2 tokens, founded ones, and a module that injects faults into them."""

import subprocess
from pathlib import Path

import pytest

from tests.appliance.hsm.desk import Founded, found
from tests.appliance.hsm.signer_process import SoftToken, copy_token, make_token, run
from tests.real_parts import programs

SHIM = Path(__file__).parent / "fault_shim.c"


@pytest.fixture
def token(tmp_path: Path) -> SoftToken:
    """Return an initialised token that still has its transport PINs."""
    return make_token(tmp_path / "token")


@pytest.fixture(scope="session")
def founded_once(tmp_path_factory: pytest.TempPathFactory) -> Founded:
    token = make_token(tmp_path_factory.mktemp("founded") / "token")
    return Founded(token, run(token, found))


@pytest.fixture
def founded(founded_once: Founded, tmp_path: Path) -> Founded:
    """Return a token with keys on it, and the genesis that names them."""
    return Founded(copy_token(founded_once.token, tmp_path), founded_once.genesis)


@pytest.fixture(scope="session")
def fault_module(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the compiled shim."""
    programs.demand("cc")
    module = tmp_path_factory.mktemp("shim") / "fault_shim.so"
    command = ("cc", "-shared", "-fPIC", "-O1", "-Wall", "-Werror", str(SHIM), "-o")
    subprocess.run((*command, str(module), "-ldl"), check=True, timeout=60)
    return module
