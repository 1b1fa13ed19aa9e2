"""A mirror on this machine that answers whatever it likes, at whatever pace."""

import itertools
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from image.errors import FetchError
from image.inputs import fetch
from image.inputs.lock import Lock
from tests.image.build.conftest import Answers
from tests.image.build.test_inputs import fill

HEAD = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(
    "answer",
    [
        b"nonsense\r\n\r\n",
        HEAD + b"x" * 70_000 + b"\r\n\r\n",
        HEAD + b"Content-Length: 3\r\n\r\no",
        HEAD + b"Content-Length: 9\r\n\r\none and more",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\n\r\n",
        b"",
    ],
)
def test_whatever_a_mirror_answers_is_told_as_a_file_that_was_not_had(
    small_lock: Lock, tmp_path: Path, answers: Answers, answer: bytes
) -> None:
    fill(replace(small_lock, packages=()), tmp_path / "cache")
    one = replace(small_lock, packages=small_lock.packages[:1], sets={"root": ("alpha",)})
    with pytest.raises(FetchError, match="not had"):
        fetch.fetch(one, tmp_path / "cache", {"debian": answers([answer])})
    assert {path.name for path in (tmp_path / "cache").iterdir()} == {one.wheels[0].sha256}


@pytest.mark.parametrize("address", ["http://[x", "http://a b", "http://x.test:port"])
def test_an_impossible_address_is_told_likewise(
    small_lock: Lock, tmp_path: Path, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "sleep", lambda _seconds: None)
    with pytest.raises(FetchError, match="not had"):
        fetch.fetch(small_lock, tmp_path / "cache", {"debian": address})


def test_a_mirror_that_drips_is_given_up(
    small_lock: Lock, tmp_path: Path, answers: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(replace(small_lock, packages=()), tmp_path / "cache")
    monkeypatch.setattr(fetch, "_TIMEOUT_SECONDS", 0.3)
    large = replace(small_lock.packages[0], size=1000)
    one = replace(small_lock, packages=(large,), sets={"root": ("alpha",)})
    wait = threading.Event()
    drops = itertools.takewhile(lambda _drop: not wait.wait(0.05), itertools.repeat(b"x", 900))
    dripping = itertools.chain([HEAD + b"\r\n"], drops)
    began = time.monotonic()
    with pytest.raises(FetchError, match="not had"):
        fetch.fetch(one, tmp_path / "cache", {"debian": answers(dripping)})
    wait.set()
    assert time.monotonic() - began < 20
