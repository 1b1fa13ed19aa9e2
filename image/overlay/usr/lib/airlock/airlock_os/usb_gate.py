"""Which USB devices may be used. Whatever is not on the list is switched off before a driver is.

When the machine has come up, the host controllers are told to leave every new device unauthorised.
What it was started with is then judged by the wider list (the stick it started from, the data
volume, the keyboard); udev runs this for each device that comes later, and only the narrower list
opens it.

Some drivers take a device for its maker's numbers, whatever its interfaces say: by the kernel's
list of unusual disks a card reader may be one. So the list also says which drivers may take a
device, and one that another has taken is switched off again.
"""

import tomllib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from airlock_os.usb_descriptors import MAX_DESCRIPTORS, Device, Interface, Malformed, parse

RULES = Path("/etc/airlock/usb.toml")
CLOSED = Path("/run/airlock-usb/closed")
DEVICES = Path("/sys/bus/usb/devices")
LOG = Path("/dev/kmsg")


class Moment(StrEnum):
    """When a device may appear."""

    START = "start"
    ALWAYS = "always"


@dataclass(frozen=True, slots=True)
class Pattern:
    """An interface, None for any number in its place."""

    kind: int
    subclass: int | None
    protocol: int | None

    def fits(self, interface: Interface) -> bool:
        """Return whether the interface is of this kind."""
        return (
            interface.kind == self.kind
            and self.subclass in (None, interface.subclass)
            and self.protocol in (None, interface.protocol)
        )


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the list: when, which identity (None for any), and of what it may consist."""

    name: str
    when: Moment
    identity: tuple[int, int] | None
    required: tuple[Pattern, ...]
    tolerated: tuple[Pattern, ...]
    drivers: frozenset[str]

    def admits(self, device: Device, moment: Moment) -> bool:
        """Return whether this line lets the device in."""
        known = (*self.required, *self.tolerated)
        return (
            (self.when is Moment.ALWAYS or moment is Moment.START)
            and self.identity in (None, (device.vendor, device.product))
            and all(any(p.fits(i) for p in known) for i in device.interfaces)
            and all(any(p.fits(i) for i in device.interfaces) for p in self.required)
        )


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a device may be used, and by which line or why not; which drivers may take it."""

    allowed: bool
    reason: str
    drivers: frozenset[str] = frozenset()


def decide(descriptors: bytes, moment: Moment, entries: Sequence[Entry]) -> Verdict:
    """Judge a device by its descriptors alone. Default: no."""
    try:
        device = parse(descriptors)
    except Malformed as error:
        return Verdict(allowed=False, reason=str(error))
    for entry in entries:
        if entry.admits(device, moment):
            return Verdict(allowed=True, reason=entry.name, drivers=entry.drivers)
    return Verdict(allowed=False, reason="not on the list")


def parse_rules(text: str) -> tuple[Entry, ...]:
    """Read the list (TOML). Raises ValueError, KeyError or TypeError: then nothing is let in."""
    return tuple(_entry(table) for table in tomllib.loads(text)["device"])


def _entry(table: dict[str, Any]) -> Entry:
    unknown = table.keys() - {"name", "when", "id", "required", "tolerated", "drivers"}
    if unknown or not table["required"]:
        raise ValueError(f"the list's entry {table['name']!r} is not understood")
    return Entry(
        name=table["name"],
        when=Moment(table["when"]),
        identity=_identity(table["id"]) if "id" in table else None,
        required=tuple(map(_pattern, table["required"])),
        tolerated=tuple(map(_pattern, table.get("tolerated", ()))),
        drivers=frozenset(table["drivers"]),
    )


def _identity(text: str) -> tuple[int, int]:
    vendor, product = text.split(":")
    return int(vendor, 16), int(product, 16)


def _pattern(text: str) -> Pattern:
    kind, subclass, protocol = (None if part == "*" else int(part, 16) for part in text.split("/"))
    if kind is None:
        raise ValueError("an interface of any class is not a rule")
    return Pattern(kind, subclass, protocol)


def judge(folder: Path, moment: Moment) -> Verdict:
    """Judge the device that sysfs describes in this folder, and switch it on or off."""
    try:
        with (folder / "descriptors").open("rb") as file:
            descriptors = file.read(MAX_DESCRIPTORS + 1)
        verdict = decide(descriptors, moment, parse_rules(RULES.read_text("utf-8")))
    except (OSError, ValueError, KeyError, TypeError) as error:
        verdict = Verdict(allowed=False, reason=f"cannot be judged: {type(error).__name__}")
    _switch(folder, on=verdict.allowed)
    if foreign := _drivers(folder) - verdict.drivers:
        _switch(folder, on=False)
        return Verdict(allowed=False, reason=f"taken by the driver {min(foreign)}")
    return verdict


def _switch(folder: Path, *, on: bool) -> None:
    wanted = "1" if on else "0"
    switch = folder / "authorized"
    if switch.read_text("ascii").strip() != wanted:
        switch.write_text(wanted, "ascii")


def _drivers(folder: Path) -> frozenset[str]:
    """Which drivers have taken a device: the kernel asks them as it switches it on."""
    taken = (interface / "driver" for interface in folder.glob(f"{folder.name}:*"))
    return frozenset(link.readlink().name for link in taken if link.is_symlink())


def close() -> None:
    """Leave every device unauthorised that comes from now on, and judge those that are there.

    Raises OSError. From the mark on, udev has each new device judged.
    """
    CLOSED.parent.mkdir(mode=0o755, exist_ok=True)
    CLOSED.touch()
    for controller in DEVICES.glob("usb*"):
        (controller / "authorized_default").write_text("0", "ascii")
    for folder in sorted(DEVICES.iterdir()):
        if (folder / "descriptors").exists():
            _note(folder.name, judge(folder, Moment.START))


def main(arguments: Sequence[str]) -> int:
    """`judge SYSFS-PATH` for one device, `close` once the machine has come up."""
    match arguments:
        case ["close"]:
            close()
        case ["judge", path]:
            folder = Path("/sys") / path.lstrip("/")
            _note(folder.name, judge(folder, Moment.ALWAYS))
        case _:
            return 2
    return 0


def _note(name: str, verdict: Verdict) -> None:
    """Put the verdict into the kernel's log."""
    allowed = "allowed" if verdict.allowed else "REFUSED"
    with suppress(OSError), LOG.open("w") as log:
        log.write(f"airlock: usb {name} {allowed}: {verdict.reason}\n")
