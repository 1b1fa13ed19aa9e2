"""The main job, end to end, on real parts: an institution pays out from cold storage.

    make demo               the terminal opens here; two signers' passphrases are shown
    HEADLESS=1 make demo    the same journey by scripted key strokes → build/journey.json

The coordinator's folder and the appliance's folder have nothing in common. Between them is a room:
what one side's screen shows, a camera films for the other; what one side writes to its end of a
serial cable, the other reads.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from appliance.wire.serial_port import Line
from tests.journeys import operations, signers
from tests.journeys.attacks import ATTACKS, HostileCoordinator
from tests.journeys.attended import attend
from tests.journeys.cable import Cable
from tests.journeys.journey import BAUD, COLUMNS, ROWS, Journey, Traces
from tests.journeys.terminal import ROOT, Terminal
from tests.journeys.world import new_world
from tests.real_parts.bitcoin_node import BitcoinNode
from tests.real_parts.evm_node import EvmNode
from tests.real_parts.soft_hsm import TRANSPORT_PIN, SoftHsm, module

BUILD = ROOT / "build"


def main() -> int:
    """Play the journey; 0 only if every transaction was confirmed."""
    headless = bool(os.environ.get("HEADLESS")) or not sys.stdin.isatty()
    started = time.monotonic()
    print("Airlock: an institution pays out from cold storage, on real parts.\n", flush=True)
    report = play(BUILD / "demo", headless=headless)
    report["seconds"] = round(time.monotonic() - started, 1)
    (BUILD / "journey.json").write_text(json.dumps(report, indent=1) + "\n")
    confirmed = all(each["confirmations"] > 0 for each in report["transactions"])
    told = "Every payment is confirmed." if confirmed else "NOT every payment is confirmed."
    print(f"\n  {told} Report: build/journey.json", flush=True)
    return 0 if confirmed and report["transactions"] else 1


def play(folder: Path, *, headless: bool, traces: Traces | None = None) -> dict[str, Any]:
    """Walk the whole way in a fresh folder; the report."""
    shutil.rmtree(folder, ignore_errors=True)
    for side in ("coordinator", "appliance/data", "bitcoin"):
        (folder / side).mkdir(parents=True)
    with ExitStack() as stack:
        bitcoin = stack.enter_context(BitcoinNode(folder / "bitcoin"))
        evm = stack.enter_context(EvmNode())
        cable = stack.enter_context(Cable())
        hsm = SoftHsm.from_the_factory(folder / "appliance" / "hsm")
        journey = Journey(folder, new_world(bitcoin, evm), cable, hsm, traces)
        return walk(journey, headless=headless)


def walk(journey: Journey, *, headless: bool) -> dict[str, Any]:
    """Commission, request, approve, sign, settle."""
    institution, world = journey.institution, journey.world
    with journey.stage("operations set up: database, maker, checker, nodes"):
        operations.set_up(institution, world)
    with journey.stage("the appliance is founded: three signers, keys made in the HSM"):
        words, film = found_appliance(journey)
    with journey.stage("operations register it, and fund its wallets"):
        institution.run("appliance", "register", "--video", film, "--words", words)
        operations.fund(institution, world)
    with journey.stage("six withdrawals become a batch; maker and checker approve"):
        batch = operations.prepare_batch(institution, world)
    before = world.balances()
    if not headless:
        invite(batch)
    with journey.stage("the batch crosses the gap; signers read, approve and sign"):
        digests, refused = sign(journey, batch, headless=headless)
    with journey.stage("operations verify, broadcast and confirm"):
        receipts = operations.settle(institution, world, batch)
    print("\n" + "\n".join(map(operations.told_receipt, receipts)), flush=True)
    return {
        "contract": 1,
        "stages": journey.stages,
        "transactions": [_transaction(each, digests) for each in receipts],
        "withdrawals": [row for each in receipts for row in _withdrawals(each)],
        "refused_attacks": refused,
        "balances": {"before": before, "after": world.balances()},
        "journal": os.path.relpath(journey.appliance / "data" / "journal", ROOT),
        "evidence": None,
    }


def found_appliance(journey: Journey) -> tuple[str, Path]:
    """The proposal goes in by serial, the announcement comes out by QR; its words and the film."""
    (journey.appliance / "settings.toml").write_text(
        f'[device]\ndata = "{journey.appliance}/data"\n'
        f'[hsm]\nmodule = "{module()}"\ntoken = "{journey.hsm.serial}"\n'
        f'[links]\ncamera = "{journey.camera}"\nserial = "{journey.cable.right}"\nbaud = {BAUD}\n'
    )
    institution = journey.institution
    proposal = institution.write("proposal.toml", operations.proposal(journey.world))
    with journey.terminal() as terminal:
        terminal.wait_for("Receive the founding proposal", 30)
        terminal.press("f4")
        sending = institution.start("proposal", "build", proposal, *journey.online_port, "--json")
        terminal.wait_for("Read the founding proposal", 120, meanwhile=sending)
        words = signers.found(terminal, TRANSPORT_PIN)
        institution.finish(sending)
        signers.slow_down(terminal)
        film = journey.film(terminal, "announcement.avi")
        signers.done(terminal)
        signers.close_and_quit(terminal)
    return words, film


def invite(batch: str) -> None:
    """Say what a person is to do at the terminal that opens next."""
    print(
        f"\n  Batch {batch} waits for its signers. The terminal opens here next.\n"
        "  Its signers for this demonstration, and their passphrases:\n"
    )
    for number, (name, passphrase) in enumerate(signers.PEOPLE.items(), 1):
        print(f"    {number}  {name:5} {passphrase}")
    print(
        "\n  F2 opens the session (two of them), F3 receives the batch by QR. Read every page,\n"
        "  F8 approves (two of them), F4 sends the signatures to the coordinator; then Esc,\n"
        "  F8 and F10 end it.\n"
    )
    input("  Press Enter to open the terminal. ")


def sign(journey: Journey, batch: str, *, headless: bool) -> tuple[list[str], list[dict[str, str]]]:
    """In by QR, out by serial; the digests read on the screen, and the attacks refused there."""
    institution = journey.institution
    film = institution.folder / "request.avi"
    institution.run("batch", "export", batch, "--video", film)
    institution.run("batch", "export", batch, "--file", "request.bin")
    shutil.copyfile(film, journey.camera)
    listening = institution.start(
        "response", "import", "--batch", batch, *journey.online_port, "--json"
    )
    size = (COLUMNS, ROWS) if headless else shutil.get_terminal_size()
    with journey.terminal(*size) as terminal:
        if not headless:
            attend(terminal)
            institution.finish(listening)
            return [], []
        digests = sign_by_script(journey, terminal, listening)
        institution.finish(listening)
        refused = attack(journey, terminal)
        signers.close_and_quit(terminal)
    return digests, refused


def sign_by_script(
    journey: Journey, terminal: Terminal, listening: subprocess.Popen[str]
) -> list[str]:
    """Two signers open a session, receive, read, approve, sign and send; the digests they read."""
    terminal.wait_for("Open the session", 30)
    signers.open_session(terminal)
    terminal.press("f3")
    terminal.wait_for("Review batch", 120, meanwhile=listening)
    digests = signers.read_all(terminal)
    terminal.press("page_up", "page_up", "page_up")
    journey.keep_picture(terminal, "review")
    signers.approve_and_sign(terminal)
    journey.keep_picture(terminal, "release")
    signers.send_by_serial(terminal)
    return digests


def attack(journey: Journey, terminal: Terminal) -> list[dict[str, str]]:
    """A hostile coordinator takes the cable; what the terminal says refused each attempt."""
    institution = journey.institution
    hostile = HostileCoordinator(
        key=institution.data / "transport.key",
        request=institution.folder / "request.bin",
        line=Line(journey.cable.left, BAUD),
    )
    return [hostile.present(terminal, each, number) for number, each in enumerate(ATTACKS)]


def _transaction(receipt: dict[str, Any], digests: list[str]) -> dict[str, Any]:
    return {
        "id": receipt["id"],
        "chain": receipt["chain"],
        "txid": receipt["txid"],
        "confirmations": receipt["confirmations"],
        "digest_coordinator": receipt["digest"],
        "digest_appliance": receipt["digest"] if receipt["digest"] in digests else None,
        "link": "qr",
        "link_back": "serial",
    }


def _withdrawals(receipt: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {**transfer, "txid": receipt["txid"], "confirmations": receipt["confirmations"]}
        for transfer in receipt["transfers"]
    ]


if __name__ == "__main__":
    sys.exit(main())
