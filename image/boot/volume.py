"""The data volume missing, full, pulled out and damaged: each has a named screen."""

import shutil
from pathlib import Path

from image.boot import other_machine
from image.boot.bench import (
    DATA_BYTES,
    FIRST_SCREEN,
    OPEN,
    PATIENCE,
    STOPPED,
    WITHOUT_HSM,
    Bench,
    reach,
    start,
    switch_off,
    unlock,
)
from image.boot.machine import Machine
from image.boot.scenario import Scenario, Steps

SPOILT = range(18 << 20, DATA_BYTES, 4096)
"""One block in each page behind the headers: what is read of the volume is among them."""


def _volume(bench: Bench) -> Steps:
    yield {"missing": _missing(bench)}
    data = bench.blank_volume()
    with bench.machine(bench.hardware(data)) as machine:
        start(machine)
        switch_off(machine)
    yield {"full": _full(bench, data)}
    yield {"pulled": _pulled(bench, data)}
    _spoil(data)
    yield {"damaged": _damaged(bench, data)}


VOLUME = Scenario(
    _volume,
    {
        "missing": "DATA-MISSING",
        "full": "DATA-FULL",
        "pulled": "DATA-LOST",
        "damaged": "DATA-DAMAGED",
    },
)
"""The data volume in every state: the name on the screen."""


def _missing(bench: Bench) -> str:
    with bench.machine(bench.hardware(None)) as machine:
        return machine.wait_for(f"{FIRST_SCREEN}|{STOPPED}", PATIENCE)[0]


def _full(bench: Bench, data: Path) -> str:
    """Fill a copy of the volume elsewhere, and open it."""
    full = bench.folder / "full.img"
    shutil.copyfile(data, full)
    other_machine.run(bench, other_machine.FILL, (full,))
    with bench.machine(bench.hardware(full)) as machine:
        return _after_unlocking(machine)


def _pulled(bench: Bench, data: Path) -> str:
    """Open it again and pull it out, touching nothing else."""
    with bench.machine(bench.hardware(data)) as machine:
        unlock(machine)
        reach(machine)
        machine.pull("volume")
        return machine.wait_for(STOPPED, PATIENCE)[0]


def _spoil(data: Path) -> None:
    with data.open("r+b") as file:
        for at in SPOILT:
            file.seek(at)
            file.write(b"\xa5\x5a")


def _damaged(bench: Bench, data: Path) -> str:
    with bench.machine(bench.hardware(data)) as machine:
        return _after_unlocking(machine)


def _after_unlocking(machine: Machine) -> str:
    """Open the volume, without an HSM if one is asked for; the name of the screen that comes."""
    unlock(machine)
    if (shown := machine.wait_for(f"{WITHOUT_HSM}|{OPEN}|{STOPPED}", PATIENCE)[0]) == WITHOUT_HSM:
        machine.enter("none\r")
        shown = machine.wait_for(f"{OPEN}|{STOPPED}", PATIENCE)[0]
    return shown
