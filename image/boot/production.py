"""Scenarios for the production disk: it starts, alone, whole or not at all."""

import re
from typing import Any

from image.boot.bench import (
    FIRST_SCREEN,
    OPEN,
    PATIENCE,
    QUESTION,
    Bench,
    ScenarioFailed,
    opened,
    sha256_of,
    start,
    switch_off,
)
from image.boot.partitions import tampered
from image.boot.scenario import Scenario, Steps
from image.boot.software_tpm import software_tpm

_FACTS = re.compile(
    r"Self-check\s+passed\.\s+Interfaces:\s+([^;]*);\s+refused:\s+([^;]*);\s+writing:\s+([^;]*);"
)
_UNWRITABLE = ["/ EROFS", "/etc EROFS", "/usr/lib/airlock EROFS"]
"""Where the self-check tries to make a file, and by what error the kernel refuses it."""
PROMISED_SECONDS = 60.0
"""From the switch to the terminal, with a passphrase that is typed, on two idle processors."""
NO_RESTART = ("-no-reboot",)
"""A machine that restarts is off, and says why."""
RESTARTED = "guest-reset"


def _terminal(bench: Bench) -> Steps:
    hardware = bench.hardware(bench.blank_volume())
    with bench.machine(hardware) as machine:
        told = start(machine)
        seconds = round(machine.seconds, 1)
        yield {"sha256": sha256_of(bench.disk), "told": _one_line(told)}
        yield {"first_start_seconds": seconds}
        switch_off(machine)
        yield {"switched_off_by": machine.switched_off_by()}
    with bench.machine(hardware) as machine:
        first_screen = machine.wait_for(FIRST_SCREEN, PATIENCE)[0]
        yield {"first_screen_seconds": round(machine.seconds, 1), "first_screen": first_screen}
        start(machine)
        seconds = round(machine.seconds, 1)
        yield {"terminal_seen": OPEN in machine.text(), "terminal_seconds": seconds}
        yield {"is_in_time": seconds < PROMISED_SECONDS}


TERMINAL = Scenario(
    _terminal,
    {
        "switched_off_by": "guest-shutdown",
        "first_screen": "Open the data volume",
        "terminal_seen": True,
    },
)
"""The terminal is reached, the power button switches off, and it is reached again, sooner.

Whether in time is told, not judged: a clock on the wall says as much of the host as of the image.
"""


def _network(bench: Bench) -> Steps:
    hardware = bench.hardware(bench.blank_volume(), network=True, usb_keyboard=True)
    with bench.machine(hardware) as machine:
        told = start(machine)
        yield {"cards_attached": _network_cards(machine.qmp.run("query-pci"))}
    interfaces, refused, writing = _facts(told)
    root_writable = writing != _UNWRITABLE
    yield {"interfaces": interfaces, "refused": refused}
    yield {"writing": writing, "root_writable": root_writable}


NETWORK = Scenario(
    _network,
    {
        "cards_attached": 2,
        "interfaces": ["lo"],
        "refused": ["IPv4", "IPv6", "packet", "Bluetooth", "vsock"],
        "root_writable": False,
    },
)
"""Three network adapters, one of them on USB, and the machine knows none of them."""


def _tamper(bench: Bench) -> Steps:
    spoilt = bench.with_disk(tampered(bench.disk, bench.folder))
    with spoilt.machine(spoilt.hardware(spoilt.blank_volume(), extra=NO_RESTART)) as machine:
        yield {"first_screen": opened(machine), "watched_seconds": round(machine.seconds, 1)}
        yield {"ended_by": machine.switched_off_by()}


TAMPER = Scenario(_tamper, {"first_screen": None, "ended_by": RESTARTED})
"""64 changed bytes anywhere in the system: it restarts, and never reaches its first screen."""


def _measured(bench: Bench) -> Steps:
    with (
        software_tpm(bench.folder) as tpm,
        bench.machine(bench.hardware(bench.blank_volume(), tpm=tpm)) as machine,
    ):
        machine.wait_for(QUESTION, PATIENCE)
        shown = re.sub(r"\s", "", machine.text().partition("PCR 11:")[2])[:64].lower()
    predicted = str(bench.manifest["pcr11"]).lower()
    yield {"pcr11": shown, "predicted": predicted, "is_predicted": shown == predicted}


MEASURED = Scenario(_measured, {"is_predicted": True})
"""PCR 11 inside the machine is the one that the manifest predicts."""


def _network_cards(buses: list[dict[str, Any]]) -> int:
    return sum(
        device["class_info"]["class"] >> 8 == 2 for bus in buses for device in bus["devices"]
    )


def _facts(told: str) -> list[list[str]]:
    match = _FACTS.search(told)
    if match is None:
        raise ScenarioFailed(f"the first screen says nothing of a self-check:\n{told}")
    return [re.split(r",\s+", " ".join(text.split())) for text in match.groups()]


def _one_line(text: str) -> str:
    return " ".join(text.split())[:600]
