"""The checker's station: reads for itself, refuses what the reader refuses, signs what is typed."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from appliance.wire import record
from appliance.wire.messages import BatchContent, OperatorApproval
from appliance.wire.words import words_of
from online_coordinator.batches.approvals import take_checker_approval
from online_coordinator.batches.models import Batch
from online_coordinator.keys import create_personal_key
from online_coordinator.settings.networks import Networks
from online_coordinator.station.cli import main
from online_coordinator.workflow import BatchState
from tests.online_coordinator.desk import (
    CLIENTS,
    NOW,
    OPERATORS,
    STRANGER,
    Desk,
    eth_row,
    found,
)
from tests.online_coordinator.stand_in import Rules, StandIn, ethereum_wallet

INSPECTOR = Path(__file__).with_name("stand_in_inspector.py")
ROOT = Path(__file__).parents[2]
OPENING_WORDS = "correct horse battery"


@dataclass
class Station:
    """What lies on the checker's desk."""

    desk: Desk
    folder: Path
    batch: Batch
    typed: Callable[[str], None]

    @property
    def content(self) -> BatchContent:
        return record.decode(BatchContent, (self.folder / "batch.bin").read_bytes())

    def put(self, content: BatchContent) -> None:
        (self.folder / "batch.bin").write_bytes(record.encode(content))

    def arguments(self, command: str, mode: str = "honest") -> list[str]:
        names = {"batch": "batch.bin", "announcement": "appliance.bin"}
        if command == "check":
            names |= {"key": "chen.key", "passphrase-file": "words", "out": "approval.bin"}
        paths = [
            part for name, file in names.items() for part in (f"--{name}", str(self.folder / file))
        ]
        return [command, *paths, "--inspect", f"{sys.executable} {INSPECTOR} {mode}"]

    def check(self, mode: str = "honest", typed: str | None = None) -> int:
        first = " ".join(words_of(self.content.digest)[:2]) if typed is None else typed
        self.typed(first)
        return main(self.arguments("check", mode))

    @property
    def approval(self) -> OperatorApproval | None:
        path = self.folder / "approval.bin"
        return record.decode(OperatorApproval, path.read_bytes()) if path.exists() else None


@pytest.fixture
def station(nodes: Networks, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Station:
    key = create_personal_key(folder / "chen.key", OPENING_WORDS)
    (folder / "words").write_text(OPENING_WORDS + "\n", encoding="utf-8")
    operators = (OPERATORS[0], replace(OPERATORS[1], key=key.public))
    desk = Desk.opened(nodes, found(operators=operators))
    batch = desk.made(desk.built(eth_row(1), eth_row(2, "3.5", "USDT", CLIENTS[1])))
    (folder / "appliance.bin").write_bytes(bytes(desk.appliance.announcement))
    (folder / "batch.bin").write_bytes(bytes(batch.content))
    return Station(
        desk,
        folder,
        batch,
        lambda text: monkeypatch.setattr("sys.stdin", io.StringIO(text + "\n")),
    )


def test_an_approval_is_taken_by_the_console(station: Station) -> None:
    assert station.check() == 0
    assert station.approval is not None
    take_checker_approval(station.batch, station.approval, NOW)
    assert station.batch.state == BatchState.CHECKED.value


def test_the_sheet_shows_whole_addresses_and_exact_amounts(
    station: Station, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*station.arguments("read"), "--sheet", str(station.folder / "sheet")]) == 0
    shown = capsys.readouterr().out
    assert "1.5 ETH (1,500,000,000,000,000,000 base units)" in shown
    assert "3.5 USDT (3,500,000 base units)" in shown
    for address in CLIENTS[:2]:
        assert address in shown.replace(" ", "")
    assert "0x70 9979 70C5 1812" in shown
    assert "whitelisted as Client-1" in shown
    assert " ".join(words_of(station.content.digest)) in shown
    assert station.approval is None
    assert (station.folder / "sheet").read_text().splitlines()[0] in shown


def test_a_reference_cannot_control_the_screen(
    station: Station, capsys: pytest.CaptureFixture[str]
) -> None:
    content = station.content
    hostile = replace(content.withdrawals[0], reference="\x1b[2J\u202emoc")
    station.put(replace(content, withdrawals=(hostile, *content.withdrawals[1:])))
    main(station.arguments("read"))
    shown = capsys.readouterr().out
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert "\\u001b[2J\\u202emoc" in shown


@pytest.mark.parametrize("typed", ["", "yes", "academic academic", "academic"])
def test_signs_only_when_the_batchs_own_words_are_typed(station: Station, typed: str) -> None:
    assert station.check(typed=typed) == 1
    assert station.approval is None


def test_typing_more_than_two_words_is_not_a_confirmation(station: Station) -> None:
    assert station.check(typed=" ".join(words_of(station.content.digest))) == 1


