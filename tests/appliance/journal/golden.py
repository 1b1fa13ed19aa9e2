"""Write a release's golden journal: a small real one, that every later release has to open.

    python -m tests.appliance.journal.golden VERSION

The signer process of this release does it on a SoftHSM2 token: it is founded by three signers; of
three batches two signers sign one, one of them rejects one, and one is refused.
"""

import json
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from appliance.journal.file import read_entries, read_history
from appliance.processes.desk import ApplianceDesk
from appliance.tui.desk import RefusalToShow, SheetToReview
from tests import hostile_coordinator as hostile
from tests.appliance.processes.conftest import PASSPHRASES, Device, clock, new_device, open_session
from tests.conventions.documents import ROOT
from tests.real_parts.soft_hsm import TRANSPORT_PIN

JOURNALS = ROOT / "tests" / "vectors" / "journals"


def main(version: str) -> int:
    """Write the journal and what has to be found in it."""
    folder = JOURNALS / version
    folder.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as scratch:
        device = new_device(Path(scratch))
        desk = device.desk()
        try:
            walk(device, desk)
        finally:
            desk.end()
        body = device.journal.read_bytes()
        answers = read_history(device.journal).responses
    last = list(read_entries(body))[-1]
    told = {"entries": last.index + 1, "head": last.head.digest.hex(), "responses": len(answers)}
    (folder / "journal").write_bytes(body)
    (folder / "expected.json").write_text(json.dumps(told, indent=2) + "\n")
    return 0


def walk(device: Device, desk: ApplianceDesk) -> None:
    """Do what a first day brings."""
    proposal = desk.read_proposal(hostile.sealed_proposal(hostile.proposal()))
    for name, passphrase in PASSPHRASES.items():
        desk.enrol(name, passphrase)
    desk.commission(proposal, TRANSPORT_PIN)
    desk.close_session()
    open_session(desk)
    sheet = read_sheet(desk, device.honest())
    given = tuple(desk.approve(sheet, name, PASSPHRASES[name]) for name in ("Ada", "Ben"))
    desk.sign(sheet, given, lambda *_: None)
    desk.reject(read_sheet(desk, device.honest(2, 2)), "Ada", PASSPHRASES["Ada"], "not agreed")
    coordinator = device.coordinator
    late = replace(coordinator.request(coordinator.content(3, 2, 3), 3), expires=clock() - 5)
    refusal = desk.read(coordinator.seal(late))
    assert isinstance(refusal, RefusalToShow), refusal
    desk.refuse(refusal)
    desk.close_session()


def read_sheet(desk: ApplianceDesk, envelope: bytes) -> SheetToReview:
    """Return the sheet of a batch that clears."""
    reading = desk.read(envelope)
    assert isinstance(reading, SheetToReview), reading
    return reading


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
