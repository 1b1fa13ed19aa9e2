"""The real parts do what the journeys count on."""

import hashlib
import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.real_parts.bitcoin_node import BitcoinNode
from tests.real_parts.evm_node import CHAIN_ID, TOKEN, EvmNode
from tests.real_parts.node import NodeError
from tests.real_parts.soft_hsm import SoftHsm

ABANDONED = """
import os, sys
from tests.real_parts.evm_node import EvmNode
print(EvmNode().process.pid, flush=True)
os._exit(1)
"""


def is_running(process: Path) -> bool:
    try:
        return "State:\tZ" not in (process / "status").read_text()
    except OSError:
        return False


def test_bitcoin_node_confirms_a_payment(tmp_path: Path) -> None:
    with BitcoinNode(tmp_path) as node:
        address = node.rpc("getnewaddress", "", "bech32", wallet="miner")
        txid = node.pay(address, "1.5")
        assert node.rpc("gettransaction", txid, wallet="miner")["confirmations"] == 1


def test_bitcoin_node_names_its_refusal(tmp_path: Path) -> None:
    with BitcoinNode(tmp_path) as node, pytest.raises(NodeError, match="sendrawtransaction"):
        node.rpc("sendrawtransaction", "00")


def test_evm_node_moves_tokens() -> None:
    holder = "0x" + "42" * 20
    with EvmNode() as node:
        assert int(node.rpc("eth_chainId"), 16) == CHAIN_ID
        token = node.deploy_token()
        node.give_token(token, holder, 125_000_000)
        assert node.token_balance(token, holder) == 125_000_000
        node.fund(holder, 10**18)
        assert node.balance(holder) == 10**18


def test_node_does_not_outlive_a_process_that_dies() -> None:
    run = subprocess.run(
        (sys.executable, "-c", ABANDONED), capture_output=True, text=True, check=False
    )
    node = Path("/proc") / str(int(run.stdout))
    deadline = time.monotonic() + 10
    while is_running(node) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not is_running(node)


def test_every_token_from_the_factory_is_another(tmp_path: Path) -> None:
    tokens = [SoftHsm.from_the_factory(tmp_path / name) for name in ("one", "two")]
    assert tokens[0].serial != tokens[1].serial


def test_token_bytecode_was_compiled_from_the_source_beside_it() -> None:
    provenance = (TOKEN.parent / "PROVENANCE.md").read_text()
    source = TOKEN.with_suffix(".sol").read_bytes()
    bytecode = json.loads(TOKEN.read_text())["bytecode"]
    assert hashlib.sha256(source).hexdigest() in provenance
    assert hashlib.sha256(bytecode.encode()).hexdigest() in provenance
