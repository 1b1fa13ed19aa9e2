"""Real nodes for tests: a regtest bitcoind and an anvil, started on free ports and stopped again.

AIRLOCK_BITCOIND and AIRLOCK_ANVIL name the programs; without them the search path does.
"""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

START_SECONDS = 30


def program(variable: str, name: str) -> str:
    """Return a program's path, or skip the test, saying what is missing."""
    path = os.environ.get(variable) or shutil.which(name)
    if path is None:
        pytest.skip(f"there is no {name} here (name one in {variable})")
    return path


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(arguments: list[str], answers: Callable[[], bool]) -> Iterator[None]:
    """Run a node until the end of the block, from when it answers."""
    with subprocess.Popen(
        arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            _wait(process, answers)
            yield
        finally:
            process.terminate()
            process.wait(START_SECONDS)


def _wait(process: subprocess.Popen[bytes], answers: Callable[[], bool]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not answers():
        assert process.poll() is None, "the node ended"
        assert time.monotonic() < deadline, "the node does not answer"
        time.sleep(0.1)


def _answers(url: str, method: str, auth: tuple[str, str] | None) -> bool:
    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": []}
    try:
        return "result" in httpx.post(url, json=body, auth=auth, timeout=2).json()
    except (httpx.HTTPError, ValueError):
        return False


@contextmanager
def bitcoin_node(folder: Path) -> Iterator[str]:
    """Run a regtest node; its user is `u`, its password `p`. Yields its address."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    arguments = [
        program("AIRLOCK_BITCOIND", "bitcoind"),
        "-regtest",
        f"-datadir={folder}",
        f"-rpcport={port}",
        "-rpcuser=u",
        "-rpcpassword=p",
        "-listen=0",
        "-fallbackfee=0.0001",
    ]
    with running(arguments, lambda: _answers(url, "getblockchaininfo", ("u", "p"))):
        yield url


@contextmanager
def ethereum_node() -> Iterator[str]:
    """Run an EVM node of chain 31337 that mines at once. Yields its address."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    arguments = [program("AIRLOCK_ANVIL", "anvil"), "--port", str(port), "--silent"]
    with running(arguments, lambda: _answers(url, "eth_chainId", None)):
        yield url
