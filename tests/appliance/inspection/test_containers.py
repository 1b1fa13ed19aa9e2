"""What containers hold, and containers that say something else than their content."""

import json
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import replace
from itertools import islice
from typing import Any

import pytest

from appliance.codecs import base58, base58check
from appliance.errors import MalformedTransaction, UnsupportedTransaction
from appliance.inspection.containers import (
    Unwrapped,
    unwrap_file,
    unwrap_parts,
    unwrap_text,
)
from appliance.model.rule import Rule
from appliance.model.transaction import DecodedTransaction, EthereumFee
from appliance.policy.container import Says, disagreements
from appliance.wire import bbqr, ur
from appliance.wire.errors import LinkError, TransferDamaged, TransferIncomplete, TransferMixed
from appliance.wire.registry import body_of_bytes
from appliance.wire.sign_request import HARDENED, DataKind, KeyPath
from appliance.wire.terms import Chain, Severity
from tests.shared_vectors import ROOT

PSBT = b"psbt\xff" + bytes(range(256))
REQUESTS: Mapping[str, dict[str, Any]] = {
    case["name"]: case
    for case in json.loads((ROOT / "tests" / "vectors" / "wire" / "ur_contents.json").read_bytes())
}


def ur_lines(ur_type: str, body: bytes, size: int = 60) -> list[str]:
    encoder = ur.Encoder(ur_type, body, size)
    return list(islice(encoder.parts(), encoder.transfer.fragments))


def request(name: str) -> Unwrapped:
    case = REQUESTS[name]
    return unwrap_parts("ur", ur_lines(case["type"], bytes.fromhex(case["body"])))


# What they hold


@pytest.mark.parametrize("ur_type", ["psbt", "crypto-psbt"])
def test_a_psbt_of_a_ur_is_said_to_be_bitcoin(ur_type: str) -> None:
    lines = ur_lines(ur_type, body_of_bytes(PSBT))
    found = unwrap_parts("ur", lines[::-1])
    assert (found.data, found.chain, found.kind) == (PSBT, Chain.BITCOIN, "psbt")
    assert unwrap_parts("ur", "\n".join(lines).upper()) == found
    assert unwrap_text("\r\n".join([*lines, "", "foreign"])) == found
    assert unwrap_file("\n".join(lines).encode()) == found


def test_untyped_bytes_are_said_to_be_nothing() -> None:
    found = unwrap_parts("ur", ur_lines("bytes", body_of_bytes(PSBT), 1000)[0])
    assert found == Unwrapped(PSBT, says=Says("ur:bytes", None))


@pytest.mark.parametrize(
    ("file_type", "chain", "kind"),
    [
        (bbqr.FileType.PSBT, Chain.BITCOIN, "psbt"),
        (bbqr.FileType.TRANSACTION, Chain.BITCOIN, "unsigned-tx"),
        (bbqr.FileType.BINARY, None, None),
    ],
)
def test_a_file_of_a_bbqr_is_what_its_letter_says(
    file_type: bbqr.FileType, chain: Chain | None, kind: str | None
) -> None:
    parts = bbqr.encode(PSBT, file_type, 50)
    found = unwrap_parts("bbqr", parts)
    assert (found.data, found.chain, found.kind) == (PSBT, chain, kind)
    assert unwrap_text("\n".join(parts)) == unwrap_file("\n".join(parts).encode()) == found


@pytest.mark.parametrize("file_type", ["J", "C", "U", "X"])
def test_a_bbqr_of_another_type_is_unsupported(file_type: str) -> None:
    with pytest.raises(UnsupportedTransaction, match="file of type"):
        unwrap_parts("bbqr", bbqr.encode(PSBT, bbqr.FileType(file_type), 50))


def test_both_layouts_of_tron_hold_the_same_transaction() -> None:
    layouts = [
        request("tron, layout A: the same without a data type"),
        request("tron, layout B: the worked example of Keystone's Rust SDK"),
    ]
    assert layouts[0].data == layouts[1].data
    assert {(each.chain, each.kind) for each in layouts} == {(Chain.TRON, "unsigned-tx")}
    raw = b"\x41" + bytes(range(1, 21))
    assert layouts[0].says is not None
    assert layouts[0].says.address == base58check.encode_check(raw)


