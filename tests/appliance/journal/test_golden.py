"""Every release's journal opens in this one; one of a later format is left alone, by name."""

import json
import shutil
import tomllib
from pathlib import Path

import pytest

from appliance.cli.main import main
from appliance.errors import AirlockError, JournalBroken, JournalNewer
from appliance.journal.file import MAGIC, JournalFile, read_entries, read_history
from appliance.journal.verify import Verified, verify_journal
from appliance.model.entry import SessionEnded
from appliance.policy.standing import standing_rules
from tests.appliance.journal.golden import JOURNALS
from tests.conventions.documents import ROOT

GOLDEN = sorted(path.parent for path in JOURNALS.glob("*/expected.json"))
NEWER = b"AIRLOCK JOURNAL 2\n"


def test_there_is_one_of_this_release() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["version"] in [folder.name for folder in GOLDEN]


@pytest.mark.parametrize("folder", GOLDEN, ids=lambda folder: folder.name)
def test_a_releases_journal_verifies_down_to_every_signature(folder: Path) -> None:
    expected = json.loads((folder / "expected.json").read_text())
    found = verify_journal((folder / "journal").read_bytes(), expected["head"], deep=True)
    assert isinstance(found, Verified)
    assert (found.entries, found.head.digest.hex()) == (expected["entries"], expected["head"])


@pytest.mark.parametrize("folder", GOLDEN, ids=lambda folder: folder.name)
def test_a_releases_journal_opens_and_goes_on(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "journal"
    shutil.copyfile(folder / "journal", path)
    history = read_history(path)
    assert history.genesis is not None
    assert standing_rules(history.genesis.genesis).roster is not None
    expected = json.loads((folder / "expected.json").read_text())
    assert len(history.responses) == expected["responses"]
    assert history.unfinished is None
    opened = JournalFile(path, lambda: 0)
    assert opened.history() == history
    opened.append(SessionEnded())
    opened.close()
    assert len(list(read_entries(path.read_bytes()))) == history.head.index + 2


def newer_in(folder: Path) -> Path:
    path = folder / "journal"
    path.write_bytes(NEWER + b"what only the newer release knows")
    return path


def test_a_journal_of_a_newer_format_is_refused_by_name(tmp_path: Path) -> None:
    path = newer_in(tmp_path)
    for read in (
        lambda: JournalFile(path, lambda: 0),
        lambda: read_history(path),
        lambda: verify_journal(path.read_bytes()),
    ):
        with pytest.raises(JournalNewer, match="of format 2, and this release reads format 1"):
            read()
    assert path.read_bytes().startswith(NEWER)


def test_the_command_says_what_to_do_about_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["journal", "verify", str(newer_in(tmp_path))]) != 0
    said = "".join(capsys.readouterr())
    assert "Start the release that this appliance ran last" in said


@pytest.mark.parametrize(
    "body",
    [
        b"AIRLOCK JOURNAL 0\n",
        b"AIRLOCK JOURNAL 1 \n",
        b"AIRLOCK JOURNAL 2",
        b"AIRLOCK JOURNAL 9999999999\n",
        b"AIRLOCK JOURNAL -1\n",
    ],
)
def test_what_only_looks_like_a_newer_one_is_broken(tmp_path: Path, body: bytes) -> None:
    (tmp_path / "journal").write_bytes(body)
    assert not MAGIC.startswith(body)
    with pytest.raises(AirlockError) as raised:
        read_history(tmp_path / "journal")
    assert type(raised.value) is JournalBroken
