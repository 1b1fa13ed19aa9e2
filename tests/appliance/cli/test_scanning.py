"""`appliance scan` beyond a good film: the cameras there are, and what is said of bad ones."""

import json
from pathlib import Path

import numpy as np
import pytest

from appliance.cli.main import main
from appliance.wire.camera import record


def test_lists_cameras_without_opening_any(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(("scan", "--list", "--json")) == 0
    listed = json.loads(capsys.readouterr().out)
    assert listed["contract"] == 1
    assert all(set(each) == {"number", "name"} for each in listed["cameras"])
    assert main(("scan", "--list")) == 0
    assert capsys.readouterr().out.strip()


def test_says_what_is_the_matter_and_what_was_seen(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    film = tmp_path / "black.avi"
    record([np.zeros((240, 320), np.uint8)] * 8, film, 15)
    assert main(("scan", "--video", str(film))) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert "camera: black" in said.err
    assert "frames: 8\ndecoded: 0\nlost: 8\n" in said.err
    assert "LINK-INCOMPLETE" in said.err


@pytest.mark.parametrize("out", ["", "nowhere/out"])
def test_a_message_that_cannot_be_written_is_not_waited_for(
    out: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    film = tmp_path / "black.avi"
    record([np.zeros((240, 320), np.uint8)] * 8, film, 15)
    assert main(("scan", "--video", str(film), "--out", str(tmp_path / out))) == 2
    assert "frames" not in capsys.readouterr().err


def test_pictures_larger_than_any_cameras_are_not_decoded(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    film = tmp_path / "huge.avi"
    record([np.zeros((4400, 4400), np.uint8)], film, 15)
    assert main(("scan", "--video", str(film))) == 2
    assert "larger than any camera" in capsys.readouterr().err


def test_one_source_at_a_time() -> None:
    with pytest.raises(SystemExit):
        main(("scan", "--list", "--camera", "0"))
