import random
from contextlib import suppress
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.wire.errors import (
    DeviceUnavailable,
    TransferDamaged,
    TransferIncomplete,
    TransferTooLarge,
)
from appliance.wire.fountain import Encoder, Part
from appliance.wire.gathering import Progress
from appliance.wire.link import (
    Conditions,
    MemoryLink,
    acknowledgement,
    confirm,
    is_acknowledged,
    memory_link,
    receive,
    run_of_parts,
    send,
)
from appliance.wire.receiver import Receiver

MESSAGE = random.Random(1).randbytes(6000)


@settings(max_examples=40, deadline=None)
@given(
    st.builds(
        Conditions,
        loss=st.floats(0, 0.7),
        duplication=st.floats(0, 1),
        reordering=st.floats(0, 1),
    ),
    st.integers(0, 1 << 30),
    st.integers(0, 200),
)
def test_a_message_crosses_any_bad_link(conditions: Conditions, seed: int, late: int) -> None:
    near, far = memory_link(conditions, seed)
    parts = Encoder(MESSAGE, 500).parts(late)
    receiver = Receiver()
    message = None
    for _ in range(40):
        send(near, [next(parts) for _ in range(10)])
        try:
            message = receive(far, receiver)
            break
        except TransferIncomplete:
            continue
    assert message == MESSAGE


def test_the_same_seed_does_the_same() -> None:
    conditions = Conditions(0.3, 0.3, 0.3, 0.3)
    arrived = []
    for seed in (5, 5, 6):
        near, far = memory_link(conditions, seed)
        send(near, run_of_parts(Encoder(MESSAGE, 500), 1.0))
        arrived.append(far.poll())
    assert arrived[0] == arrived[1] != arrived[2]


def test_damaged_parts_never_make_another_message() -> None:
    near, far = memory_link(Conditions(damage=1.0), 1)
    send(near, run_of_parts(Encoder(b"short message", 200), 50.0))
    receiver = Receiver()
    for part in far.poll():
        with suppress(TransferDamaged, TransferTooLarge):
            receiver.add(part)
        assert receiver.message is None


def test_sends_the_needed_parts_and_the_overhead_one_way() -> None:
    near, far = memory_link()
    encoder = Encoder(MESSAGE, 500)
    assert send(near, run_of_parts(encoder, 0.5)) is False
    assert len(far.poll()) == round(1.5 * encoder.parts_needed)


def test_an_acknowledgement_stops_an_endless_sender() -> None:
    near, far = memory_link()
    encoder = Encoder(MESSAGE, 500)
    sent = 0

    def stop() -> bool:
        nonlocal sent
        sent += 1
        if sent == 30:
            receiver = Receiver()
            assert receive(far, receiver) == MESSAGE
            confirm(far, receiver.transfer)
        return sent > 100

    assert send(near, run_of_parts(encoder), stop, back=near) is True
    assert sent == 30


def test_a_sender_that_is_told_to_stop_stops() -> None:
    near, far = memory_link()
    numbers = count()
    assert send(near, run_of_parts(Encoder(MESSAGE, 500)), lambda: next(numbers) == 3) is False
    assert len(far.poll()) == 3


def test_an_acknowledgement_counts_for_its_own_transfer_only() -> None:
    one, two = Encoder(MESSAGE, 500), Encoder(MESSAGE[1:], 500)
    answer = acknowledgement(one.transfer)
    assert is_acknowledged(answer, one.part(7))
    assert not is_acknowledged(answer, two.part(7))
    assert not is_acknowledged(b"", b"")
    assert not is_acknowledged(one.part(7), one.part(7))


def test_a_one_way_receiver_sends_nothing() -> None:
    near, far = memory_link()
    send(near, run_of_parts(Encoder(MESSAGE, 500), 0.2))
    assert receive(far, Receiver()) == MESSAGE
    assert near.poll() == ()


def test_reports_after_every_look_and_stops_when_told() -> None:
    heard: list[Progress] = []
    near, far = memory_link()
    send(near, [b"foreign", Encoder(MESSAGE, 500).part(0)])
    assert receive(far, Receiver(), heard.append, lambda: bool(heard)) is None
    assert heard == [Progress(3, 50, 1, 0, 1)]


def test_a_transfer_goes_on_over_another_link_with_the_rank_it_has() -> None:
    encoder = Encoder(MESSAGE, 500)
    receiver = Receiver()
    first, second = memory_link(), memory_link()
    parts = run_of_parts(encoder)
    send(first[0], [next(parts) for _ in range(9)])
    with pytest.raises(TransferIncomplete, match="27 of 50"):
        receive(first[1], receiver)
    send(second[0], [next(parts) for _ in range(8)])
    assert receive(second[1], receiver) == MESSAGE


class Unplugged(MemoryLink):
    def send(self, part: bytes) -> None:
        if Part.parse(part).number == 12:
            raise DeviceUnavailable("pulled")
        super().send(part)


def test_parts_not_sent_when_the_device_went_away_are_sent_on_the_next() -> None:
    link = Unplugged(Conditions(), 0)
    parts = run_of_parts(Encoder(MESSAGE, 500), 0.5)
    with pytest.raises(DeviceUnavailable):
        send(link, parts)
    send(link, parts)
    first = [Part.parse(part).number for part in link.poll()]
    assert first == [number for number in range(0, 78, 3) if number != 12]