def test_a_request_says_what_it_says() -> None:
    found = request("ethereum, typed transaction, tags of the second registry")
    assert (found.chain, found.kind) == (Chain.ETHEREUM, "unsigned-tx")
    assert found.says is not None
    assert found.says.chain_id == 1
    assert found.says.address == "0x0102030405060708090a0B0c0d0e0f1011121314"
    assert str(found.says.path) == "m/44h/60h/0h/0/7"
    assert request("ethereum, EIP-712 and personal messages are told apart").kind == "typed-data"
    message = request("solana, a message")
    assert (message.kind, message.data) == ("message", b"hello")
    assert message.says is not None
    assert message.says.address == base58.encode(bytes(range(32)))


@pytest.mark.parametrize(
    ("text", "is_address"),
    [
        (base58check.encode_check(b"\x41" + bytes(20)), True),
        (base58check.encode_check(b"\x00" + bytes(20)), False),
        (base58check.encode_check(b"\x41" + bytes(21)), False),
        (base58.encode(b"\x41" + bytes(24)), False),
        ("0x" + "00" * 20, False),
        ("\N{SNOWMAN}", False),
    ],
)
@pytest.mark.parametrize("is_bytes", [True, False])
def test_an_address_of_tron_is_read_as_text_too(
    text: str, *, is_address: bool, is_bytes: bool
) -> None:
    body = bytes.fromhex(REQUESTS["tron, layout A: the same without a data type"]["body"])
    written = text.encode()
    old = b"\x04\x55\x41" + bytes(range(1, 21))
    assert old in body
    head = bytes((0x40 if is_bytes else 0x60,))
    size = (
        bytes((head[0] | len(written),))
        if len(written) < 24
        else bytes((head[0] | 24, len(written)))
    )
    lines = ur_lines("tron-sign-request", body.replace(old, b"\x04" + size + written))
    if is_address:
        says = unwrap_parts("ur", lines).says
        assert says is not None
        assert says.address == text
    else:
        with pytest.raises(MalformedTransaction):
            unwrap_parts("ur", lines)


@pytest.mark.parametrize("name", [name for name, case in REQUESTS.items() if "says" in case])
def test_what_is_nothing_to_sign_is_refused_by_its_name(name: str) -> None:
    with pytest.raises(UnsupportedTransaction) as caught:
        request(name)
    assert REQUESTS[name]["says"] in caught.value.what


def test_missing_mixed_and_damaged_parts_are_not_content() -> None:
    lines = ur_lines("psbt", body_of_bytes(PSBT))
    with pytest.raises(TransferIncomplete):
        unwrap_parts("ur", lines[1:])
    with pytest.raises(TransferIncomplete):
        unwrap_parts("bbqr", lines)
    with pytest.raises(TransferMixed):
        unwrap_parts("ur", lines + ur_lines("psbt", body_of_bytes(PSBT + b"x")))
    with pytest.raises(TransferDamaged):
        unwrap_parts("bbqr", ["B$ZP0100AA"])
    with pytest.raises(LinkError):
        unwrap_parts("ur", [])
    with pytest.raises(TransferMixed):
        unwrap_text("\n".join((*lines, *bbqr.encode(PSBT, bbqr.FileType.PSBT, 50))))


def test_texts_and_files_without_a_container_are_read() -> None:
    for text in (
        PSBT.hex(),
        "0x" + PSBT.hex().upper(),
        f" {PSBT.hex()}\n",
        b64encode(PSBT).decode(),
    ):
        assert unwrap_text(text) == unwrap_file(text.encode()) == Unwrapped(PSBT)
    assert unwrap_file(PSBT) == Unwrapped(PSBT)
    assert unwrap_file(b"\x02abc") == Unwrapped(b"\x02abc")


