"""Scenarios for the production disk: it starts, alone, whole or not at all."""

import re
from typing import Any

from image.boot.bench import (
    OPEN,
    PATIENCE,
    Bench,
    ScenarioFailed,
    never_opens,
    sha256_of,
    start,
    switch_off,
)
from image.boot.partitions import tampered
from image.boot.software_tpm import software_tpm

Result = dict[str, Any]
FACTS = re.compile(
    r"Self-check\s+passed\.\s+Interfaces:\s+([^;]*);\s+refused:\s+([^;]*);\s+writing:\s+([^;]*);"
)
PCI_CARDS = 2
"""The e1000e and the virtio adapter; the third is a USB adapter."""
REFUSED = {"IPv4", "IPv6", "packet", "Bluetooth", "vsock"}
UNWRITABLE = {"/ EROFS", "/etc EROFS", "/usr/lib/airlock EROFS"}
"""Where the self-check tries to make a file, and by what error the kernel refuses it."""
TAMPERED_SECONDS = 180.0


def terminal(bench: Bench) -> Result:
    """The terminal is reached, the power button switches off, and it is reached again, sooner."""
    hardware = bench.hardware(bench.blank_volume())
    with bench.machine(hardware) as machine:
        told = start(machine)
        founding = machine.seconds
        switch_off(machine)
    with bench.machine(hardware) as machine:
        machine.wait_for("Open the data volume", PATIENCE)
        asked = machine.seconds
        start(machine)
        seconds = machine.seconds
        terminal_seen = OPEN in machine.text()
    return {
        "ok": terminal_seen,
        "terminal_seen": terminal_seen,
        "sha256": sha256_of(bench.disk),
        "first_start_seconds": round(founding, 1),
        "first_screen_seconds": round(asked, 1),
        "terminal_seconds": round(seconds, 1),
        "told": _one_line(told),
    }


def network(bench: Bench) -> Result:
    """Three network adapters are there, and the machine knows none of them."""
    hardware = bench.hardware(bench.blank_volume(), network=True, usb_keyboard=True)
    with bench.machine(hardware) as machine:
        told = start(machine)
        cards = _network_cards(machine.qmp.run("query-pci"))
    interfaces, refused, writing = _facts(told)
    root_writable = set(writing) != UNWRITABLE
    if interfaces != ["lo"] or set(refused) != REFUSED or cards != PCI_CARDS or root_writable:
        raise ScenarioFailed(f"{cards} cards attached; the self-check says: {_one_line(told)}")
    return {
        "ok": True,
        "cards_attached": cards,
        "interfaces": interfaces,
        "refused": refused,
        "writing": writing,
        "root_writable": root_writable,
    }


def tamper(bench: Bench) -> Result:
    """64 changed bytes anywhere in the system: it restarts, and never reaches its first screen."""
    disk = tampered(bench.disk, bench.folder)
    spoilt = Bench(disk, bench.reader, bench.folder)
    hardware = spoilt.hardware(spoilt.blank_volume(), extra=("-no-reboot",))
    with spoilt.machine(hardware) as machine:
        shown = never_opens(machine, TAMPERED_SECONDS)
        restarted = machine.process.poll() is not None
        watched = round(machine.seconds, 1)
    return {
        "ok": True,
        "terminal_seen": OPEN in shown,
        "restarted": restarted,
        "watched_seconds": watched,
    }


def measured(bench: Bench) -> Result:
    """PCR 11 inside the machine is the one that the manifest predicts."""
    with (
        software_tpm(bench.folder) as tpm,
        bench.machine(bench.hardware(bench.blank_volume(), tpm=tpm)) as machine,
    ):
        machine.wait_for("PCR 11:", PATIENCE)
        shown = re.sub(r"\s", "", machine.text().partition("PCR 11:")[2])[:64].lower()
    expected = str(bench.manifest["pcr11"]).lower()
    if shown != expected:
        raise ScenarioFailed(f"PCR 11 is {shown}, predicted was {expected}")
    return {"ok": shown == expected, "pcr11": shown, "predicted": expected}


def _network_cards(buses: list[dict[str, Any]]) -> int:
    return sum(
        device["class_info"]["class"] >> 8 == 2 for bus in buses for device in bus["devices"]
    )


def _facts(told: str) -> list[list[str]]:
    match = FACTS.search(told)
    if match is None:
        raise ScenarioFailed(f"the first screen says nothing of a self-check:\n{told}")
    return [re.split(r",\s+", " ".join(text.split())) for text in match.groups()]


def _one_line(text: str) -> str:
    return " ".join(text.split())[:600]
