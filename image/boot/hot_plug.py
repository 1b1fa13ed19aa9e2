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

SECONDS = 12.0
FOREIGN = {
    "keyboard": ("usb-kbd", {}),
    "mouse": ("usb-mouse", {}),
    "sound": ("usb-audio", {"audiodev": "silence"}),
    "network": ("usb-net", {"netdev": "late"}),
    "second stick": ("usb-storage", {"drive": "late"}),
}
LISTED = {
    "serial adapter": ("usb-serial", {"chardev": "late"}),
    "card reader": ("usb-ccid", {}),
}


def hot_plug(bench: Bench) -> dict[str, Any]:
    """Plug in one after the other and look what the machine does with each."""
    stick = bench.blank_volume("second.img")
    extra = (
        *("-audiodev", "none,id=silence", "-netdev", "user,id=late,restrict=on"),
        *("-drive", f"file={stick},if=none,id=late,format=raw", "-chardev", "null,id=late"),
    )
    found: dict[str, Any] = {"ok": True}
    with bench.machine(bench.hardware(bench.blank_volume(), extra=extra)) as machine:
        start(machine)
        for name, (device, properties) in {**FOREIGN, **LISTED}.items():
            found[name] = "used" if _is_used(machine, device, properties) else "refused"
    wanted = {**dict.fromkeys(FOREIGN, "refused"), **dict.fromkeys(LISTED, "used")}
    wrong = {name: found[name] for name, result in wanted.items() if found[name] != result}
    if wrong:
        raise ScenarioFailed(f"plugged in while running: {wrong}")
    return found


def _is_used(machine: Machine, device: str, properties: Mapping[str, str]) -> bool:
    before = configured(machine)
    machine.plug(device, "late", **properties)
    deadline = time.monotonic() + SECONDS
    while configured(machine) == before and time.monotonic() < deadline:
        time.sleep(0.5)
    used = configured(machine) > before
    machine.pull("late")
    time.sleep(2)
    return used


def configured(machine: Machine) -> int:
    """Count how often a device has been given a configuration that is not none."""
    log = (machine.folder / "qemu.log").read_text("utf-8", "replace")
    return len(re.findall(r"usb_set_config dev \d+, config [1-9]", log))
