"""What is said about pictures in which nothing is read: each hint where it is due."""

from dataclasses import replace
from itertools import islice

import numpy as np
import pytest

from appliance.wire.camera import prepared, render, symbols_in
from appliance.wire.qr import Image, part_size, symbol
from appliance.wire.sight.diagnosis import facts_of, hint_for
from appliance.wire.sight.hints import WINDOW, Hint, advice
from appliance.wire.sight.watching import located_in
from tests.appliance.wire.filming import HANDHELD, HOPELESS, P720, TYPICAL, Scene, film, picture

CHANCE = np.random.default_rng(5)
CODES = [render(symbol(b"\xa1" + CHANCE.bytes(part_size(25) - 1), 25), 1040) for _ in range(2)]


def seen(scene: Scene, seed: int = 1) -> Image:
    one, other = CODES
    return picture(one, other, scene, P720, np.random.default_rng(seed))


def said(frame: Image, *, was_seen: bool = True) -> Hint:
    found = located_in(frame, prepared) if frame.size else ()
    return hint_for(frame, found, was_seen=was_seen)


@pytest.mark.parametrize(
    ("scene", "hint"),
    [
        (replace(TYPICAL, share=0.35), Hint.MOVE_CLOSER),
        (replace(TYPICAL, blur=4), Hint.HOLD_STILL),
        (replace(TYPICAL, motion=30), Hint.HOLD_STILL),
        (HOPELESS["torn by half"], Hint.SLOW_DOWN),
        (replace(TYPICAL, tear=0.3), Hint.SLOW_DOWN),
        (replace(HANDHELD, tear=0.4), Hint.SLOW_DOWN),
    ],
)
def test_says_what_keeps_a_code_from_being_read(scene: Scene, hint: Hint) -> None:
    frames = [seen(scene, seed) for seed in range(4)]
    assert not any(map(symbols_in, frames))
    assert [said(frame) for frame in frames].count(hint) >= 2


@pytest.mark.parametrize(
    ("frame", "hint"),
    [
        (np.zeros((480, 640), np.uint8), Hint.BLACK),
        (np.full((480, 640), 40, np.uint8), Hint.TOO_DARK),
        (np.full((480, 640), 250, np.uint8), Hint.TOO_BRIGHT),
        (np.empty((0, 0), np.uint8), Hint.UNUSABLE),
    ],
)
def test_says_what_is_wrong_with_the_light(frame: Image, hint: Hint) -> None:
    assert said(frame) is hint


def test_a_code_in_the_dark_and_in_glaring_light() -> None:
    frame = seen(TYPICAL)
    assert said(np.asarray(frame // 6, np.uint8)) is Hint.TOO_DARK
    assert said(np.clip(frame.astype(int) + 200, 0, 255).astype(np.uint8)) is Hint.TOO_BRIGHT


def test_a_room_without_a_code_is_nobodys_fault() -> None:
    rough = np.random.default_rng(2).integers(40, 220, (36, 64)).astype(np.uint8)
    room = rough.repeat(20, axis=0).repeat(20, axis=1)
    assert said(room) is Hint.NO_CODE
    grey = np.tile(np.linspace(60, 200, 1280).astype(np.uint8), (720, 1))
    assert said(grey, was_seen=False) is Hint.NO_CODE


def test_a_good_picture_has_nothing_unreadable() -> None:
    (frame,) = islice(film(lambda _: CODES[0], TYPICAL, P720, 1), 1)
    assert located_in(frame, prepared) == ()
    assert facts_of(frame).edge > 0.3


def test_losses_are_normal_and_most_frames_decide() -> None:
    lost: list[Hint | None] = [Hint.NO_CODE]
    read: list[Hint | None] = [None]
    assert advice([]) is None
    assert advice(lost * 10 + read * 10) is None
    assert advice(lost * 11 + read * 10) is Hint.NO_CODE
    assert advice([Hint.SLOW_DOWN] * 8 + [Hint.HOLD_STILL] * 3) is Hint.SLOW_DOWN
    assert advice([Hint.SLOW_DOWN, Hint.TOO_DARK] * (WINDOW // 2)) is Hint.TOO_DARK
