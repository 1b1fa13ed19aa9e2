"""Says on the screen which part of the appliance could not start. The power button still works."""

from collections.abc import Sequence

from airlock_os.screen import Notice, show_notice

NEXT = "Switch the machine off and on again. If it repeats, note this screen and call security."


def main(arguments: Sequence[str]) -> int:
    """Show the name of the unit that failed."""
    unit = arguments[0] if arguments else "a part"
    show_notice(Notice("START-FAILED", f"The appliance could not start: {unit} failed.", NEXT))
    return 0
