"""On the appliance: only the partition that the signed command line names is ever mounted."""

import tomllib

from image import places, profiles
from image.vendor import partition
from tests.image.runtime.conftest import OVERLAY

UNITS = OVERLAY / "etc" / "systemd" / "system"
DEVICE_SETTINGS = OVERLAY / "usr" / "lib" / "airlock" / "airlock_os" / "device_settings.py"


def lines(name: str) -> list[str]:
    return (UNITS / name).read_text().splitlines()


def test_it_is_mounted_as_data_only_where_the_command_line_names_a_vendor() -> None:
    unit = lines("airlock-vendor-module.service")
    how = "--types erofs --options ro,nosuid,nodev /dev/dm-1"
    assert f"ExecStart=/usr/bin/mount {how} {partition.MOUNTED}" in unit
    assert "ConditionKernelCommandLine=airlock.vendor" in unit
    assert " airlock.vendor=acme " in profiles.command_line("root=x", "", "acme")
    assert "airlock.vendor" not in profiles.command_line("root=x", "")


def test_nothing_is_chosen_before_it_is_there() -> None:
    unit = " ".join(lines("airlock-device-settings.service"))
    assert unit.count("airlock-vendor-module.service") == 2
    folders = tomllib.loads(places.ROOT_RULES.read_text("utf-8"))["folders"]
    assert partition.MOUNTED.removeprefix("/") in folders


def test_the_settings_name_the_module_that_the_partition_names() -> None:
    text = DEVICE_SETTINGS.read_text()
    assert f'VENDORS = Path("{partition.MOUNTED}/{partition.MODULE}")' in text


def test_no_other_file_of_the_image_names_a_vendors_module() -> None:
    files = (path for path in OVERLAY.rglob("*") if path.is_file() and path.suffix != ".pyc")
    named = {path.name for path in files if partition.MOUNTED.encode() in path.read_bytes()}
    assert named == {"airlock-vendor-module.service", "device_settings.py"}