@pytest.mark.parametrize("text", ["", "hello world!", "0x0", "QUJD=", "QUI", "0x", "uri:x"])
def test_a_text_that_is_nothing_is_malformed(text: str) -> None:
    with pytest.raises(MalformedTransaction):
        unwrap_text(text)


def test_more_than_any_transaction_is_malformed() -> None:
    with pytest.raises(MalformedTransaction, match="no transaction"):
        unwrap_file(bytes((1 << 20) + 1))
    with pytest.raises(MalformedTransaction, match="no transaction"):
        unwrap_file(b"")
    with pytest.raises(MalformedTransaction, match="no transaction"):
        unwrap_parts("ur", ur_lines("psbt", body_of_bytes(b"")))


# What they say


SOURCE = "0x0102030405060708090a0B0c0d0e0f1011121314"
TYPED, UNTYPED = b"\x02\xe9", b"\xe9"
PATH = KeyPath((HARDENED + 44, HARDENED + 60, HARDENED, 0, 7), b"\x01\x02\x03\x04")
HONEST = Says("ur:eth-sign-request", Chain.ETHEREUM, DataKind.TYPED_TRANSACTION, 1, SOURCE, PATH)
DECODED = DecodedTransaction(
    chain=Chain.ETHEREUM,
    network="1",
    format="eip-1559",
    account="eth",
    source=SOURCE,
    transfers=(),
    change=(),
    fee=EthereumFee(21_000, 1),
    reserves=(),
    signing=(),
    digest=bytes(32),
    calldata_digest=None,
    facts=(),
    findings=(),
)


def test_a_container_that_agrees_says_nothing_against_its_content() -> None:
    assert disagreements(HONEST, DECODED, TYPED) == ()
    silent = Says("ur:bytes", None)
    assert disagreements(silent, DECODED, TYPED) == ()
    untyped = replace(HONEST, kind=DataKind.TRANSACTION)
    assert disagreements(untyped, DECODED, UNTYPED) == ()
    assert disagreements(HONEST, replace(DECODED, source=None), TYPED) == ()
    tests = KeyPath((HARDENED + 44, HARDENED + 1), None)
    assert disagreements(replace(HONEST, path=tests), DECODED, TYPED) == ()


@pytest.mark.parametrize(
    ("says", "data", "clause"),
    [
        (replace(HONEST, chain_id=56), TYPED, "it says chain id 56, the bytes are for 1"),
        (replace(HONEST, chain=Chain.TRON, chain_id=None), TYPED, "it says tron"),
        (replace(HONEST, address=SOURCE[:-1] + "5"), TYPED, f"the bytes are paid by {SOURCE}"),
        (replace(HONEST, kind=DataKind.TRANSACTION), TYPED, "a typed one"),
        (HONEST, UNTYPED, "one without type"),
        (replace(HONEST, kind=DataKind.MESSAGE), TYPED, "it says message"),
        (replace(HONEST, kind=DataKind.TYPED_DATA), TYPED, "it says typed-data"),
        (
            replace(HONEST, path=KeyPath((HARDENED + 44, HARDENED + 195, HARDENED), None)),
            TYPED,
            "it names the key m/44h/195h/0h, which is of coin 195, not 60",
        ),
        (
            Says("BBQr of a transaction", None, DataKind.TRANSACTION),
            PSBT,
            "it says a transaction ready to be sent, the bytes are a PSBT",
        ),
    ],
)
def test_a_container_that_disagrees_with_its_content_is_refused(
    says: Says, data: bytes, clause: str
) -> None:
    (finding,) = disagreements(says, DECODED, data)
    assert finding.rule == Rule.CONTAINER_MISMATCH.value
    assert finding.severity is Severity.REFUSE
    assert clause in finding.message
    assert finding.where == says.container


def test_every_disagreement_is_told() -> None:
    liar = replace(HONEST, chain_id=5, address="0x" + "00" * 20, kind=DataKind.MESSAGE)
    assert len(disagreements(liar, DECODED, TYPED)) == 3
