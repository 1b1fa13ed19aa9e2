"""The USB gate: a device is judged by the bytes of its descriptors alone, and the default is no."""

from pathlib import Path

import pytest
from airlock_os import usb_gate
from airlock_os.usb_descriptors import Interface, Malformed, parse
from airlock_os.usb_gate import Moment, decide, parse_rules
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conventions.documents import ROOT

ENTRIES = parse_rules((ROOT / "image/overlay/etc/airlock/usb.toml").read_text())

KEYBOARD = (0x0627, 0x0001, [[(3, 1, 1)]])
STICK = (0x46F4, 0x0001, [[(8, 6, 0x50)]])
HUB = (0x1D6B, 0x0003, [[(9, 0, 0)]])
FTDI = (0x0403, 0x6001, [[(0xFF, 0xFF, 0xFF)]])
READER = (0x08E6, 0x4433, [[(0x0B, 0, 0)]])
CAMERA = (0x046D, 0x0825, [[(0x0E, 1, 0), (0x0E, 2, 0), (1, 1, 0), (1, 2, 0)]])
CDC_SERIAL = (0x2341, 0x0043, [[(2, 2, 1), (0x0A, 0, 0)]])
SOUND = (0x46F4, 0x0002, [[(1, 1, 0), (1, 2, 0)]])
NETWORK = (0x0525, 0xA4A2, [[(2, 6, 0), (0x0A, 0, 0)], [(2, 2, 0xFF), (0x0A, 0, 0)]])
MOUSE = (0x0627, 0x0001, [[(3, 1, 2)]])
TYPING_ADAPTER = (0x0403, 0x6001, [[(0xFF, 0xFF, 0xFF), (3, 1, 1)]])
TYPING_READER = (0x08E6, 0x4433, [[(0x0B, 0, 0), (3, 1, 1)]])
TYPING_STICK = (0x46F4, 0x0001, [[(8, 6, 0x50), (3, 1, 1)]])
SECOND_FACE = (0x08E6, 0x4433, [[(0x0B, 0, 0)], [(3, 1, 1)]])

Shape = tuple[int, int, list[list[tuple[int, int, int]]]]


def descriptors(shape: Shape, kind: int = 0) -> bytes:
    vendor, product, configurations = shape
    ids = vendor.to_bytes(2, "little") + product.to_bytes(2, "little")
    head = bytes((18, 1, 0, 2, kind, 0, 0, 64)) + ids + bytes((0, 1, 0, 0, 0, len(configurations)))
    return head + b"".join(map(configuration, configurations))


def configuration(interfaces: list[tuple[int, int, int]]) -> bytes:
    body = b"".join(
        bytes((9, 4, number, 0, 1, *interface, 0)) + bytes((7, 5, 0x81, 3, 8, 0, 10))
        for number, interface in enumerate(interfaces)
    )
    total = (9 + len(body)).to_bytes(2, "little")
    return bytes((9, 2)) + total + bytes((len(interfaces), 1, 0, 0xA0, 50)) + body


@pytest.mark.parametrize("shape", [KEYBOARD, STICK, HUB, FTDI, READER, CAMERA, CDC_SERIAL])
def test_what_the_machine_needs_is_there_from_the_start(shape: Shape) -> None:
    assert decide(descriptors(shape), Moment.START, ENTRIES).allowed


@pytest.mark.parametrize("shape", [FTDI, READER, CAMERA, CDC_SERIAL])
def test_links_and_readers_may_be_plugged_in_later(shape: Shape) -> None:
    assert decide(descriptors(shape), Moment.ALWAYS, ENTRIES).allowed


@pytest.mark.parametrize("shape", [KEYBOARD, STICK, HUB])
def test_no_keyboard_stick_or_hub_may_be_plugged_in_later(shape: Shape) -> None:
    assert not decide(descriptors(shape), Moment.ALWAYS, ENTRIES).allowed


@pytest.mark.parametrize("moment", Moment)
@pytest.mark.parametrize(
    "shape",
    [SOUND, NETWORK, MOUSE, TYPING_ADAPTER, TYPING_READER, TYPING_STICK, SECOND_FACE],
)
def test_what_is_not_listed_never_gets_in(shape: Shape, moment: Moment) -> None:
    assert not decide(descriptors(shape), moment, ENTRIES).allowed


