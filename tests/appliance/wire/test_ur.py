"""Uniform Resources, both ways: published streams, and any sufficient set of parts."""

import random
from hashlib import sha256
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.wire.errors import PartRefused, TransferTooLarge
from appliance.wire.ur import Encoder, Part
from appliance.wire.ur_decoder import Decoder
from tests.appliance.wire.uniform_resources import published, published_message
from tests.shared_vectors import shared

STREAMS = shared("ur/ur_streams.jsonl.gz")
REFERENCE = published()


def test_a_small_message_is_one_text() -> None:
    encoder = Encoder("bytes", published_message(50), 100)
    told = encoder.part(1)
    assert told.startswith("ur:bytes/hdeymejtswhhylkepmykhhtsytsnoyoyaxaedsuttydm")
    assert told == REFERENCE.get("single_part_ur_50", told)
    assert set(islice(encoder.parts(), 5)) == {told}
    decoder = Decoder()
    assert decoder.add(told.upper()).complete
    assert decoder.message == published_message(50)


@pytest.mark.skipif(not REFERENCE, reason="the shared vectors are not here (AIRLOCK_VECTORS)")
def test_parts_are_written_as_published() -> None:
    encoder = Encoder("bytes", published_message(256), 30)
    assert list(islice(encoder.parts(), 20)) == REFERENCE["multipart_ur_256_30"]


@pytest.mark.parametrize("case", STREAMS, ids=lambda case: case["id"])
def test_a_published_stream_gives_its_message_no_later_than_its_reference(
    case: dict[str, object],
) -> None:
    decoder, used = Decoder(), 0
    frames = case["frames"]
    assert isinstance(frames, list)
    for frame in frames:
        used += 1
        if decoder.add(frame).complete:
            break
    assert decoder.message is not None
    assert sha256(decoder.message).hexdigest() == case["cbor_sha256"]
    assert decoder.transfer is not None
    assert decoder.transfer.type == case["type"]
    assert used <= int(str(case["reference_frames_used"]))


messages = st.binary(min_size=1, max_size=600)


@settings(max_examples=150, deadline=None)
@given(messages, st.integers(1, 80), st.integers(0, 1 << 32), st.floats(0, 0.8))
def test_any_sufficient_set_of_parts_gives_the_message(
    message: bytes, size: int, seed: int, loss: float
) -> None:
    chance = random.Random(seed)
    encoder, decoder = Encoder("psbt", message, size), Decoder()
    count = encoder.transfer.fragments
    parts = [encoder.part(number) for number in range(1, 12 * count + 60)]
    seen = [part for part in parts if chance.random() >= loss]
    chance.shuffle(seen)
    for part in seen:
        text = part.upper() if chance.random() < 0.5 else part
        for _ in range(chance.choice((1, 1, 2))):
            decoder.add(text)
    assert decoder.message == message
    assert decoder.progress.rank == decoder.progress.needed == count


@settings(deadline=None)
@given(messages, st.integers(1, 80), st.integers(1, 5000))
def test_a_part_is_read_as_it_was_written(message: bytes, size: int, number: int) -> None:
    text = Encoder("eth-sign-request", message, size).part(number)
    part = Part.parse(text)
    assert part.serialize() == text
    assert part == Part.parse(text.upper())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ur:",
        "ur:bytes",
        "ur:bytes/",
        "ur:/aeadaolazmjendeoti",
        "ur:by_tes/aeadaolazmjendeoti",
        "ur:-bytes/aeadaolazmjendeoti",
        "ur:a--b/aeadaolazmjendeoti",
        "ur:" + "a" * 65 + "/aeadaolazmjendeoti",
        "ur:bytes/aeadaolazmjendeoti/",
        "ur:bytes/1-1-1/aeadaolazmjendeoti",
        "ur:bytes/0-1/aeadaolazmjendeoti",
        "ur:bytes/01-1/aeadaolazmjendeoti",
        "ur:bytes/1-1/aeadaolazmjendeoti",
        "ur:bytes/aeadaolazmjendeotj",
        "ur:bytes/aeadaolazmjendeoti\n",
        " ur:bytes/aeadaolazmjendeoti",
        "bytes/aeadaolazmjendeoti",
        "ur:byte\N{LATIN SMALL LETTER LONG S}/aeadaolazmjendeoti",
    ],
)
def test_what_is_no_part_is_refused(text: str) -> None:
    with pytest.raises(PartRefused):
        Part.parse(text)


@settings(max_examples=300, deadline=None)
@given(st.text("abcdeklmnowxyzAZ-/ \n9", max_size=60), st.integers(0, 150), st.integers(1, 9))
def test_a_part_with_other_letters_is_refused(junk: str, at: int, number: int) -> None:
    text = Encoder("bytes", bytes(range(100)), 40).part(number)
    start = text.rindex("/") + 1 + at
    changed = text[:start] + junk + text[start + len(junk) :]
    if changed.lower() == text:
        return
    with pytest.raises(PartRefused):
        Part.parse(changed)


def test_a_message_over_the_limit_is_not_encoded() -> None:
    with pytest.raises(TransferTooLarge):
        Encoder("bytes", bytes(9000), 1)
    with pytest.raises(TransferTooLarge):
        Encoder("bytes", bytes(10), 0)
    with pytest.raises(ValueError, match="type"):
        Encoder("By_tes", b"x", 100)
    with pytest.raises(ValueError, match="message"):
        Encoder("bytes", b"", 100)


def test_a_megabyte_takes_one_pass_over_it() -> None:
    """Cost is bounded by work, not by seconds: as many parts as fragments, none of them mixed."""
    message = random.Random(1).randbytes(1_000_000)
    encoder, decoder = Encoder("bytes", message, 1000), Decoder()
    for part in islice(encoder.parts(), encoder.transfer.fragments):
        decoder.add(part)
    assert decoder.message == message
    assert decoder.progress.received == encoder.transfer.fragments == 1000
