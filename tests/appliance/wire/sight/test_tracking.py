from appliance.wire.sight.qr_reading import Region
from appliance.wire.sight.tracking import ALL_LOOKS, COLD_AFTER, FORGET_AFTER, Care, Look, Track

PLACE = Region(100, 50, 300, 250)


def lost(track: Track, frames: int) -> Track:
    for _ in range(frames):
        track = track.lost()
    return track


def test_the_next_look_is_where_and_how_the_last_symbol_was_read() -> None:
    first, *_ = Track().found(PLACE, Care.LIFTED).looks(patient=False)
    assert first.care is Care.LIFTED
    assert first.region is not None
    assert (first.region.left, first.region.top) < (PLACE.left, PLACE.top)
    assert (first.region.right, first.region.bottom) > (PLACE.right, PLACE.bottom)


def test_a_region_at_the_edge_stays_in_the_picture() -> None:
    region = Track().found(Region(2, 3, 200, 200), Care.QUICK).region
    assert region is not None
    assert (region.left, region.top) == (0, 0)


def test_a_lost_symbol_is_looked_for_everywhere() -> None:
    track = Track().found(PLACE, Care.QUICK)
    assert lost(track, FORGET_AFTER - 1).looks(patient=False)[0].region is not None
    assert all(look.region is None for look in lost(track, FORGET_AFTER).looks(patient=False))


def test_every_way_of_looking_has_its_turn_while_frames_are_missed() -> None:
    tried = {
        look.care
        for frame in range(len(Care))
        for look in lost(Track(), frame).looks(patient=False)
    }
    assert tried == set(Care)


def test_looking_is_bounded_and_cheaper_when_all_is_quiet() -> None:
    hot = [lost(Track(), frame).looks(patient=False) for frame in range(COLD_AFTER)]
    assert max(map(len, hot)) <= 3
    cold = [lost(Track(), COLD_AFTER + frame).looks(patient=False) for frame in range(12)]
    assert sum(map(len, cold)) <= 16
    assert {look.care for looks in cold for look in looks} == set(Care)


def test_somebody_patient_tries_everything_on_every_frame() -> None:
    looks = lost(Track().found(PLACE, Care.BLURRED), 1).looks(patient=True)
    assert looks[0].care is Care.BLURRED
    assert looks[0].region is not None
    assert set(ALL_LOOKS) <= set(looks)
    assert Track().looks(patient=True) == ALL_LOOKS


def test_no_look_is_taken_twice() -> None:
    for frame in range(20):
        looks = lost(Track(), frame).looks(patient=False)
        assert len(looks) == len(set(looks))
        assert Look(Care.QUICK) in looks
