"""Running the appliance's reader as a process of its own, and collecting what it says."""

import base64
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from appliance.wire.epochs import EthereumAccount, Genesis
from appliance.wire.messages import BatchContent, UnsignedTransaction, WithdrawalRequest
from appliance.wire.terms import Chain
from online_coordinator.errors import InspectFailed, foreign
from online_coordinator.station.context import account_context, context_of
from online_coordinator.station.reading import Reading, parse_reading

TIMEOUT_SECONDS = 600
KINDS = {Chain.BITCOIN: "psbt"}
PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "SYSTEMROOT", "TMPDIR", "PYTHONPATH")
"""Environment that the reader gets: nothing that leads to a database or a node."""


def default_command() -> tuple[str, ...]:
    """Return the reader installed beside this interpreter, else the one this interpreter finds."""
    installed = Path(sys.executable).with_name("appliance")
    if installed.exists():
        return (str(installed), "inspect")
    return (sys.executable, "-m", "appliance", "inspect")


def inspect(
    content: BatchContent, genesis: Genesis, command: tuple[str, ...], now: int
) -> tuple[Reading, ...]:
    """Return the reading of every transaction, in order. Raises InspectFailed."""
    cases = [case_of(transaction, content, genesis) for transaction in content.transactions]
    with tempfile.TemporaryDirectory(prefix="airlock-station-") as folder:
        context = Path(folder) / "context.json"
        context.write_text(json.dumps(context_of(genesis, now)), encoding="utf-8")
        output = _run([*command, "--context", str(context), "--jsonl"], cases)
    readings = tuple(_parse(line) for line in output.splitlines() if line.strip())
    if [reading.id for reading in readings] != [case["id"] for case in cases]:
        raise InspectFailed(f"{len(cases)} cases were asked, {len(readings)} answered in order")
    return readings


def case_of(
    transaction: UnsignedTransaction, content: BatchContent, genesis: Genesis
) -> dict[str, Any]:
    """Return the case line of one transaction, with what was asked for as its claim."""
    asked = {request.id: request for request in content.withdrawals}
    claims = [_claim(asked[name]) for name in transaction.covers if name in asked]
    case: dict[str, Any] = {
        "id": transaction.id,
        "encoding": "b64",
        "payload": base64.b64encode(transaction.payload).decode(),
        "chain": transaction.chain.value,
        "kind": KINDS.get(transaction.chain, "unsigned-tx"),
        "claim": claims,
    }
    if _is_ambiguous(transaction.wallet, genesis):
        named = [a for a in genesis.manifest.accounts if a.name == transaction.wallet]
        case["context"] = {"accounts": [account_context(account) for account in named]}
    return case


def _is_ambiguous(wallet: str, genesis: Genesis) -> bool:
    """Whether unsigned bytes cannot tell this account from another on the same chain."""
    accounts = [a for a in genesis.manifest.accounts if isinstance(a, EthereumAccount)]
    shared = Counter(account.network for account in accounts)
    return any(a.name == wallet and shared[a.network] > 1 for a in accounts)


def _claim(request: WithdrawalRequest) -> dict[str, str]:
    claim = {
        "asset": request.asset,
        "amount": str(request.amount),
        "destination": request.destination,
    }
    return {**claim, "token": request.token} if request.token else claim


def _run(command: list[str], cases: list[dict[str, Any]]) -> str:
    lines = "".join(json.dumps(case) + "\n" for case in cases)
    environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    try:
        done = subprocess.run(  # noqa: S603  # the command is the checker's own configuration
            command,
            input=lines,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=TIMEOUT_SECONDS,
            env=environment,
            check=False,
        )
    except (OSError, UnicodeDecodeError) as fault:
        raise InspectFailed(f"{command[0]} does not run: {foreign(str(fault))}") from None
    except subprocess.TimeoutExpired:
        raise InspectFailed(f"{command[0]} did not answer in {TIMEOUT_SECONDS} s") from None
    if done.returncode != 0:
        reason = foreign(done.stderr.strip() or "no reason given")
        raise InspectFailed(f"{command[0]} ended with {done.returncode}: {reason}")
    return done.stdout


def _parse(line: str) -> Reading:
    try:
        return parse_reading(json.loads(line))
    except (json.JSONDecodeError, RecursionError):
        raise InspectFailed("the inspector answers with something not JSON") from None
