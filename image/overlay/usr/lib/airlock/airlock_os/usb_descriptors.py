"""What a USB device says of itself: its descriptors, read strictly (USB 2.0, chapter 9.6).

The bytes come from the device, so from anybody. What is cut short, overlong, or contradicts itself
is `Malformed`; nothing is guessed.
"""

from collections.abc import Iterator
from dataclasses import dataclass

MAX_DESCRIPTORS = 1 << 16
"""Bytes of all descriptors; the longest of real devices, cameras, have a few thousand."""

_DEVICE, _CONFIGURATION, _INTERFACE = 1, 2, 4
_DEVICE_SIZE, _CONFIGURATION_SIZE, _INTERFACE_SIZE = 18, 9, 9


class Malformed(Exception):
    """These descriptors break their own encoding."""


@dataclass(frozen=True, slots=True, order=True)
class Interface:
    """Class, subclass and protocol, which is what a driver is chosen by."""

    kind: int
    subclass: int
    protocol: int


@dataclass(frozen=True, slots=True)
class Device:
    """A device's identity, and the interfaces of all its configurations and settings."""

    vendor: int
    product: int
    kind: int
    interfaces: frozenset[Interface]


def parse(data: bytes) -> Device:
    """Read a device descriptor and every configuration behind it, as sysfs gives them.

    Raises Malformed.
    """
    if len(data) > MAX_DESCRIPTORS:
        raise Malformed(f"{len(data):,} bytes of descriptors")
    head, rest = data[:_DEVICE_SIZE], data[_DEVICE_SIZE:]
    if len(head) != _DEVICE_SIZE or head[0] != _DEVICE_SIZE or head[1] != _DEVICE:
        raise Malformed("no device descriptor at the beginning")
    interfaces: set[Interface] = set()
    for _ in range(head[17]):
        total = _total(rest)
        interfaces |= _interfaces(rest[:total])
        rest = rest[total:]
    if rest or not interfaces:
        raise Malformed("more or fewer configurations than were announced")
    vendor, product = (int.from_bytes(head[at : at + 2], "little") for at in (8, 10))
    return Device(vendor, product, head[4], frozenset(interfaces))


def _total(data: bytes) -> int:
    """The length of the configuration that begins here, all its descriptors included."""
    if len(data) < _CONFIGURATION_SIZE or data[1] != _CONFIGURATION:
        raise Malformed("no configuration descriptor where one is announced")
    total = int.from_bytes(data[2:4], "little")
    if not _CONFIGURATION_SIZE <= total <= len(data):
        raise Malformed(f"a configuration of {total} bytes")
    return total


def _interfaces(configuration: bytes) -> set[Interface]:
    found: set[Interface] = set()
    numbers: set[int] = set()
    for descriptor in _descriptors(configuration):
        if descriptor[1] != _INTERFACE:
            continue
        if len(descriptor) < _INTERFACE_SIZE:
            raise Malformed("an interface descriptor is too short")
        numbers.add(descriptor[2])
        found.add(Interface(*descriptor[5:8]))
    if len(numbers) != configuration[4]:
        raise Malformed(f"{configuration[4]} interfaces announced, {len(numbers)} described")
    return found


def _descriptors(data: bytes) -> Iterator[bytes]:
    while data:
        length = data[0]
        if length < 2 or length > len(data):
            raise Malformed("a descriptor runs past its configuration")
        yield data[:length]
        data = data[length:]
