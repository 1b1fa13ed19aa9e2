"""How fast a journal is verified, and how soon the terminal is there."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from appliance.journal.verify import verify_journal
from tests.appliance.software import found
from tests.benchmarks.measure import Figure, Spread, seconds
from tests.shared_vectors import ROOT

BATCHES = 20


def figures() -> Iterator[Figure]:
    """Measure the journal and the start of the terminal."""
    yield journal()
    yield cold_start()


def journal() -> Figure:
    """Entries a second through the deep verification."""
    with tempfile.TemporaryDirectory() as folder:
        appliance = found(Path(folder))
        for number in range(BATCHES):
            content = appliance.coordinator.content(number + 1, 2 * number, number)
            request = appliance.coordinator.request(content, number + 1)
            appliance.sign(appliance.coordinator.seal(request))
        data = (Path(folder) / "journal").read_bytes()
        entries = appliance.journal.head.index + 1
    taken = seconds(lambda: verify_journal(data, deep=True), runs=3)
    rate = Spread(entries / taken.value, entries / taken.most, entries / taken.least, taken.runs)
    return Figure("journal.verify_rate", rate, "entries/s")


def cold_start() -> Figure:
    """Seconds until the terminal's code is loaded."""
    command = (sys.executable, "-c", "import appliance.processes.desk, appliance.tui.app")
    taken = seconds(lambda: subprocess.run(command, cwd=ROOT, check=True))
    return Figure("ui.cold_start", taken, "s")
