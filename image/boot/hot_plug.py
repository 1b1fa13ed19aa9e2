"""Devices that are plugged in while the machine runs: listed ones work, any other stays deaf.

What the machine did with a device is read from the emulator's own trace: a device that is not
authorised is given an address, but never a configuration, so no driver of it was ever asked.
"""

import re
import time
from collections.abc import Mapping
from typing import Any

from image.boot.bench import Bench, ScenarioFailed, start
from image.boot.machine import Machine

PATIENT, SHORTEST = 180.0, 12.0
"""Seconds that a listed device is given, and that a foreign one is given at least."""
TIMES = 2
"""A foreign device is watched for so many times as long as the slowest listed one took."""
FOREIGN = {
    "keyboard": ("usb-kbd", {}),
    "mouse": ("usb-mouse", {}),
    "sound": ("usb-audio", {"audiodev": "silence"}),
    "network": ("usb-net", {"netdev": "late"}),
    "second stick": ("usb-storage", {"drive": "late"}),
}
LISTED = {
    "serial adapter": ("usb-serial", {"chardev": "late", "always-plugged": True}),
    "card reader": ("usb-ccid", {}),
}


def hot_plug(bench: Bench) -> dict[str, Any]:
    """Plug in one after the other and look what the machine does with each."""
    stick = bench.blank_volume("second.img")
    extra = (
        *("-audiodev", "none,id=silence", "-netdev", "user,id=late,restrict=on"),
        *("-drive", f"file={stick},if=none,id=late,format=raw", "-chardev", "null,id=late"),
    )
    with bench.machine(bench.hardware(bench.blank_volume(), extra=extra)) as machine:
        start(machine)
        took = {name: _seconds_until_used(machine, *each, PATIENT) for name, each in LISTED.items()}
        if unused := [name for name, seconds in took.items() if seconds is None]:
            raise ScenarioFailed(f"listed, and not used: {', '.join(unused)}")
        patience = max(SHORTEST, *(TIMES * seconds for seconds in took.values() if seconds))
        took |= {
            name: _seconds_until_used(machine, *each, patience) for name, each in FOREIGN.items()
        }
    if used := [name for name in FOREIGN if took[name] is not None]:
        raise ScenarioFailed(f"not listed, and used: {', '.join(used)}")
    seconds_until_used = {name: seconds and round(seconds, 1) for name, seconds in took.items()}
    return {
        "ok": not used,
        "seconds_until_used": seconds_until_used,
        "watched_seconds": round(patience, 1),
    }


def _seconds_until_used(
    machine: Machine, device: str, properties: Mapping[str, object], patience: float
) -> float | None:
    """Plug a device in and pull it out again; None if nothing ever asked for it."""
    before, started = configured(machine), time.monotonic()
    machine.plug(device, "late", **properties)
    while (is_deaf := configured(machine) == before) and time.monotonic() < started + patience:
        time.sleep(0.5)
    seconds = None if is_deaf else time.monotonic() - started
    machine.pull("late")
    time.sleep(2)
    return seconds


def configured(machine: Machine) -> int:
    """Count how often a device has been given a configuration that is not none."""
    log = (machine.folder / "qemu.log").read_text("utf-8", "replace")
    return len(re.findall(r"usb_set_config dev \d+, config [1-9]", log))
