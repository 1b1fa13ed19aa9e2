"""What the types of Uniform Resources hold: dispatch by name, strict form, no secrets."""

import json
from base64 import b64decode
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.errors import DecodeError, MalformedTransaction, UnsupportedTransaction
from appliance.wire.formats import gathered
from appliance.wire.registry import (
    ByteString,
    Content,
    Recognised,
    body_of_bytes,
    byte_string,
    content_of,
)
from appliance.wire.sign_request import SignRequest
from tests.shared_vectors import ROOT, shared

OWN = json.loads((ROOT / "tests" / "vectors" / "wire" / "ur_contents.json").read_bytes())


def own(field: str) -> list[dict[str, Any]]:
    return [case for case in OWN if field in case]


def name_of(case: dict[str, Any]) -> str:
    return str(case["name"] if "name" in case else case["id"])


def content_of_ur(ur: str) -> Content:
    carried = gathered([ur.encode()])
    return content_of(carried.type or "", carried.data)


def told(request: SignRequest) -> dict[str, object]:
    address, fingerprint = request.address, request.path.fingerprint
    return {
        "chain": request.chain,
        "layout": request.layout,
        "kind": request.kind,
        "data": request.data.hex(),
        "path": str(request.path),
        "fingerprint": fingerprint.hex() if fingerprint else None,
        "origin": request.origin,
        "address": address.hex() if isinstance(address, bytes) else address,
        "chain_id": request.chain_id,
        "request_id": request.request_id.hex() if request.request_id else None,
    }


@pytest.mark.parametrize("case", own("expect"), ids=name_of)
def test_a_request_is_read_field_by_field(case: dict[str, Any]) -> None:
    content = content_of(case["type"], bytes.fromhex(case["body"]))
    assert isinstance(content, SignRequest)
    assert told(content) == case["expect"]


@pytest.mark.parametrize("case", own("refused"), ids=name_of)
def test_what_breaks_its_form_or_is_a_secret_is_refused(case: dict[str, Any]) -> None:
    with pytest.raises(DecodeError) as caught:
        content_of(case["type"], bytes.fromhex(case["body"]))
    assert caught.value.id == case["refused"]


@pytest.mark.parametrize("case", own("says"), ids=name_of)
def test_what_is_public_and_nothing_to_sign_is_described(case: dict[str, Any]) -> None:
    content = content_of(case["type"], bytes.fromhex(case["body"]))
    assert content == Recognised(case["type"], case["says"])


@pytest.mark.parametrize("ur_type", ["bytes", "psbt", "crypto-psbt"])
def test_a_byte_string_is_unwrapped_and_wrapped(ur_type: str) -> None:
    content = content_of(ur_type, body_of_bytes(b"psbt\xff"))
    assert content == ByteString(ur_type, b"psbt\xff")
    assert isinstance(content, ByteString)
    assert content.is_psbt == (ur_type != "bytes")
    assert byte_string(ur_type, body_of_bytes(b"")) == b""


KEYSTONE = [case for case in shared("ur/keystone_types.jsonl") if case["ur"]]
SECRET = {"keystone-CryptoECKey-024", "keystone-Decoder-043", "keystone-CryptoHDKey-025"}


@pytest.mark.parametrize("case", KEYSTONE, ids=name_of)
def test_keystone_messages_are_what_its_sdk_says(case: dict[str, Any]) -> None:
    ur = case["ur"][0]
    if case["id"] in SECRET:
        with pytest.raises(UnsupportedTransaction, match="secret"):
            content_of_ur(ur)
        return
    content = content_of_ur(ur)
    match content:
        case ByteString(data=data):
            assert data.hex() in case["hex"]
        case SignRequest():
            assert content.data.hex() in case["hex"]
            assert content.path.fingerprint == bytes.fromhex("12345678")
            assert content.request_id == bytes.fromhex("9b1deb4d3b7d4bad9bdd2b0d7b3dcb6d")
        case Recognised():
            assert content.says


PAPERS = [case for case in shared("ur/bcr_papers.jsonl") if "<" not in case["ur"]]


@pytest.mark.parametrize("case", PAPERS, ids=name_of)
def test_the_papers_examples_are_known_or_refused(case: dict[str, Any]) -> None:
    name = case["ur"].split("/")[0].removeprefix("ur:").removeprefix("crypto-")
    if name in ("seed", "sskr", "eckey", "response"):
        with pytest.raises(UnsupportedTransaction):
            content_of_ur(case["ur"])
    else:
        assert isinstance(content_of_ur(case["ur"]), Recognised | ByteString)


FRAMES = [case for case in shared("ur/seedsigner_frames.jsonl") if len(case["frames"]) > 1]


@pytest.mark.parametrize("case", FRAMES, ids=name_of)
def test_a_wallets_frames_give_its_psbt(case: dict[str, Any]) -> None:
    carried = gathered(frame.encode() for frame in case["frames"])
    content = content_of(carried.type or "", carried.data)
    assert content == ByteString("crypto-psbt", b64decode(case["expected_psbt_b64"]))


TYPES = sorted({str(case["type"]) for case in OWN} | {"bytes", "multi-accounts", "keypath"})


@given(st.sampled_from(TYPES), st.sampled_from([case["body"] for case in OWN]), st.data())
def test_changed_bodies_raise_nothing_else(ur_type: str, body: str, data: st.DataObject) -> None:
    changed = bytearray.fromhex(body)
    for _ in range(data.draw(st.integers(0, 3))):
        changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    with suppress(MalformedTransaction, UnsupportedTransaction):
        content_of(ur_type, bytes(changed))
