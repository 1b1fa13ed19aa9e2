"""A checker at the station, and what lies on their desk."""

import io
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from appliance.wire import record
from appliance.wire.messages import BatchContent, OperatorApproval
from appliance.wire.words import words_of
from online_coordinator.batches.models import Batch
from online_coordinator.keys import create_personal_key
from online_coordinator.settings.networks import Networks
from online_coordinator.station.cli import main
from tests.online_coordinator.desk import (
    CLIENTS,
    OPERATORS,
    Desk,
    eth_row,
    found,
)

INSPECTOR = Path(__file__).with_name("stand_in_inspector.py")
ROOT = Path(__file__).parents[2]
OPENING_WORDS = "correct horse battery"


@dataclass
class Station:
    """What lies on the checker's desk."""

    desk: Desk
    folder: Path
    batch: Batch
    typed: Callable[[str], None]

    @property
    def content(self) -> BatchContent:
        return record.decode(BatchContent, (self.folder / "batch.bin").read_bytes())

    def put(self, content: BatchContent) -> None:
        (self.folder / "batch.bin").write_bytes(record.encode(content))

    def arguments(self, command: str, mode: str = "honest") -> list[str]:
        names = {"batch": "batch.bin", "announcement": "appliance.bin"}
        if command == "check":
            names |= {"key": "chen.key", "passphrase-file": "words", "out": "approval.bin"}
        paths = [
            part for name, file in names.items() for part in (f"--{name}", str(self.folder / file))
        ]
        return [command, *paths, "--inspect", f"{sys.executable} {INSPECTOR} {mode}"]

    def check(self, mode: str = "honest", typed: str | None = None) -> int:
        first = " ".join(words_of(self.content.digest)[:2]) if typed is None else typed
        self.typed(first)
        return main(self.arguments("check", mode))

    @property
    def approval(self) -> OperatorApproval | None:
        path = self.folder / "approval.bin"
        return record.decode(OperatorApproval, path.read_bytes()) if path.exists() else None


def seated(nodes: Networks, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Station:
    """Seat a checker with a key of their own before a batch that the maker approved."""
    key = create_personal_key(folder / "chen.key", OPENING_WORDS)
    (folder / "words").write_text(OPENING_WORDS + "\n", encoding="utf-8")
    operators = (OPERATORS[0], replace(OPERATORS[1], key=key.public))
    desk = Desk.opened(nodes, found(operators=operators))
    batch = desk.made(desk.built(eth_row(1), eth_row(2, "3.5", "USDT", CLIENTS[1])))
    (folder / "appliance.bin").write_bytes(bytes(desk.appliance.announcement))
    (folder / "batch.bin").write_bytes(bytes(batch.content))
    return Station(
        desk,
        folder,
        batch,
        lambda text: monkeypatch.setattr("sys.stdin", io.StringIO(text + "\n")),
    )
