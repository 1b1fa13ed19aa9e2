"""The command line: every step of the flow, one JSON object each, and exit codes."""

import io
import json
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from appliance.wire import record
from appliance.wire.envelope import Envelope
from appliance.wire.epochs import CommissioningProposal
from appliance.wire.messages import BatchContent, message_digest
from appliance.wire.statement import StatementType
from appliance.wire.terms import Realm, Role
from appliance.wire.words import words_of
from online_coordinator.appliances.proposal import EXAMPLE
from online_coordinator.cli.commands import run_command
from online_coordinator.keys import SigningKey, open_personal_key, transport_key
from online_coordinator.settings.folder import data_folder
from online_coordinator.station.cli import main as station
from tests.online_coordinator.checker import INSPECTOR, OPENING_WORDS
from tests.online_coordinator.desk import HEADER, OPERATORS, eth_row, found
from tests.online_coordinator.ethereum_simulator import EthereumSimulator
from tests.online_coordinator.stand_in import StandIn

DONE, REFUSED, USAGE, UNAVAILABLE = range(4)


@dataclass(frozen=True, slots=True)
class Shell:
    """Somebody typing commands; files are named relative to their folder."""

    folder: Path
    capture: pytest.CaptureFixture[str]

    def path(self, name: str) -> str:
        return str(self.folder / name)

    def give(self, *words: str, expect: int = DONE) -> dict[str, Any]:
        """Give a command with --json and return what it says."""
        self.capture.readouterr()
        assert run_command([*words, "--json"]) == expect
        said: dict[str, Any] = json.loads(self.capture.readouterr().out)
        assert said["contract"] == 1
        return said

    def refused(self, *words: str, expect: int = REFUSED) -> str:
        error = self.give(*words, expect=expect)["error"]
        assert set(error) == {"id", "what", "next", "details"}
        return str(error["id"])

    def keygen(self, name: str) -> SigningKey:
        passphrase = ("--passphrase-file", self.path("words"))
        self.give("people", "keygen", "--out", self.path(f"{name}.key"), *passphrase)
        return open_personal_key(self.folder / f"{name}.key", OPENING_WORDS)


