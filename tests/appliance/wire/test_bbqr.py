"""BBQr, both ways: the reference's own files, and everything that is not one file."""

import random
import tracemalloc
import zlib
from base64 import b32encode
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.wire.bbqr import Decoder, Encoding, FileType, Part, Transfer, encode
from appliance.wire.errors import PartRefused, TransferDamaged, TransferMixed, TransferTooLarge
from tests.shared_vectors import shared

FILES = shared("bbqr/bbqr_reference_frames.jsonl.gz")


def joined(texts: list[str]) -> bytes | None:
    decoder = Decoder()
    for text in texts:
        decoder.add_part(Part.parse(text))
    return decoder.message


@pytest.mark.parametrize("case", FILES, ids=lambda case: case["id"])
def test_a_reference_file_is_joined_in_any_order(case: dict[str, object]) -> None:
    frames = list(map(str, case["frames"]))  # type: ignore[call-overload]
    random.Random(1).shuffle(frames)
    message = joined(frames + frames[:3])
    assert message is not None
    assert sha256(message).hexdigest() == case["sha256"]
    assert Part.parse(frames[0]).transfer.type == case["file_type"]
    assert joined(frames[1:]) is None or len(frames) == 1


@pytest.mark.parametrize("case", FILES, ids=lambda case: case["id"])
def test_a_reference_part_is_written_as_it_was_read(case: dict[str, object]) -> None:
    for frame in map(str, case["frames"]):  # type: ignore[call-overload]
        assert Part.parse(frame).serialize() == frame


@settings(max_examples=200, deadline=None)
@given(
    st.binary(min_size=1, max_size=3000),
    st.sampled_from([*FileType]),
    st.sampled_from([None, *Encoding]),
    st.integers(10, 400),
    st.randoms(use_true_random=False),
)
def test_a_file_survives_any_order_and_repeats(
    data: bytes,
    file_type: FileType,
    encoding: Encoding | None,
    size: int,
    chance: random.Random,
) -> None:
    texts = list(encode(data, file_type, size, encoding))
    sizes = [len(text) for text in texts]
    assert len(set(sizes[:-1])) <= 1
    assert sizes[-1] <= sizes[0]
    assert all(len(Part.parse(text).share) <= size for text in texts)
    assert all(set(text) <= set("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ$") for text in texts)
    mixed = texts + chance.choices(texts, k=3)
    chance.shuffle(mixed)
    assert joined(mixed) == data


def test_a_file_is_compressed_only_where_that_helps() -> None:
    assert encode(bytes(500), FileType.BINARY, 300)[0].startswith("B$ZB0100")
    noise = random.Random(1).randbytes(500)
    assert encode(noise, FileType.PSBT, 300)[0].startswith("B$2P0200")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "B$",
        "B$HP0100",
        "B$hP010000",
        "b$HP010000",
        "B$XP010000",
        "B$HQ010000",
        "B$HP000000",
        "B$HP010100",
        "B$HP01000",
        "B$HP0100ab",
        "B$HP0100GG",
        "B$HP0100 00",
        "B$HP010000\n",
        "B$2P0100A",
        "B$2P0100AAA",
        "B$2P0100AAAAAA",
        "B$2P0100AB",
        "B$2P01000000",
        "B$2P0100AAAA====",
        "B$HP0100" + "00" * 2145,
        "XB$HP010000",
        "B$HP0100\N{ARABIC-INDIC DIGIT ONE}0",
    ],
)
def test_what_is_no_part_is_refused(text: str) -> None:
    with pytest.raises(PartRefused):
        Part.parse(text)


def test_shares_of_whole_bytes_are_joined_wherever_they_were_cut() -> None:
    file = bytes(range(250))
    transfer = Transfer(Encoding.BASE32, FileType.BINARY, 3)
    decoder = Decoder()
    for index in range(3):
        text = Part(transfer, index, file[102 * index : 102 * (index + 1)]).serialize()
        decoder.add_part(Part.parse(text))
    assert decoder.message == file


def test_a_part_of_another_file_is_refused() -> None:
    decoder = Decoder()
    decoder.add_part(Part.parse("B$HP020000"))
    for other in ("B$HT020100", "B$2P0201AA", "B$HP030100"):
        with pytest.raises(PartRefused):
            decoder.add_part(Part.parse(other))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("B$HP03000000", "B$HP03000001"),
        ("B$HP03000000", "B$HP0301000000"),
        ("B$HP03000000", "B$HP0302000000"),
        ("B$HP0302000000", "B$HP03000000"),
        ("B$HP010000", "B$HP010001"),
    ],
)
def test_parts_that_contradict_each_other_refuse_the_file(first: str, second: str) -> None:
    decoder = Decoder()
    decoder.add_part(Part.parse(first))
    with pytest.raises(TransferMixed):
        decoder.add_part(Part.parse(second))
    assert decoder.message is None


def deflated_text(stream: bytes) -> str:
    return "B$ZP0100" + b32encode(stream).decode().rstrip("=")


def raw_deflate(data: bytes) -> bytes:
    stream = zlib.compressobj(9, zlib.DEFLATED, -10)
    return stream.compress(data) + stream.flush()


@pytest.mark.parametrize(
    "stream",
    [
        raw_deflate(b"whole")[:-1],
        raw_deflate(b"whole") + b"\0",
        raw_deflate(b""),
        zlib.compress(b"with a header"),
        b"\xff\xff\xff",
    ],
    ids=("cut", "trailing", "empty", "header", "junk"),
)
def test_what_is_not_one_whole_deflate_stream_is_damage(stream: bytes) -> None:
    with pytest.raises(TransferDamaged):
        joined([deflated_text(stream)])


def test_a_compressed_bomb_is_refused_at_the_limit() -> None:
    bomb = raw_deflate(bytes(64 << 20))
    shares = [bomb[cut : cut + 2000] for cut in range(0, len(bomb), 2000)]
    decoder, transfer = Decoder(), Transfer(Encoding.DEFLATED, FileType.PSBT, len(shares))
    for index, share in enumerate(shares[:-1]):
        decoder.add_part(Part(transfer, index, share))
    last = Part(transfer, len(shares) - 1, shares[-1])
    tracemalloc.start()
    try:
        with pytest.raises(TransferDamaged, match="limit"):
            decoder.add_part(last)
        assert tracemalloc.get_traced_memory()[1] < 32 << 20
    finally:
        tracemalloc.stop()


def test_a_file_that_needs_too_many_or_too_small_parts_is_not_encoded() -> None:
    noise = random.Random(1).randbytes(10_000)
    with pytest.raises(TransferTooLarge):
        encode(noise, FileType.BINARY, 5)
    with pytest.raises(TransferTooLarge):
        encode(noise, FileType.BINARY, 4)
    with pytest.raises(TransferTooLarge):
        encode(noise, FileType.BINARY, 9000)
    with pytest.raises(ValueError, match="empty"):
        encode(b"", FileType.BINARY, 100)
