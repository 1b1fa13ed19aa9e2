"""The data volume missing, opened again, pulled out and damaged: each has a named screen."""

from pathlib import Path
from typing import Any

from image.boot.bench import (
    DATA_BYTES,
    OPEN,
    PATIENCE,
    WITHOUT_HSM,
    Bench,
    ScenarioFailed,
    start,
    switch_off,
    unlock,
)

SPOILT = range(18 << 20, DATA_BYTES, 4096)
"""One block in each page behind the headers: what is read of the volume is among them."""


def volume(bench: Bench) -> dict[str, Any]:
    """Put the data volume into every state, and read the name on the screen."""
    screens = {"missing": _missing(bench)}
    data = bench.blank_volume()
    with bench.machine(bench.hardware(data)) as machine:
        start(machine)
        switch_off(machine)
    screens["pulled"] = _pulled(bench, data)
    _spoil(data)
    screens["damaged"] = _damaged(bench, data)
    expected = {"missing": "DATA-MISSING", "pulled": "DATA-LOST", "damaged": "DATA-DAMAGED"}
    if screens != expected:
        raise ScenarioFailed(f"the screens are {screens}")
    return {"ok": True, "screens": screens}


def _missing(bench: Bench) -> str:
    with bench.machine(bench.hardware(None)) as machine:
        return machine.wait_for("DATA-MISSING", PATIENCE)[0]


def _pulled(bench: Bench, data: Path) -> str:
    """Open it again and pull it out, touching nothing else."""
    with bench.machine(bench.hardware(data)) as machine:
        unlock(machine)
        if machine.wait_for(f"{OPEN}|{WITHOUT_HSM}", PATIENCE)[0] == WITHOUT_HSM:
            machine.enter("none\r")
            machine.wait_for(OPEN, PATIENCE)
        machine.pull("volume")
        return machine.wait_for("DATA-LOST|TERMINAL-ENDED", PATIENCE)[0]


def _spoil(data: Path) -> None:
    with data.open("r+b") as file:
        for at in SPOILT:
            file.seek(at)
            file.write(b"\xa5\x5a")


def _damaged(bench: Bench, data: Path) -> str:
    with bench.machine(bench.hardware(data)) as machine:
        unlock(machine)
        return machine.wait_for("DATA-DAMAGED|JOURNAL-BROKEN", PATIENCE)[0]