def test_an_adapter_of_another_maker_is_not_the_listed_one() -> None:
    other = (0x0403, 0x6002, FTDI[2])
    assert not decide(descriptors(other), Moment.ALWAYS, ENTRIES).allowed


def test_interfaces_of_every_configuration_count() -> None:
    found = parse(descriptors(NETWORK)).interfaces
    assert found == {Interface(2, 6, 0), Interface(2, 2, 0xFF), Interface(0x0A, 0, 0)}


SOUND_ONE = descriptors(KEYBOARD)
HOSTILE = {
    "nothing": b"",
    "half a device descriptor": SOUND_ONE[:10],
    "no configuration": SOUND_ONE[:18],
    "a configuration cut short": SOUND_ONE[:-1],
    "something behind the last configuration": SOUND_ONE + b"\0",
    "a descriptor without a length": SOUND_ONE[:27] + bytes(16),
    "a descriptor of length one": SOUND_ONE[:27] + b"\1" * 16,
    "a descriptor past its configuration": SOUND_ONE[:27] + b"\xff" * 16,
    "more interfaces than announced": SOUND_ONE[:22] + b"\0" + SOUND_ONE[23:],
    "fewer interfaces than announced": SOUND_ONE[:22] + b"\2" + SOUND_ONE[23:],
    "another type in the first place": b"\x12\x02" + SOUND_ONE[2:],
    "more than there ever is": SOUND_ONE + bytes(1 << 17),
    "a second configuration announced": SOUND_ONE[:17] + b"\2" + SOUND_ONE[18:],
}


@pytest.mark.parametrize("case", HOSTILE)
def test_descriptors_that_contradict_themselves_are_refused(case: str) -> None:
    with pytest.raises(Malformed):
        parse(HOSTILE[case])
    assert not decide(HOSTILE[case], Moment.START, ENTRIES).allowed


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_no_bytes_break_the_gate(data: bytes) -> None:
    assert not decide(data, Moment.ALWAYS, ENTRIES).allowed


