"""The checker's station: reads for itself, refuses what the reader refuses, signs what is typed."""

import json
import os
import subprocess
import sys
from dataclasses import replace

import pytest

from appliance.wire.words import words_of
from online_coordinator.batches.approvals import take_checker_approval
from online_coordinator.keys import create_personal_key
from online_coordinator.settings.networks import Networks
from online_coordinator.station.cli import main
from online_coordinator.workflow import BatchState
from tests.online_coordinator.checker import OPENING_WORDS, ROOT, Station
from tests.online_coordinator.desk import (
    CLIENTS,
    NOW,
    Desk,
)
from tests.online_coordinator.stand_in import Rules, StandIn, ethereum_wallet


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
