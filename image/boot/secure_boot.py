"""Secure Boot with keys of the owner's own: a signed disk starts, any other is refused."""

import re
from pathlib import Path

from image.boot import owner
from image.boot.bench import FIRST_SCREEN, PATIENCE, Bench, opened
from image.boot.scenario import Facts, Scenario, Steps

_REFUSAL = re.compile(
    r"failed to load Boot[0-9A-F]{4}[^\r\n]*: (Access Denied|Security Violation)[\r\n]"
)
"""What the firmware says once it has judged a program; UEFI's word for that is either."""
REFUSED = "refused"


def _secure_boot(bench: Bench) -> Steps:
    by = owner.owner(bench.folder)
    variables, program = owner.firmware(by), owner.program_of(bench)
    signed = owner.signed(bench, by, "signed", program)
    altered = owner.altered(signed, program, bench.folder / "altered.img")
    for name, disk in (("unsigned", bench.disk), ("altered", altered)):
        yield _attempt(bench.with_disk(disk), variables, name)
    attempt = bench.with_disk(signed)
    hardware = attempt.hardware(attempt.blank_volume(), variables=variables)
    with attempt.machine(hardware) as machine:
        yield {"signed": machine.wait_for(FIRST_SCREEN, PATIENCE)[0]}


def _attempt(bench: Bench, variables: Path, name: str) -> Facts:
    """Switch on with a disk that the firmware must not start; what comes of it, and why."""
    said = bench.folder / f"said-{name}"
    said.touch()
    line = ("-serial", f"file:{said}")

    def refusal() -> list[str]:
        return _REFUSAL.findall(said.read_text("ascii", "replace"))

    with bench.machine(bench.hardware(None, variables=variables, extra=line)) as machine:
        shown = opened(machine, lambda: bool(refusal()))
    return {name: shown or REFUSED, f"{name}_because": "".join(refusal()[:1])}


SECURE_BOOT = Scenario(
    _secure_boot,
    {"unsigned": REFUSED, "altered": REFUSED, "signed": "First start"},
)
"""Unsigned: refused. Signed, then one letter changed: refused. Signed: starts."""
