"""What is typed before the terminal is there: on a real screen, key by key."""

import os
import pty
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.image.runtime.conftest import PROGRAMS

PROGRAM = f"""\
import sys
sys.path.insert(0, {str(PROGRAMS)!r})
from airlock_os.screen import ask, show
show("Heading", "one \\x1b[31m two")
for mask in ("*", None):
    print("got", repr(ask("Word: ", mask)), flush=True)
"""


@dataclass(frozen=True)
class Screen:
    end: int
    process: subprocess.Popen[bytes]

    def until(self, text: str) -> str:
        shown, deadline = "", time.monotonic() + 20
        while text not in shown and time.monotonic() < deadline:
            shown += os.read(self.end, 4096).decode()
        assert text in shown
        return shown

    def enter(self, keys: bytes) -> None:
        os.write(self.end, keys)


@pytest.fixture
def screen() -> Iterator[Screen]:
    end, other = pty.openpty()
    process = subprocess.Popen([sys.executable, "-c", PROGRAM], stdin=other, stdout=other)
    yield Screen(end, process)
    process.kill()
    process.wait()
    os.close(other)
    os.close(end)


def test_a_passphrase_shows_as_stars_and_no_key_ends_the_program(screen: Screen) -> None:
    screen.until("Word: ")
    screen.enter(b"sec\x03r\x1a\x13et\xff!\x7f\r")
    shown = screen.until("got 'secret'")
    assert "*******" in shown
    assert "sec" not in shown.partition("got")[0]
    assert screen.process.poll() is None


def test_a_word_shows_as_itself(screen: Screen) -> None:
    screen.until("Word: ")
    screen.enter(b"\r")
    screen.until("Word: ")
    screen.enter(b"format\n")
    assert "format" in screen.until("got 'format'").partition("got")[0]


def test_what_is_no_printable_character_is_spelled_out(screen: Screen) -> None:
    assert "one \\u{1b}[31m two" in screen.until("Word: ")
