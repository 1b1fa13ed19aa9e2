"""The list of supported hardware: what it names is let in, and what is let in has a driver."""

import re
import tomllib

import pytest

from image import kernel
from tests.conventions.documents import ROOT

LIST = tomllib.loads((ROOT / "image/overlay/etc/airlock/usb.toml").read_text("utf-8"))["device"]
PAGE = (ROOT / "docs/image.md").read_text("utf-8").partition("\n## Hardware\n")[2]
TABLE = re.findall(r"^\| .*$", PAGE.partition("\n## ")[0], re.MULTILINE)
KERNEL = kernel.options((ROOT / "image/kernel.config").read_text("utf-8"))
SERIAL = {"USB_SERIAL_FTDI_SIO", "USB_SERIAL_CP210X", "USB_ACM"}


@pytest.mark.parametrize("name", [device["name"] for device in LIST])
def test_the_page_lists_each_device_that_is_let_in(name: str) -> None:
    assert any(name in row for row in TABLE)


def test_each_row_says_how_the_part_was_tried() -> None:
    for row in TABLE[1:]:
        assert re.search(r"(?i)emulated|built in|tried", row.rstrip("| ").rpartition("|")[2]), row


def test_the_kernel_has_a_driver_for_each_serial_adapter_on_the_list_and_for_no_other() -> None:
    built = {
        name
        for option in KERNEL
        if KERNEL[option] == "y"
        and re.fullmatch(r"USB_SERIAL_\w+|USB_ACM", name := option.removeprefix("CONFIG_"))
    }
    assert built == SERIAL
