"""The machine's word for what it runs, as people have it: typed questions, codes on the screen."""

import re
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from hashlib import sha256

import numpy as np
import pytest
from airlock_os.tpm import attestation
from airlock_os.tpm.commands import Exchange, TpmError
from airlock_os.volume import quoting

from appliance.wire.sight import qr_reading
from image.trust import quote
from image.trust import quoting as station
from image.trust.__main__ import main
from tests.image.trust import console
from tests.image.trust.conftest import Machine
from tests.image.trust.console import Console

NONCE = bytes.fromhex("0123456789abcdef")
IMAGE = sha256(b"image").digest()
PAINTED = re.compile("\x1b\\[0;30;47m([^\x1b]*)\x1b\\[0m")
HALVES = {" ": (255, 255), "▀": (0, 255), "▄": (255, 0), "█": (0, 0)}
MODULE = 4


@pytest.fixture
def person(monkeypatch: pytest.MonkeyPatch) -> Iterator[Console]:
    with console.opened(monkeypatch) as opened:
        yield opened


def code_on(shown: str) -> bytes:
    """What a camera reads off the screen."""
    rows = [
        [HALVES[character][half] for character in line]
        for line in PAINTED.findall(shown)
        for half in (0, 1)
    ]
    picture = np.array(rows, np.uint8).repeat(MODULE, axis=0).repeat(MODULE, axis=1)
    (code,) = qr_reading.look_thoroughly(picture)
    assert code.content is not None
    return code.content


def test_answers_on_the_screen_what_the_station_asked(machine: Machine, person: Console) -> None:
    @contextmanager
    def open_tpm() -> Iterator[Exchange]:
        yield machine.exchange

    machine.measure(11, IMAGE)
    person.start(quoting.answer, open_tpm)
    person.type("Question:", "0123 4567 89ab cde", "quote", "enrol")
    assert "That is no question" in person.shown
    person.asked("to go back.")
    enrolled = quote.read_enrolment(code_on(person.shown))
    person.press_enter()
    person.type("Question:", station.spoken(NONCE).upper())
    person.asked("to go back.")
    answer = quote.read_quote(code_on(person.shown))
    measured = sha256(bytes(32) + IMAGE).digest()
    assert quote.verified(answer, enrolled, measured, NONCE).nonce == NONCE
    person.press_enter()
    person.type("Question:", "")
    assert person.result() is None


def test_says_that_the_tpm_does_not_answer_and_goes_back(person: Console) -> None:
    def no_tpm() -> AbstractContextManager[Exchange]:
        raise TpmError("this machine has no TPM")

    person.start(quoting.answer, no_tpm)
    person.type("Question:", "enrol", "")
    assert "The TPM does not answer" in person.shown
    assert person.result() is None


def test_the_largest_answer_is_a_code_that_a_small_screen_holds() -> None:
    lines = quoting.symbol(bytes(300), 100, 37)
    assert len(lines) <= 36
    assert len({len(line) for line in lines}) == 1
    assert len(quoting.symbol(bytes(300), 240, 134)) >= 2 * (len(lines) - 1)


@pytest.mark.parametrize("typed", ["", "enrol", "0123456789abcde", "0123456789abcdef0", "g" * 16])
def test_what_is_not_exactly_a_nonce_is_none(typed: str) -> None:
    assert quoting.nonce(typed) is None


def test_the_station_draws_what_the_machine_takes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["quote", "nonce"]) == 0
    typed = "".join(capsys.readouterr().out.split())
    drawn = quoting.nonce(typed)
    assert drawn is not None
    assert len(drawn) == attestation.NONCE_SIZE == quote.NONCE_SIZE
