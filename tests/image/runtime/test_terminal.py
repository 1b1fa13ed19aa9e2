"""The terminal's program as its unit starts it, on a data volume that is pulled out meanwhile."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from airlock_os.terminal import LOST
from airlock_os.volume.media import LABEL

from tests.conventions.documents import ROOT
from tests.image.runtime.conftest import PROGRAMS

STARTER = """\
import sys, time
from functools import partial
from pathlib import Path
sys.path.insert(0, {programs!r})
from airlock_os import terminal, threshold
from airlock_os.volume import media
from appliance.cli import main as command_line
folder = Path({folder!r})
threshold.FOLDER = Path("/")
threshold.RESERVE = 0
threshold.JOURNAL, threshold.BEGAN = folder / "journal", folder / "began"
media.is_connected = partial(media.is_connected, folder / "block")
terminal.SECONDS = 0.02
def run(command):
    print(*command, flush=True)
    time.sleep(1)
    print("still here", flush=True)
    time.sleep(60)
command_line.main = run
terminal.main([])
"""


@pytest.fixture
def block(tmp_path: Path) -> Path:
    """What sysfs says of the block devices: the open data volume, and the disk below it."""
    block = tmp_path / "block"
    for folder in ("dm-0/dm", "dm-0/slaves/sda", "sda"):
        (block / folder).mkdir(parents=True)
    (block / "dm-0/dm/name").write_text(f"{LABEL}\n")
    (block / "sda/size").write_text("65536\n")
    (tmp_path / "journal").touch()
    return block


@pytest.fixture
def terminal(tmp_path: Path, block: Path) -> Iterator[subprocess.Popen[str]]:
    program = STARTER.format(programs=str(PROGRAMS), folder=str(tmp_path))
    with subprocess.Popen(
        (sys.executable, "-c", program), cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        yield process
        process.kill()


def test_the_terminal_is_open_while_the_data_volume_is_there_and_no_longer(
    tmp_path: Path, block: Path, terminal: subprocess.Popen[str]
) -> None:
    assert terminal.stdout is not None
    assert terminal.stdout.readline().startswith("run --settings /run/airlock/settings.toml")
    assert (tmp_path / "began").exists()
    assert terminal.stdout.readline() == "still here\n"
    (block / "sda/size").unlink()
    assert terminal.wait(30) == LOST