@settings(deadline=None)
@given(st.integers(0, 42), st.integers(0, 255))
def test_no_single_byte_opens_the_gate_to_a_sound_device(at: int, value: int) -> None:
    data = bytearray(descriptors(SOUND))
    data[at % len(data)] = value
    assert not decide(bytes(data), Moment.ALWAYS, ENTRIES).allowed


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of devices as sysfs shows them, and the gate looking at it."""
    devices = tmp_path / "devices"
    for name in ("usb1", "usb2"):
        hub = sysfs_device(devices / name, HUB, authorized="1", kind=9)
        (hub / "authorized_default").write_text("1")
    monkeypatch.setattr(usb_gate, "DEVICES", devices)
    monkeypatch.setattr(usb_gate, "RULES", ROOT / "image/overlay/etc/airlock/usb.toml")
    monkeypatch.setattr(usb_gate, "CLOSED", tmp_path / "run" / "closed")
    monkeypatch.setattr(usb_gate, "LOG", tmp_path / "log")
    return devices


def authorized(folder: Path) -> bool:
    return (folder / "authorized").read_text() == "1"


def test_an_unreadable_list_lets_nothing_in(
    machine: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = tmp_path / "usb.toml"
    rules.write_text("[[device]]\nname = 1\n")
    monkeypatch.setattr(usb_gate, "RULES", rules)
    adapter = sysfs_device(machine / "1-1", FTDI, authorized="1")
    assert not usb_gate.judge(adapter, Moment.START).allowed
    assert not authorized(adapter)


def test_closing_leaves_new_devices_out_and_judges_those_that_are_there(machine: Path) -> None:
    stick = sysfs_device(machine / "1-1", STICK, authorized="1")
    sound = sysfs_device(machine / "1-2", SOUND, authorized="1")
    (machine / "1-1:1.0").mkdir()
    assert usb_gate.main(["close"]) == 0
    assert all((machine / n / "authorized_default").read_text() == "0" for n in ("usb1", "usb2"))
    assert authorized(machine / "usb1")
    assert authorized(stick)
    assert not authorized(sound)
    assert usb_gate.CLOSED.exists()


def test_a_device_that_comes_later_is_switched_on_only_if_it_is_listed(machine: Path) -> None:
    adapter = sysfs_device(machine / "1-3", FTDI, authorized="0")
    stick = sysfs_device(machine / "1-4", STICK, authorized="0")
    assert usb_gate.judge(adapter, Moment.ALWAYS).allowed
    assert not usb_gate.judge(stick, Moment.ALWAYS).allowed
    assert authorized(adapter)
    assert not authorized(stick)


def bound(device: Path, driver: str) -> Path:
    """Have a driver take the first interface of a device."""
    interface = device / f"{device.name}:1.0"
    interface.mkdir()
    (interface / "driver").symlink_to(f"../../../../bus/usb/drivers/{driver}")
    return device


@pytest.mark.parametrize("moment", Moment)
@pytest.mark.parametrize(
    ("shape", "driver", "allowed"),
    [
        (READER, "usb-storage", False),
        (READER, "usbhid", False),
        (READER, "usbfs", True),
        (CAMERA, "uvcvideo", True),
        (CAMERA, "uas", False),
        (FTDI, "ftdi_sio", True),
        (CDC_SERIAL, "cdc_acm", True),
    ],
)
def test_a_device_that_another_driver_has_taken_is_switched_off_again(
    machine: Path, shape: Shape, driver: str, moment: Moment, allowed: bool
) -> None:
    device = bound(sysfs_device(machine / "1-3", shape, authorized="0"), driver)
    assert usb_gate.judge(device, moment).allowed == allowed
    assert authorized(device) == allowed


@pytest.mark.parametrize("shape", [KEYBOARD, STICK, HUB])
def test_what_the_machine_starts_with_is_taken_by_its_own_driver(
    machine: Path, shape: Shape
) -> None:
    drivers = {3: "usbhid", 8: "usb-storage", 9: "hub"}
    device = sysfs_device(machine / "1-3", shape, authorized="1")
    assert usb_gate.judge(bound(device, drivers[shape[2][0][0][0]]), Moment.START).allowed


def test_a_gate_that_breaks_while_it_closes_leaves_what_comes_later_outside(
    machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """New devices are shut out before any is judged; the unit then fails, and with it the start."""
    broken = sysfs_device(machine / "1-1", STICK, authorized="1")
    (broken / "authorized").unlink()
    with pytest.raises(OSError, match="authorized"):
        usb_gate.main(["close"])
    assert all((machine / n / "authorized_default").read_text() == "0" for n in ("usb1", "usb2"))


@pytest.mark.parametrize("count", [1, 255])
def test_as_many_interfaces_as_there_can_be_are_all_looked_at(count: int) -> None:
    typing = (0x08E6, 0x4433, [[(0x0B, 0, 0)] * (count - 1) + [(3, 1, 1)]])
    reading = (0x08E6, 0x4433, [[(0x0B, 0, 0)] * count])
    assert not decide(descriptors(typing), Moment.ALWAYS, ENTRIES).allowed
    assert decide(descriptors(reading), Moment.ALWAYS, ENTRIES).allowed


def test_a_second_setting_of_an_interface_counts() -> None:
    """The same number once more, as another setting, is a keyboard."""
    reader = bytearray(descriptors(READER))
    setting = bytes((9, 4, 0, 1, 1, 3, 1, 1, 0))
    reader[20:22] = (int.from_bytes(reader[20:22], "little") + 9).to_bytes(2, "little")
    assert parse(bytes(reader) + setting).interfaces == {Interface(0x0B, 0, 0), Interface(3, 1, 1)}
    assert not decide(bytes(reader) + setting, Moment.ALWAYS, ENTRIES).allowed


def sysfs_device(folder: Path, shape: Shape, authorized: str, kind: int = 0) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "descriptors").write_bytes(descriptors(shape, kind))
    (folder / "authorized").write_text(authorized)
    return folder
