"""What the device's settings may say of its serial line."""

import pytest

from appliance.errors import SettingsError
from appliance.settings import FlowControl, LineMode, parse_settings

DEVICE = '[device]\ndata = "/data"\n[hsm]\nmodule = "/m"\ntoken = "1"\n[links]\n'


def test_a_line_has_a_way_back_and_no_flow_control_unless_told() -> None:
    settings = parse_settings(DEVICE + 'serial = "/dev/ttyS0"\n')
    assert (settings.mode, settings.flow) == (LineMode.TWO_WAY, FlowControl.NONE)
    assert settings.baud == 115_200


@pytest.mark.parametrize(
    ("told", "mode", "flow"),
    [
        ('mode = "one-way"', LineMode.ONE_WAY, FlowControl.NONE),
        ('flow = "rtscts"', LineMode.TWO_WAY, FlowControl.RTS_CTS),
        ('mode = "two-way"\nflow = "none"', LineMode.TWO_WAY, FlowControl.NONE),
    ],
)
def test_mode_and_flow_are_taken_as_told(told: str, mode: LineMode, flow: FlowControl) -> None:
    settings = parse_settings(DEVICE + told + "\n")
    assert (settings.mode, settings.flow) == (mode, flow)


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ('mode = "diode"', "mode is not one of two-way, one-way"),
        ("flow = true", "flow is not one of none, rtscts"),
        ('flow = "xonxoff"', "flow is not one of none, rtscts"),
        ('mode = "one-way"\nflow = "rtscts"', "takes the way back"),
        ("parity = 1", "unknown key"),
    ],
)
def test_refuses_what_no_line_has(told: str, why: str) -> None:
    with pytest.raises(SettingsError, match=why):
        parse_settings(DEVICE + told + "\n")
