"""A disk with an HSM vendor's module: mounted, in use, and verified like the root."""

from image.boot.bench import OPEN, WITHOUT_HSM, Bench, open_volume, opened, wait_for
from image.boot.partitions import tampered
from image.boot.production import NO_RESTART, RESTARTED
from image.boot.scenario import Scenario, Steps
from image.vendor import partition


def _vendor(bench: Bench) -> Steps:
    with bench.machine() as machine:
        open_volume(machine)
        yield {"reached": wait_for(machine, f"{OPEN}|{WITHOUT_HSM}")}
    spoilt = bench.with_disk(tampered(bench.disk, bench.folder, partition.KIND.bytes_le))
    with spoilt.machine(spoilt.hardware(spoilt.blank_volume(), extra=NO_RESTART)) as machine:
        yield {"spoilt_first_screen": opened(machine)}
        yield {"spoilt_ended_by": machine.switched_off_by()}


VENDOR = Scenario(
    _vendor, {"reached": OPEN, "spoilt_first_screen": None, "spoilt_ended_by": RESTARTED}
)
"""The terminal opens and asks for no HSM: only the vendor's module, a stand-in, has a token.

With 64 changed bytes in the vendor's partition nothing opens.
"""
