"""Messages in the public formats: handed on as records, cut into parts that fit, read back."""

import random
from itertools import islice

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.errors import UnsupportedTransaction
from appliance.wire import qr_text
from appliance.wire.bbqr import Encoding, FileType
from appliance.wire.errors import TransferTooLarge
from appliance.wire.formats import Carried, Format, gathered
from appliance.wire.outgoing import cut, texts
from appliance.wire.public_message import (
    MAX_CONTENT,
    BbqrFile,
    PublicMessage,
    UniformResource,
    handed_on,
    public_message_in,
    serialize,
)
from appliance.wire.qr import Correction

BODY = cbor2.dumps(random.Random(4).randbytes(2500))
SHORT = cbor2.dumps({2: bytes(65)})


def name_of(message: PublicMessage) -> str:
    match message:
        case UniformResource(type=ur_type):
            return ur_type
        case BbqrFile(encoding=encoding):
            return f"bbqr {encoding.value}"


RECORDS: list[PublicMessage] = [
    UniformResource("psbt", BODY),
    UniformResource("eth-signature", SHORT),
    *(BbqrFile(encoding, FileType.PSBT, BODY) for encoding in Encoding),
]


@pytest.mark.parametrize("message", RECORDS, ids=name_of)
def test_a_record_is_read_back_and_is_no_envelope(message: PublicMessage) -> None:
    assert public_message_in(serialize(message)) == message
    assert serialize(message)[:1] == b"\x82"
    assert public_message_in(cbor2.dumps([b"", {}, b"", bytes(64)])) is None


@given(st.binary(max_size=200))
def test_bytes_that_begin_otherwise_are_no_record(data: bytes) -> None:
    if data[:1] != b"\x82":
        assert public_message_in(data) is None


@pytest.mark.parametrize("capacity", [90, 200, 500, 4296])
@pytest.mark.parametrize("message", RECORDS, ids=name_of)
def test_the_parts_fit_and_carry_the_message(message: PublicMessage, capacity: int) -> None:
    needed, text = texts(message, capacity)
    parts = [text(number) for number in range(needed)]
    assert all(len(part) <= capacity and part == part.upper() for part in parts)
    assert text(needed + 7)
    assert public_message_in(handed_on(gathered(part.encode() for part in parts))) == message


def test_what_fits_one_part_is_one_part() -> None:
    needed, text = texts(UniformResource("eth-signature", SHORT), 300)
    assert (needed, text(0), text(5)) == (1, text(1), text(0))
    assert text(0).startswith("UR:ETH-SIGNATURE/")


@pytest.mark.parametrize("message", RECORDS[:3], ids=name_of)
def test_the_parts_are_drawn_in_any_density(message: PublicMessage) -> None:
    parts = cut(message, 12, Correction.LOW)
    for version, correction in ((12, Correction.LOW), (20, Correction.MEDIUM)):
        parts = parts.resized(version, correction)
        for number in range(2):
            assert parts.symbol(number, version, correction).version == version
    with pytest.raises(TransferTooLarge):
        cut(RECORDS[0], 1, Correction.LOW)


def test_a_ur_goes_on_with_mixed_parts() -> None:
    needed, text = texts(RECORDS[0], qr_text.capacity(10))
    late = (text(number).encode() for number in islice(range(needed, 9 * needed), 8 * needed))
    assert gathered(late).data == BODY


def test_our_own_messages_are_handed_on_as_they_are() -> None:
    assert handed_on(Carried(Format.FOUNTAIN, None, b"\x84envelope")) == b"\x84envelope"


@pytest.mark.parametrize("ur_type", ["seed", "crypto-seed", "sskr", "crypto-sskr", "prvkeys"])
def test_a_secret_goes_no_further(ur_type: str) -> None:
    with pytest.raises(UnsupportedTransaction, match="secret"):
        handed_on(Carried(Format.UR, ur_type, b"\xa0"))


def test_more_than_any_request_needs_goes_no_further() -> None:
    with pytest.raises(TransferTooLarge):
        handed_on(Carried(Format.UR, "psbt", bytes(MAX_CONTENT + 1)))
