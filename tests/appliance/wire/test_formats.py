"""Parts of three formats told apart, several transfers at once, and foreign lines between them."""

import json
import random
from collections.abc import Callable, Iterable
from hashlib import sha256
from itertools import islice
from typing import Any

import pytest

from appliance.wire import bbqr, fountain, ur
from appliance.wire.bbqr import Encoding
from appliance.wire.errors import (
    PartRefused,
    TransferDamaged,
    TransferIncomplete,
    TransferMixed,
    TransferTooLarge,
)
from appliance.wire.formats import Carried, Format, Gatherer, format_of, gathered, parse_part
from tests.appliance.wire.uniform_resources import part_text
from tests.shared_vectors import folder, need, shared

MESSAGE = random.Random(1).randbytes(2000)
OTHER = random.Random(2).randbytes(1500)


def fountain_parts(message: bytes) -> list[bytes]:
    encoder = fountain.Encoder(message, 200)
    return list(islice(encoder.parts(), encoder.transfer.symbols))


def ur_parts(message: bytes) -> list[bytes]:
    encoder = ur.Encoder("psbt", message, 200)
    return [part.encode() for part in islice(encoder.parts(), encoder.transfer.fragments)]


def bbqr_parts(message: bytes) -> list[bytes]:
    return [part.encode() for part in bbqr.encode(message, bbqr.FileType.PSBT, 200)]


MAKERS: dict[Format, Callable[[bytes], list[bytes]]] = {
    Format.FOUNTAIN: fountain_parts,
    Format.UR: ur_parts,
    Format.BBQR: bbqr_parts,
}
TYPES = {Format.FOUNTAIN: None, Format.UR: "psbt", Format.BBQR: "P"}
ENCODINGS = {Format.BBQR: Encoding.BASE32}
FOREIGN = [
    b"",
    b"nonsense",
    b"ur:",
    b"UR:BYTES/1-2/LPAD",
    b"B$HP",
    b"\xff\xfe",
    b"\xa1",
    b"\0" * 99,
]


@pytest.mark.parametrize("name", Format)
def test_a_message_is_found_among_foreign_lines(name: Format) -> None:
    parts = MAKERS[name](MESSAGE)
    mixed = parts + FOREIGN + parts[:2]
    random.Random(3).shuffle(mixed)
    assert gathered(mixed) == Carried(name, TYPES[name], MESSAGE, ENCODINGS.get(name))
    assert gathered(mixed, frozenset({name})).data == MESSAGE
    assert all(format_of(part) is name for part in parts)


@pytest.mark.parametrize("name", Format)
def test_too_few_parts_are_told(name: Format) -> None:
    with pytest.raises(TransferIncomplete):
        gathered(MAKERS[name](MESSAGE)[1:])
    with pytest.raises(TransferIncomplete):
        gathered(MAKERS[name](MESSAGE), frozenset(Format) - {name})
    with pytest.raises(TransferIncomplete):
        gathered([])


@pytest.mark.parametrize(
    ("part", "reason"),
    [
        (part_text(1, 2, 1 << 40, 7, bytes(5)).encode(), "sizes that no message has"),
        (b"ur:bytes/aeadaolazmjendeoae", "checksum"),
        (b"B$HP010100", "beyond the count"),
    ],
)
def test_why_no_part_was_as_it_should_be_is_told(part: bytes, reason: str) -> None:
    with pytest.raises(TransferDamaged, match=reason):
        gathered([b"nonsense", part])


@pytest.mark.parametrize("name", [Format.UR, Format.BBQR])
def test_a_part_may_end_as_a_line_does(name: Format) -> None:
    parts = [part + b"\r\n" for part in MAKERS[name](MESSAGE)]
    assert gathered(parts).data == MESSAGE


