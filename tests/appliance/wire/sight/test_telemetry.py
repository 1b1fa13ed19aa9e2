from hypothesis import given
from hypothesis import strategies as st

from appliance.wire.sight.telemetry import PACE_SECONDS, Pace, Telemetry


def test_time_left_follows_the_rank_of_the_last_seconds() -> None:
    pace = Pace()
    for step in range(100):
        pace = pace.at(step / 10, step)
    assert pace.per_second == 10
    assert pace.seconds_left(199) == 10
    assert pace.seconds_left(99) == 0


def test_nothing_coming_in_promises_no_end() -> None:
    assert Pace().seconds_left(10) is None
    assert Pace().at(1.0, 5).seconds_left(10) is None
    assert Pace().at(1.0, 5).at(3.0, 5).seconds_left(10) is None
    assert Pace().at(1.0, 0).at(3.0, 5).seconds_left(0) is None
    halted = Pace().at(0.0, 0).at(1.0, 50).at(2 * PACE_SECONDS, 50).at(3 * PACE_SECONDS, 50)
    assert halted.seconds_left(100) is None


def test_another_transfer_begins_a_new_pace() -> None:
    assert Pace().at(0.0, 0).at(1.0, 50).at(1.5, 3).samples == ((1.5, 3),)


@given(st.lists(st.tuples(st.floats(0, 1e6), st.integers(0, 1 << 40)), max_size=300))
def test_a_pace_stays_small_whatever_it_hears(heard: list[tuple[float, int]]) -> None:
    pace = Pace()
    for seconds, rank in heard:
        pace = pace.at(seconds, rank)
        assert len(pace.samples) <= 65
        assert pace.per_second >= 0
        left = pace.seconds_left(1 << 41)
        assert left is None or left >= 0


def test_bytes_a_second_need_seconds() -> None:
    assert Telemetry().bytes_per_second == 0
    assert Telemetry(bytes=500, seconds=2.5).bytes_per_second == 200
