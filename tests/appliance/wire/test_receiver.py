import random
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.wire.errors import (
    LinkError,
    TransferDamaged,
    TransferIncomplete,
    TransferMixed,
    TransferTooLarge,
)
from appliance.wire.fountain import Encoder
from appliance.wire.gathering import Limits, Progress
from appliance.wire.receiver import Receiver, gathered, parts_from_lines

ONE = random.Random(1).randbytes(3000)
TWO = random.Random(2).randbytes(2500)


def test_tells_interleaved_transfers_apart() -> None:
    one, two = Encoder(ONE, 400), Encoder(TWO, 400)
    receiver = Receiver()
    messages = set()
    for number in range(20):
        for encoder in (one, two):
            receiver.add(encoder.part(number + 3))
            messages.add(receiver.message)
    assert messages == {None, ONE, TWO}
    assert receiver.progress.refused == 0


def test_a_transfer_under_way_outlives_stray_parts() -> None:
    encoder = Encoder(ONE, 400)
    receiver = Receiver()
    receiver.add(encoder.part(0))
    receiver.add(encoder.part(1))
    for seed in range(50):
        receiver.add(Encoder(random.Random(seed).randbytes(3000), 400).part(0))
    assert len(receiver.followed) == 4
    assert receiver.add(encoder.part(2)).rank == 3 * encoder.part_symbols


def test_the_transfer_that_was_silent_longest_goes_first() -> None:
    encoders = [Encoder(random.Random(seed).randbytes(3000), 400) for seed in range(5)]
    receiver = Receiver()
    for encoder in encoders:
        receiver.add(encoder.part(0))
        receiver.add(encoder.part(1))
    assert [decoder.transfer for decoder in receiver.followed] == [
        encoder.transfer for encoder in encoders[1:]
    ]


def test_what_is_too_large_is_said_only_while_nothing_else_is_followed() -> None:
    large, small = Encoder(ONE, 400).part(0), Encoder(b"small", 400).part(0)
    receiver = Receiver(Limits(message=1000))
    with pytest.raises(TransferTooLarge):
        receiver.add(large)
    receiver.add(small)
    assert receiver.add(large) == Progress(10, 10, 1, 0, 2)
    assert receiver.message == b"small"


def test_nothing_was_heard_at_first() -> None:
    receiver = Receiver()
    assert (receiver.transfer, receiver.message) == (None, None)
    assert receiver.add(b"no part") == Progress(refused=1)


def test_gathers_from_lines_in_any_order_with_repeats_and_foreign_lines() -> None:
    encoder = Encoder(ONE, 400)
    lines = [encoder.part(number).hex() for number in (9, 3, 3, 0, 14, 7, 1, 5, 12, 4, 2, 8)]
    lines[2:2] = ["hello", "", "UR:BYTES/AEAD", "abc", "00" * 9000, "ff00"]
    assert gathered(parts_from_lines([f"  {line.upper()} \n" for line in lines])) == ONE


def test_too_few_parts_are_incomplete() -> None:
    encoder = Encoder(ONE, 400)
    with pytest.raises(TransferIncomplete, match="6 of 30 symbols"):
        gathered([encoder.part(0), encoder.part(5), encoder.part(0)])
    with pytest.raises(TransferIncomplete, match="no part"):
        gathered([b"foreign"])


def test_two_transfers_are_mixed_whether_whole_or_not() -> None:
    one, two = Encoder(ONE, 400), Encoder(TWO, 400)
    both = [encoder.part(number) for number in range(10) for encoder in (one, two)]
    for parts in (both, both[:6], [*both, *both]):
        with pytest.raises(TransferMixed):
            gathered(parts)


def test_one_stray_part_among_a_whole_transfer_is_a_foreign_line() -> None:
    one, two = Encoder(ONE, 400), Encoder(TWO, 400)
    assert gathered([two.part(3), *(one.part(number) for number in range(10))]) == ONE


def test_damage_is_named_unless_later_parts_mend_it() -> None:
    encoder = Encoder(ONE, 400)
    parts = [encoder.part(number) for number in range(10)]
    parts[4] = parts[4][:-1] + bytes((parts[4][-1] ^ 1,))
    with pytest.raises(TransferDamaged):
        gathered(parts)
    assert gathered([*parts, *(encoder.part(number) for number in range(20, 32))]) == ONE


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_flipped_bits_in_lines_give_the_message_or_an_error(data: st.DataObject) -> None:
    message = ONE[:200]
    encoder = Encoder(message, 60)
    parts = [encoder.part(number) for number in range(encoder.parts_needed + 2)]
    for _ in range(data.draw(st.integers(1, 4))):
        victim = data.draw(st.integers(0, len(parts) - 1))
        bit = data.draw(st.integers(0, 8 * len(parts[victim]) - 1))
        value = int.from_bytes(parts[victim], "big") ^ (1 << bit)
        parts[victim] = value.to_bytes(len(parts[victim]), "big")
    with suppress(LinkError):
        assert gathered(parts) == message
