"""A message on show: made ahead, at a steady rate, at a density that may change."""

from hashlib import shake_128

import pytest

from appliance.wire.camera import render
from appliance.wire.errors import TransferTooLarge
from appliance.wire.fountain import Decoder, Part
from appliance.wire.qr import Correction
from appliance.wire.showing import FASTEST, SLOWEST, Pace, Show, Shown, step
from tests import symbols

MESSAGE = shake_128(b"message").digest(12_000)


def content(shown: Shown) -> bytes:
    (part,) = symbols.read(render(shown.modules, 4 * (shown.modules.size + 8)))
    return part


def test_shows_the_parts_in_turn_and_says_how_many_are_enough() -> None:
    show, decoder = Show(MESSAGE, 18), Decoder()
    numbers = []
    while decoder.message is None:
        shown = show.next().result()
        assert shown.needed == show.needed
        numbers.append(shown.number)
        decoder.add(content(shown))
    show.close()
    assert numbers == list(range(1, show.needed + 1))
    assert decoder.message == MESSAGE


def test_a_change_of_density_loses_no_symbol_and_begins_no_other_transfer() -> None:
    show, decoder = Show(MESSAGE, 25), Decoder()
    densities = [(18, Correction.LOW), (18, Correction.MEDIUM), (27, Correction.LOW)]
    next_symbol = 0
    for version, correction in densities:
        for _ in range(2):
            part = Part.parse(content(show.next().result()))
            assert part.number <= next_symbol
            next_symbol = max(next_symbol, part.number + len(part.symbols))
            decoder.add(part.serialize())
        assert show.change(version, correction)
    while decoder.message is None:
        decoder.add(content(show.next().result()))
    show.close()
    assert decoder.message == MESSAGE


def test_a_density_that_holds_no_symbol_changes_nothing() -> None:
    show = Show(MESSAGE, 25)
    assert not show.change(1, Correction.LOW)
    assert (show.version, show.correction) == (25, Correction.LOW)
    assert show.next().result().modules.version == 25
    show.close()


def test_goes_on_where_an_earlier_showing_stopped() -> None:
    earlier = Show(MESSAGE, 25)
    for _ in range(3):
        earlier.next()
    later = Show(MESSAGE, 25, first=earlier.first)
    assert later.next().result().number == 4
    earlier.close()
    later.close()


def test_a_message_of_one_part_stays_the_same_part() -> None:
    show = Show(b"short", 10)
    shown = {show.next().result().modules.rows for _ in range(5)}
    show.close()
    assert len(shown) == 1
    assert show.needed == 1


def test_a_symbol_that_holds_nothing_of_the_message_is_refused() -> None:
    with pytest.raises(TransferTooLarge):
        Show(MESSAGE, 1)


def test_closing_lets_what_was_handed_out_be_finished() -> None:
    show = Show(MESSAGE, 25)
    handed_out = show.next()
    show.close()
    assert handed_out.result().number == 1


def test_steps_are_finer_where_symbols_are_small_and_stay_within_bounds() -> None:
    assert [step(27, 1, 40), step(27, -1, 40), step(6, 1, 40)] == [30, 24, 7]
    assert step(27, 1, 27) == 27
    assert step(1, -1, 27) == 1


def test_frames_are_due_at_a_steady_rate_however_long_each_takes() -> None:
    pace, now = Pace(10), 100.0
    pace.shown(now)
    due = []
    for late in (0.0, 0.03, 0.01, 0.06):
        now += pace.wait(now) + late
        due.append(now - late)
        pace.shown(now)
    assert due == pytest.approx([100.1, 100.2, 100.3, 100.4])


def test_missed_frames_are_not_made_up_for() -> None:
    pace = Pace(10)
    pace.shown(100.0)
    pace.shown(105.0)
    assert pace.wait(105.0) == 0
    pace.shown(105.0)
    assert pace.wait(105.0) == pytest.approx(0.1)


def test_says_how_many_frames_were_truly_shown() -> None:
    pace = Pace(30)
    assert pace.reached == 0
    for number in range(100):
        pace.shown(number / 8)
    assert pace.reached == pytest.approx(8)


def test_speed_stays_within_bounds() -> None:
    pace = Pace(15)
    pace.change(100)
    assert pace.fps == FASTEST
    pace.change(-100)
    assert pace.fps == SLOWEST
