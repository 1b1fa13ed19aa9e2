"""Real SoftHSM2 tokens, and scenarios run against them in a spawned signer process.

A PKCS#11 module belongs to its process and takes its configuration from the environment when it is
initialised. So a scenario, which is a module-level function of a test module, runs in a process
that does nothing else, and the test sees what it returned, which of our errors it raised, or how
the process died.
"""

import multiprocessing
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cache
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Any

import pkcs11
import pytest
from pkcs11.exceptions import PKCS11Error

from appliance.errors import AirlockError
from tests.real_parts import programs
from tests.real_parts.soft_hsm import TRANSPORT_PIN, SoftHsm, module

LABEL = "airlock"
USER_PIN = "transport-user"
OFFICER_PIN = TRANSPORT_PIN
PATIENCE = 60


@dataclass(frozen=True, slots=True)
class SoftToken:
    """A token in a folder of its own, the module to reach it by, and the module's environment."""

    folder: Path
    serial: str
    module: str
    environment: dict[str, str] = field(default_factory=dict)

    def through(self, other_module: Path, **environment: str) -> "SoftToken":
        """Return the same token behind another module."""
        joined = {**self.environment, **environment}
        return replace(self, module=str(other_module), environment=joined)


@dataclass(frozen=True, slots=True)
class Died:
    """The process ended without an answer; a negative code is the signal that ended it."""

    exit_code: int | None


def make_token(folder: Path) -> SoftToken:
    """Return a token from the factory."""
    programs.demand("softhsm2-util")
    return _reached(SoftHsm.from_the_factory(folder))


def copy_token(token: SoftToken, folder: Path) -> SoftToken:
    """Return a copy of a token with everything on it."""
    return _reached(SoftHsm(token.folder, token.serial).copied_to(folder))


def _reached(made: SoftHsm) -> SoftToken:
    return SoftToken(made.folder, made.serial, str(module()), made.environment)


def run(token: SoftToken, scenario: Callable[..., Any], *arguments: Any) -> Any:
    """Return what the scenario returns in the signer process, raise our error that it raised there.

    Returns Died when the process ended without either; the next scenario gets a new one.
    """
    process, channel = _worker()
    channel.send((token, scenario, arguments))
    try:
        outcome = channel.recv() if channel.poll(PATIENCE) else None
    except EOFError:
        outcome = None
    if outcome is None:
        return _buried(process)
    if isinstance(outcome, AirlockError):
        raise outcome
    return outcome[0]


@cache
def _worker() -> tuple[SpawnProcess, Connection]:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_work, args=(theirs,), daemon=True)
    process.start()
    theirs.close()
    return process, ours


def _buried(process: SpawnProcess) -> Died:
    _worker.cache_clear()
    process.join(1)
    if process.is_alive():
        process.kill()
        process.join()
        pytest.fail("the scenario hangs")
    return Died(process.exitcode)


def _work(channel: Connection) -> None:
    """Run one scenario after the other, each with the module initialised anew."""
    own = dict(os.environ)
    while True:
        outcome: tuple[Any] | AirlockError
        token, scenario, arguments = channel.recv()
        os.environ.clear()
        os.environ.update({**own, **token.environment})
        try:
            outcome = (scenario(token, *arguments),)
        except AirlockError as error:
            outcome = error
        with suppress(PKCS11Error):
            pkcs11.lib(token.module).finalize()
        channel.send(outcome)