@pytest.mark.parametrize(
    ("mode", "says"),
    [
        ("refuse", "READING-REFUSED"),
        ("find", "FEE-CEILING"),
        ("other-account", "ACCOUNT-MISMATCH"),
        ("other-chain", "HINT-MISMATCH"),
        ("gap", "NONCE-GAP"),
        ("reorder", "INSPECT-FAILED"),
        ("fewer", "INSPECT-FAILED"),
        ("garbage", "INSPECT-FAILED"),
        ("crash", "out of paper"),
        ("other-contract", "contract 2"),
        ("floats", "INSPECT-FAILED"),
    ],
)
def test_signs_nothing_that_the_reader_does_not_clear(
    station: Station, mode: str, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert station.check(mode) == 1
    assert station.approval is None
    assert says in capsys.readouterr().err


def test_refuses_when_there_is_no_reader(station: Station) -> None:
    arguments = station.arguments("check")
    arguments[-1] = str(station.folder / "nowhere")
    assert main(arguments) == 1
    assert station.approval is None


Tampering = Callable[[BatchContent], BatchContent]

TAMPERINGS: dict[str, tuple[Tampering, str]] = {
    "a changed destination": (
        lambda c: replace(
            c, withdrawals=(replace(c.withdrawals[0], destination=CLIENTS[2]), *c.withdrawals[1:])
        ),
        "CLAIM-MISMATCH",
    ),
    "a changed amount": (
        lambda c: replace(c, withdrawals=(replace(c.withdrawals[0], amount=1), *c.withdrawals[1:])),
        "CLAIM-MISMATCH",
    ),
    "a destination outside the whitelist": (
        lambda c: replace(
            c,
            transactions=(
                replace(
                    c.transactions[0],
                    payload=c.transactions[0].payload.replace(
                        bytes.fromhex(CLIENTS[0][2:]), bytes.fromhex(STRANGER[2:])
                    ),
                ),
                *c.transactions[1:],
            ),
        ),
        "WHITELIST",
    ),
    "a request left unpaid": (
        lambda c: replace(c, transactions=c.transactions[:1]),
        "served by 0",
    ),
    "a request paid twice": (
        lambda c: replace(
            c,
            transactions=(
                c.transactions[0],
                replace(c.transactions[0], id="tx-9"),
                *c.transactions[1:],
            ),
        ),
        "served by 2",
    ),
    "a request stated twice": (
        lambda c: replace(c, withdrawals=(*c.withdrawals, c.withdrawals[0])),
        "stands 2 times",
    ),
    "another wallet's name": (
        lambda c: replace(
            c, transactions=(replace(c.transactions[0], wallet="desk-btc"), *c.transactions[1:])
        ),
        "ACCOUNT-MISMATCH",
    ),
    "nothing at all": (lambda c: replace(c, transactions=(), withdrawals=()), "BATCH-EMPTY"),
    "another appliance": (
        lambda c: replace(c, audience=replace(c.audience, genesis=bytes(32))),
        "another appliance",
    ),
}


@pytest.mark.parametrize("name", TAMPERINGS)
def test_refuses_a_tampered_batch(
    station: Station, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    tamper, says = TAMPERINGS[name]
    station.put(tamper(station.content))
    assert station.check() == 1
    assert station.approval is None
    assert says in capsys.readouterr().err


def test_refuses_a_key_that_is_not_the_checkers(station: Station) -> None:
    (station.folder / "chen.key").unlink()
    create_personal_key(station.folder / "chen.key", OPENING_WORDS)
    assert station.check() == 1
    assert station.approval is None


@pytest.mark.parametrize("data", [b"", b"\xa0", b"junk"])
def test_refuses_files_that_are_none(station: Station, data: bytes) -> None:
    for name in ("batch.bin", "appliance.bin"):
        kept = (station.folder / name).read_bytes()
        (station.folder / name).write_bytes(data)
        assert main(station.arguments("read")) == 1
        (station.folder / name).write_bytes(kept)
    (station.folder / "batch.bin").unlink()
    assert main(station.arguments("read")) == 1


def test_tells_two_wallets_on_one_chain_apart(nodes: Networks, station: Station) -> None:
    wallets = [ethereum_wallet(name, "31337") for name in ("first", "second")]
    genesis = station.desk.stand_in.genesis
    two = StandIn.found(
        "two",
        Rules(
            genesis.coordinator,
            station.desk.stand_in.genesis.roster.people[:2],
            genesis.policy,
            genesis.whitelist.entries,
            genesis.tokens.tokens,
        ),
        wallets,
    )
    desk = Desk.opened(nodes, two)
    desk.ask(f"S-1,second,ETH,1,{CLIENTS[0]},", f"F-1,first,ETH,1,{CLIENTS[0]},")
    (station.folder / "appliance.bin").write_bytes(bytes(desk.appliance.announcement))
    (station.folder / "batch.bin").write_bytes(bytes(desk.build().content))
    assert station.check() == 0


def test_the_reader_learns_nothing_of_the_console(
    station: Station, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(station.arguments("read", "tell-environment")) == 1
    assert "AIRLOCK" not in capsys.readouterr().err


def test_json_goes_to_one_stream_and_the_sheet_to_the_other(
    station: Station, capsys: pytest.CaptureFixture[str]
) -> None:
    station.typed(" ".join(words_of(station.content.digest)[:2]))
    assert main([*station.arguments("check"), "--json"]) == 0
    shown = capsys.readouterr()
    assert json.loads(shown.out)["checker"] == "Chen"
    assert "REVIEW SHEET" in shown.err


def test_the_station_is_a_process_without_a_database(station: Station) -> None:
    program = (
        "import sys; from online_coordinator.station.cli import main; code = main(sys.argv[1:]); "
        "assert not [name for name in sys.modules if name.startswith('django')]; sys.exit(code)"
    )
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", program, *station.arguments("check")],
        input=" ".join(words_of(station.content.digest)[:2]) + "\n",
        env=environment,
        cwd=station.folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert station.approval is not None