@pytest.fixture
def shell(
    database: None,  # emptied first
    simulator: EthereumSimulator,
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Shell:
    networks = f'[ethereum.31337]\nurl = "{simulator.url}"\nconfirmations = 1\n'
    (folder / "networks.toml").write_text(networks, encoding="utf-8")
    (folder / "words").write_text(OPENING_WORDS, encoding="utf-8")
    monkeypatch.setenv("AIRLOCK_NETWORKS", str(folder / "networks.toml"))
    return Shell(folder, capsys)


def founded(shell: Shell) -> StandIn:
    """Make keys for both operators, found a stand-in for them and register it."""
    maker, checker = shell.keygen("mia"), shell.keygen("chen")
    people = (
        replace(OPERATORS[0], key=maker.public),
        replace(OPERATORS[1], key=checker.public),
    )
    coordinator = transport_key(data_folder()).public
    stand_in = found(operators=people)
    stand_in = replace(stand_in, genesis=replace(stand_in.genesis, coordinator=coordinator))
    message = stand_in.announcement()
    (shell.folder / "appliance.bin").write_bytes(message)
    words = " ".join(words_of(message_digest(message)))
    said = shell.give(
        "appliance", "register", "--file", shell.path("appliance.bin"), "--words", words.upper()
    )
    assert said["genesis"] == stand_in.genesis.digest.hex()
    return stand_in


def approved_by_both(shell: Shell, batch: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the maker approve at the console and the checker at the station."""
    passphrase = ("--passphrase-file", shell.path("words"))
    shell.give("batch", "approve", batch, "--key", shell.path("mia.key"), *passphrase)
    shell.give("batch", "export", batch, "--for-checker", "--file", shell.path("batch.bin"))
    shell.give("appliance", "announcement", "--file", shell.path("announced.bin"))
    content = record.decode(BatchContent, (shell.folder / "batch.bin").read_bytes())
    typed = " ".join(words_of(content.digest)[:2]) + "\n"
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    arguments = ["check", "--batch", shell.path("batch.bin")]
    arguments += ["--announcement", shell.path("announced.bin"), "--key", shell.path("chen.key")]
    arguments += [*passphrase, "--out", shell.path("approval.bin")]
    assert station([*arguments, "--inspect", f"{sys.executable} {INSPECTOR} honest"]) == DONE
    shell.give("batch", "check", batch, "--approval", shell.path("approval.bin"))


def test_the_whole_way_by_commands(
    shell: Shell, simulator: EthereumSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in = founded(shell)
    (shell.folder / "day.csv").write_text(HEADER + eth_row(1) + "\n", encoding="utf-8")
    assert shell.give("requests", "import", shell.path("day.csv"))["requests"] == 1
    batch = shell.give("batch", "build")["batch"]
    approved_by_both(shell, batch, monkeypatch)
    exported = shell.give("batch", "export", batch, "--file", shell.path("request.bin"))
    assert exported["sequence"] == 0
    response = stand_in.sign((shell.folder / "request.bin").read_bytes())
    (shell.folder / "response.bin").write_bytes(response)
    imported = shell.give(
        "response", "import", "--file", shell.path("response.bin"), "--batch", batch
    )
    assert (imported["outcome"], imported["state"]) == ("signed", "finalised")
    (sent,) = shell.give("broadcast")["batches"]
    (transaction,) = sent["transactions"]
    simulator.mine(transaction["txid"])
    (settled,) = shell.give("reconcile", batch)["batches"]
    assert settled["state"] == "confirmed"
    receipt = shell.give("batch", "show", batch)["transactions"][0]
    assert receipt["confirmations"] == 1
    assert receipt["digest"] == transaction["digest"]
    assert shell.give("requests", "list", "--state", "paid")["requests"][0]["request"] == "W-1"


def test_lines_for_people_say_what_happened_and_what_comes_next(shell: Shell) -> None:
    founded(shell)
    (shell.folder / "day.csv").write_text(HEADER + eth_row(1) + "\n", encoding="utf-8")
    shell.capture.readouterr()
    assert run_command(["requests", "import", shell.path("day.csv")]) == DONE
    assert run_command(["batch", "build"]) == DONE
    said = shell.capture.readouterr().out
    assert "1 requests of" in said
    assert "W-1: 1.5 ETH to 0x70997970C51812dc3A010C7d01b50e0d17dc79C8" in said
    assert "next: make, rebuild, discard" in said


def test_a_proposal_is_sealed_with_the_transport_key(shell: Shell) -> None:
    for name, role in (("Mia", "maker"), ("Chen", "checker")):
        key = shell.keygen(name).public.hex()
        shell.give("people", "add", name, "--role", role, "--key", key)
    (shell.folder / "desk.toml").write_text(EXAMPLE, encoding="utf-8")
    said = shell.give(
        "proposal", "build", shell.path("desk.toml"), "--file", shell.path("proposal.bin")
    )
    envelope = Envelope.parse((shell.folder / "proposal.bin").read_bytes())
    public = transport_key(data_folder()).public
    payload = envelope.verify(public, (Realm.TEST, StatementType.PROPOSAL))
    proposal = record.decode(CommissioningProposal, payload)
    assert proposal.coordinator == public
    assert {(each.name, each.role) for each in proposal.operators} == {
        ("Mia", Role.MAKER),
        ("Chen", Role.CHECKER),
    }
    assert said["words"] == list(words_of(proposal.digest))


def test_a_refused_file_names_every_row(shell: Shell) -> None:
    founded(shell)
    rows = eth_row(1, "1e3") + "\n" + eth_row(2, "0") + "\n"
    (shell.folder / "day.csv").write_text(HEADER + rows, encoding="utf-8")
    error = shell.give("requests", "import", shell.path("day.csv"), expect=REFUSED)["error"]
    assert error["id"] == "REQUESTS-REFUSED"
    assert [each[:7] for each in error["details"]] == ["line 2:", "line 3:"]


def test_exit_codes_tell_refused_from_unavailable(
    shell: Shell, simulator: EthereumSimulator
) -> None:
    founded(shell)
    assert shell.refused("batch", "build") == "NOTHING-TO-DO"
    assert shell.refused("batch", "show", "B-0") == "NAME-UNKNOWN"
    assert shell.refused("response", "import", "--file", shell.path("absent")) == "INPUT"
    (shell.folder / "junk").write_bytes(b"junk")
    refusal = shell.refused("response", "import", "--file", shell.path("junk"))
    assert refusal == "ENVELOPE-NOT-CANONICAL"
    (shell.folder / "day.csv").write_text(HEADER + eth_row(1) + "\n", encoding="utf-8")
    shell.give("requests", "import", shell.path("day.csv"))
    simulator.failures["eth_chainId"] = "syncing"
    assert shell.refused("batch", "build", expect=UNAVAILABLE) == "NODE-REFUSED"


def test_wrong_words_register_nothing(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in = found()
    genesis = replace(stand_in.genesis, coordinator=transport_key(data_folder()).public)
    message = replace(stand_in, genesis=genesis).announcement()
    (shell.folder / "appliance.bin").write_bytes(message)
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    command = ("appliance", "register", "--file", shell.path("appliance.bin"))
    assert shell.refused(*command, "--words", "academic acid") == "WORDS-DIFFER"
    assert shell.give("appliance", "list")["appliances"] == []


def test_balances_and_addresses_come_from_the_nodes(shell: Shell) -> None:
    founded(shell)
    watched = shell.give("wallet", "watch", "desk-eth")["wallets"]
    assert watched[0]["addresses"][0].startswith("0x")
    balances = shell.give("wallet", "balance", "desk-eth")["balances"]
    assert {each["asset"]: each["text"] for each in balances} == {"ETH": "100", "USDT": "1000000"}
    assert len(shell.give("wallet", "list")["wallets"]) == 3
    assert len(shell.give("whitelist", "list")["whitelist"]) == 3
    assert shell.refused("wallet", "watch", "desk-btc") == "NAME-UNKNOWN"


def test_a_batch_can_be_discarded_and_built_anew(shell: Shell) -> None:
    founded(shell)
    (shell.folder / "day.csv").write_text(HEADER + eth_row(1) + "\n", encoding="utf-8")
    shell.give("requests", "import", shell.path("day.csv"))
    first = shell.give("batch", "build")["batch"]
    assert shell.give("batch", "rebuild", first)["state"] == "built"
    assert shell.give("batch", "discard", first)["state"] == "discarded"
    assert shell.refused("batch", "discard", first) == "OUT-OF-ORDER"
    second = shell.give("batch", "build")["batch"]
    listed = shell.give("batch", "list")["batches"]
    assert [(each["batch"], each["state"]) for each in listed] == [
        (first, "discarded"),
        (second, "built"),
    ]
    assert shell.give("broadcast")["batches"] == []
    assert shell.give("reconcile")["batches"] == []
