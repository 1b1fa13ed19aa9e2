"""Devices that are plugged in while the machine runs: listed ones work, any other stays deaf.

What the machine did with a device is read from the emulator's own trace: a device that is not
authorised is given an address, but never a configuration, so no driver of it was ever asked.
"""

import re
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from image.boot.bench import PATIENCE, Bench, start
from image.boot.machine import BETWEEN_LOOKS, Machine
from image.boot.scenario import Scenario, Steps

TIMES, SHORTEST = 2, 12.0
"""Foreign devices are watched for so many times as long as a listed one took, after one that was
plugged in behind them has come into use; and for so many seconds at least."""
FOREIGN: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "keyboard": ("usb-kbd", {}),
    "mouse": ("usb-mouse", {}),
    "sound": ("usb-audio", {"audiodev": "silence"}),
    "network": ("usb-net", {"netdev": "foreign"}),
    "second-stick": ("usb-storage", {"drive": "foreign"}),
}
LISTED: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "serial-adapter": ("usb-serial", {"chardev": "listed", "always-plugged": True}),
    "card-reader": ("usb-ccid", {}),
    "later-card-reader": ("usb-ccid", {}),
}
*_EARLY, _LAST = LISTED


def _hot_plug(bench: Bench) -> Steps:
    stick = bench.blank_volume("second.img")
    extra = (
        *("-audiodev", "none,id=silence", "-netdev", "user,id=foreign,restrict=on"),
        *("-drive", f"file={stick},if=none,id=foreign,format=raw", "-chardev", "null,id=listed"),
    )
    with bench.machine(bench.hardware(bench.blank_volume(), extra=extra)) as machine:
        start(machine)
        took = {name: _seconds_until_used(machine, name) for name in _EARLY}
        for name, (device, properties) in FOREIGN.items():
            machine.plug(device, name, **properties)
        took |= {_LAST: _seconds_until_used(machine, _LAST)}
        patience = max(SHORTEST, *(TIMES * seconds for seconds in took.values()))
        _wait(machine, lambda: bool(_used(machine, FOREIGN)), patience)
        yield {"attached": _attached(machine, (*LISTED, *FOREIGN)), "seconds_until_used": took}
        yield {"used": _used(machine, (*LISTED, *FOREIGN)), "watched_seconds": round(patience, 1)}


HOT_PLUG = Scenario(_hot_plug, {"attached": sorted((*LISTED, *FOREIGN)), "used": sorted(LISTED)})
"""Listed devices come into use; foreign ones do not, while one behind them does."""


def _seconds_until_used(machine: Machine, name: str) -> float:
    """Plug a listed device in and wait until the machine uses it, or for as long as it may take."""
    device, properties = LISTED[name]
    began = time.monotonic()
    machine.plug(device, name, **properties)
    _wait(machine, lambda: bool(_used(machine, (name,))), PATIENCE)
    return round(time.monotonic() - began, 1)


def _wait(machine: Machine, is_seen: Callable[[], bool], seconds: float) -> None:
    deadline = machine.seconds + seconds
    while not is_seen() and machine.seconds < deadline:
        time.sleep(BETWEEN_LOOKS)


def _used(machine: Machine, names: Iterable[str]) -> list[str]:
    """Return which of the devices have been given a configuration that is not none."""
    log = (machine.folder / "qemu.log").read_text("utf-8", "replace")
    configured = set(re.findall(r"usb_set_config dev (\d+), config [1-9]", log))
    addresses = _addresses(machine)
    return sorted(name for name in names if addresses.get(name) in configured)


def _attached(machine: Machine, names: Iterable[str]) -> list[str]:
    """Return which of the devices the machine has given an address."""
    addresses = _addresses(machine)
    return sorted(name for name in names if addresses.get(name, "0") != "0")


def _addresses(machine: Machine) -> dict[str, str]:
    """Return the address of each device, as the emulator lists them for people."""
    told = str(machine.qmp.run("human-monitor-command", **{"command-line": "info usb"}))
    return {name: at for at, name in re.findall(r"Device \d+\.(\d+),.* ID: (\S+)", told)}