@pytest.mark.parametrize("one", Format)
@pytest.mark.parametrize("two", Format)
def test_two_transfers_at_once_are_refused(one: Format, two: Format) -> None:
    parts = MAKERS[one](MESSAGE) + MAKERS[two](OTHER)
    random.Random(4).shuffle(parts)
    with pytest.raises(TransferMixed):
        gathered(parts)


@pytest.mark.parametrize("name", [Format.FOUNTAIN, Format.UR])
def test_one_stray_part_of_another_transfer_does_no_harm(name: Format) -> None:
    stray = MAKERS[name](OTHER)[3]
    assert gathered([stray, *MAKERS[name](MESSAGE)]).data == MESSAGE


def test_two_files_that_bbqr_cannot_tell_apart_are_refused() -> None:
    other = bbqr_parts(random.Random(5).randbytes(2000))
    with pytest.raises(TransferMixed):
        gathered([*bbqr_parts(MESSAGE), other[0]])
    with pytest.raises(TransferMixed):
        gathered([other[0], *bbqr_parts(MESSAGE)])


def test_a_part_that_announces_too_much_is_told_only_if_nothing_else_came() -> None:
    huge = part_text(1, 1 << 31, 1 << 31, 7, b"x").encode()
    with pytest.raises(TransferTooLarge):
        gathered([huge])
    assert gathered([huge, *ur_parts(MESSAGE), huge]).data == MESSAGE


def test_a_message_that_is_not_the_announced_one_is_damage() -> None:
    parts = [part_text(number, 2, 4, 7, b"ab").encode() for number in (1, 2)]
    with pytest.raises(TransferDamaged):
        gathered(parts)


def test_a_receiver_follows_the_transfer_that_was_heard_last() -> None:
    gatherer = Gatherer()
    for part in ur_parts(MESSAGE)[:-1]:
        assert not gatherer.add(part).complete
    for part in bbqr_parts(OTHER):
        gatherer.add(part)
    assert gatherer.message == Carried(Format.BBQR, "P", OTHER, Encoding.BASE32)
    gatherer.add(ur_parts(MESSAGE)[-1])
    assert gatherer.message == Carried(Format.UR, "psbt", MESSAGE)
    assert gatherer.progress.complete


def test_stray_parts_do_not_push_out_what_is_under_way() -> None:
    gatherer, parts = Gatherer(), ur_parts(MESSAGE)
    for part in parts[:-1]:
        gatherer.add(part)
    for seed in range(50):
        gatherer.add(ur_parts(random.Random(seed).randbytes(900))[0])
    assert len(gatherer.followed) == 4
    gatherer.add(parts[-1])
    assert gatherer.message == Carried(Format.UR, "psbt", MESSAGE)


@pytest.mark.parametrize("content", FOREIGN)
def test_what_is_no_part_is_refused(content: bytes) -> None:
    with pytest.raises(PartRefused):
        parse_part(content)


def transport_cases() -> Iterable[dict[str, Any]]:
    sample = shared("adversarial/format_sample.jsonl")
    return [case for case in sample if case["encoding"] == "json-frames"]


@pytest.mark.parametrize("case", transport_cases(), ids=lambda case: case["id"])
def test_the_adversarial_transports_are_delivered_or_refused(case: dict[str, Any]) -> None:
    frames = [frame.encode() for frame in case["payload"]]
    if case["expected"] == "reject":
        with pytest.raises(TransferIncomplete):
            gathered(frames)
        return
    carried, wanted = gathered(frames), case["expected_fields"]
    digest = sha256(carried.data).hexdigest()
    assert digest == wanted.get("cbor_sha256", wanted.get("sha256"))
    assert carried.type == wanted.get("file_type", carried.type)


def test_overlapped_scan_lines_are_never_joined() -> None:
    path = folder() / "bbqr" / "coldcard_overlapped_qr.json"
    frames = json.loads(path.read_bytes())["frames"] if path.exists() else []
    need(frames)
    with pytest.raises((TransferDamaged, TransferMixed)):
        gathered(frame.encode() for frame in frames)
