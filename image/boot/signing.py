"""The demonstration disk signs: a batch goes in over the serial adapter, the answer out as QR.

The online side, the signers and the chains are those of the journey; only the appliance is not a
program in a pseudo-terminal but a machine with a screen and a keyboard.
"""

import re
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast

from appliance.wire import camera
from image.boot import other_machine
from image.boot.bench import PATIENCE, Bench, ScenarioFailed, start, switch_off
from image.boot.machine import Machine
from image.boot.picture import Pixels, grey
from image.boot.scenario import Facts, Steps
from tests.journeys import operations, signers
from tests.journeys.institution import Institution
from tests.journeys.terminal import Terminal
from tests.journeys.world import World, new_world
from tests.real_parts.bitcoin_node import BitcoinNode
from tests.real_parts.evm_node import EvmNode

TRANSPORT_PIN = "transport-pin"
BAUD = 921_600
FILM_FRAMES = 30
FILM_SECONDS = 120.0
REST = 0.6
"""Seconds without a change after which a page counts as painted: it comes line by line."""
PATIENCE_FACTOR = 10
"""How much slower an emulated machine is than the program that the journey was written for."""


class ScreenAndKeyboard:
    """A machine as the journey's signers use a terminal."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine

    def text(self) -> str:
        """Return what is on the screen."""
        return self._machine.text()

    def wait_for(
        self, pattern: str, seconds: float = 30.0, meanwhile: subprocess.Popen[str] | None = None
    ) -> re.Match[str]:
        """Wait for a pattern, much longer than a program would be given."""
        if meanwhile is not None and meanwhile.poll():
            raise ScenarioFailed(f"{meanwhile.args!r} failed")
        return self._machine.wait_for(pattern, PATIENCE_FACTOR * seconds)

    def wait_for_change(self, before: str, seconds: float = 60.0) -> None:
        """Wait until the screen shows something else, and the same twice."""
        deadline = time.monotonic() + seconds
        shown = before
        while time.monotonic() < deadline:
            time.sleep(REST)
            last, shown = shown, self.text()
            if shown == last != before:
                return

    def press(self, *names: str) -> None:
        """Press keys by name."""
        self._machine.press(*names)

    def enter(self, text: str) -> None:
        """Type a text."""
        self._machine.enter(text)

    def write(self, data: bytes) -> None:
        """Press the keys of these characters; where reading on leads nowhere, go where it does."""
        before = self.text()
        self._machine.enter(data.decode("ascii"))
        if data == b" ":
            self.wait_for_change(before, 20)
            if self.text() == before and "Next unseen page" in before:
                self._machine.enter("n")


def film(machine: Machine, path: Path) -> Path:
    """Film the code on the screen until enough different pictures were seen."""
    frames: list[Pixels] = []
    deadline = time.monotonic() + FILM_SECONDS
    while len(frames) < FILM_FRAMES and time.monotonic() < deadline:
        picture = grey(machine.pixels())
        if not frames or (picture != frames[-1]).any():
            frames.append(picture)
        elif len(frames) == 1 and time.monotonic() > deadline - FILM_SECONDS / 2:
            break
    camera.record(_each(frames), path, 15.0)
    return path


def _each(frames: list[Pixels]) -> Iterator[Pixels]:
    return iter(frames)


def sign(bench: Bench) -> Steps:
    """Found, prepare, review, sign and verify; then be refused with an older copy of the volume."""
    for side in ("coordinator", "bitcoin"):
        (bench.folder / side).mkdir()
    with BitcoinNode(bench.folder / "bitcoin") as bitcoin, EvmNode() as evm:
        world = new_world(bitcoin, evm)
        institution = Institution(bench.folder / "coordinator")
        operations.set_up(institution, world)
        data, older = bench.blank_volume(), bench.folder / "older.img"
        with bench.machine(bench.hardware(data)) as machine:
            yield _walk(machine, institution, world, lambda: machine.copy(data, older))
            switch_off(machine)
    yield from _roll_back(bench, older, data)


def _roll_back(bench: Bench, older: Path, newer: Path) -> Steps:
    """Start with the copy from before the batch, beside the token of today."""
    other_machine.run(bench, other_machine.CARRY_OVER, (older, newer))
    with bench.machine(bench.hardware(older)) as machine:
        start(machine)
        machine.press("f2")
        for number, passphrase in enumerate(list(signers.PEOPLE.values())[:2], 1):
            machine.wait_for(f"signer {number} of 2", PATIENCE)
            machine.enter(f"{number}\r")
            machine.wait_for("Your passphrase:", PATIENCE)
            machine.enter(passphrase + "\r")
        screen = machine.wait_for("JOURNAL-ROLLED-BACK|The session is open", PATIENCE)[0]
        yield {"swapped_for_an_older_copy": screen}
        machine.press("enter")
        yield {"and_then": machine.wait_for("NOT YET compared", PATIENCE)[0]}


def _walk(
    machine: Machine, institution: Institution, world: World, keep: Callable[[], object]
) -> Facts:
    start(machine)
    person = cast(Terminal, ScreenAndKeyboard(machine))
    port = ("--serial", machine.serial, "--baud", BAUD)
    proposal = institution.write("proposal.toml", operations.proposal(world))
    machine.press("f4")
    sending = institution.start("proposal", "build", proposal, *port, "--json")
    machine.wait_for("Read the founding proposal", PATIENCE)
    words = signers.found(person, TRANSPORT_PIN)
    institution.finish(sending)
    announcement = film(machine, institution.folder / "announcement.avi")
    institution.run("appliance", "register", "--video", announcement, "--words", words)
    operations.fund(institution, world)
    batch = operations.prepare_batch(institution, world)
    signers.done(person)
    keep()
    digests = _sign_batch(machine, person, institution, batch)
    answer = film(machine, institution.folder / "response.avi")
    institution.run("response", "import", "--batch", batch, "--video", answer)
    receipts = operations.settle(institution, world, batch)
    confirmed = [receipt["id"] for receipt in receipts if receipt["confirmations"] > 0]
    shown = [receipt["id"] for receipt in receipts if receipt["digest"] in digests]
    return {
        "signed_in_vm": bool(confirmed) and shown == confirmed,
        "transactions_confirmed": len(confirmed),
        "transactions_unconfirmed": len(receipts) - len(confirmed),
    }


def _sign_batch(
    machine: Machine, person: Terminal, institution: Institution, batch: str
) -> list[str]:
    signers.open_session(person)
    machine.press("f4")
    port = ("--serial", machine.serial, "--baud", BAUD)
    sending = institution.start("batch", "export", batch, *port, "--json")
    machine.wait_for("Review batch", PATIENCE)
    institution.finish(sending)
    digests = signers.read_all(person)
    signers.approve_and_sign(person)
    return digests
