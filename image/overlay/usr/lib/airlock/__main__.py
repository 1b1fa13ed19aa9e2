"""`python3 -I /usr/lib/airlock NAME`: what the image runs besides the appliance itself.

`process` is what the terminal starts in place of `appliance process`; the service manager does the
rest.
"""

import runpy
import sys

PROGRAMS = {
    "clock-floor": "clock_floor",
    "console-font": "console_font",
    "data-volume": "data_volume",
    "device-settings": "device_settings",
    "power-button": "power_button",
    "process": "reach",
    "self-check": "self_check",
    "stopped": "stopped",
    "terminal": "terminal",
    "usb-gate": "usb_gate",
}
"""The programs by name; each loads only what it needs."""


def main() -> int:
    """Run the program that is named first with the arguments behind it."""
    if len(sys.argv) < 2 or sys.argv[1] not in PROGRAMS:
        return 2
    program = runpy.run_module(f"airlock_os.{PROGRAMS[sys.argv[1]]}")
    status: int = program["main"](sys.argv[2:])
    return status


if __name__ == "__main__":
    sys.exit(main())
