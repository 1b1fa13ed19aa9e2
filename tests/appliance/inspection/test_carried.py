"""What comes in containers, texts and files reaches the same decoder, with the same result."""

import base64
import json
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from appliance.inspection.inspect import Inspector
from appliance.inspection.told import told_result
from appliance.wire import bbqr, ur
from appliance.wire.registry import body_of_bytes
from tests.appliance.chains.bitcoin import world as bitcoin
from tests.appliance.chains.ethereum import world as ethereum

CONTEXT: dict[str, Any] = {
    "accounts": [
        {"name": "eth", "chain": "ethereum", "chain_id": 1, "address": ethereum.SOURCE},
        {
            "name": "hot",
            "chain": "bitcoin",
            "network": "regtest",
            "descriptors": [{"receive": bitcoin.wpkh(1), "change": bitcoin.wpkh(2)}],
        },
    ],
    "whitelist": [],
    "tokens": [],
    "policy": {"require_whitelist": False},
}
PSBT = bitcoin.hot_payment().psbt
TRANSFER = ethereum.fee_market()


def inspect(**case: Any) -> dict[str, Any]:
    return Inspector(CONTEXT).inspect_line(json.dumps({"id": "a", **case}).encode())


def parts(ur_type: str, body: bytes) -> list[str]:
    encoder = ur.Encoder(ur_type, body, 60)
    return list(islice(encoder.parts(), encoder.transfer.fragments))


def rules(result: dict[str, Any]) -> set[str]:
    return {f["rule"] for f in result["findings"] if f["severity"] == "refuse"}


@pytest.mark.parametrize(
    "case",
    [
        {"encoding": "hex", "payload": PSBT.hex()},
        {"encoding": "b64", "payload": base64.b64encode(PSBT).decode()},
        {"encoding": "utf8", "payload": base64.b64encode(PSBT).decode() + "\n"},
        {"encoding": "ur", "payload": parts("crypto-psbt", body_of_bytes(PSBT))},
        {"encoding": "ur", "payload": "\n".join(parts("psbt", body_of_bytes(PSBT))).upper()},
        {"encoding": "ur", "payload": parts("bytes", body_of_bytes(PSBT))[::-1]},
        {"encoding": "utf8", "payload": "\n".join(parts("psbt", body_of_bytes(PSBT)))},
        {"encoding": "bbqr", "payload": list(bbqr.encode(PSBT, bbqr.FileType.PSBT, 100))},
    ],
)
def test_every_container_reaches_the_same_decoder(case: dict[str, Any]) -> None:
    assert inspect(**case) == inspect(encoding="hex", payload=PSBT.hex())
    assert inspect(**case)["verdict"] == "cleared"


@pytest.mark.parametrize(
    "case",
    [
        {"encoding": "ur", "payload": parts("psbt", body_of_bytes(PSBT))[1:]},
        {"encoding": "ur", "payload": ["ur:psbt/zzzz"]},
        {"encoding": "ur", "payload": []},
        {"encoding": "bbqr", "payload": list(bbqr.encode(PSBT, bbqr.FileType.PSBT, 100))[1:]},
        {
            "encoding": "ur",
            "payload": parts("psbt", body_of_bytes(PSBT)) + parts("psbt", body_of_bytes(PSBT[1:])),
        },
    ],
)
def test_parts_that_are_missing_wrong_or_mixed_say_so(case: dict[str, Any]) -> None:
    assert rules(inspect(**case)) == {"CONTAINER-INCOMPLETE"}


def test_a_container_that_names_another_chain_than_its_content_is_refused() -> None:
    lying = list(bbqr.encode(TRANSFER, bbqr.FileType.TRANSACTION, 200))
    result = inspect(encoding="bbqr", payload=lying)
    assert rules(result) == {"HINT-MISMATCH"}
    assert inspect(encoding="bbqr", payload=lying, chain="ethereum")["verdict"] == "refused"


@pytest.mark.parametrize(
    ("case", "rule"),
    [
        ({"encoding": "utf8", "payload": "Hello"}, "MALFORMED"),
        ({"encoding": "hex", "payload": [TRANSFER.hex()]}, "MALFORMED"),
        ({"encoding": "hex", "payload": TRANSFER.hex(), "kind": "psbt"}, "HINT-MISMATCH"),
        ({"encoding": "utf8", "payload": "Hello", "kind": "message"}, "MESSAGE-FORBIDDEN"),
        ({"encoding": "utf8", "payload": '{"primaryType": "X"}'}, "MESSAGE-FORBIDDEN"),
        ({"encoding": "utf8", "payload": "0x05", "kind": "authorization"}, "MESSAGE-FORBIDDEN"),
        ({"encoding": "utf8", "payload": "a\u202eb", "kind": "label"}, "TEXT-UNSAFE"),
        ({"encoding": "b64", "payload": "//79", "kind": "label"}, "TEXT-UNSAFE"),
    ],
)
def test_what_is_no_transaction_is_refused_by_its_name(case: dict[str, Any], rule: str) -> None:
    result = inspect(**case)
    assert result["verdict"] == "refused"
    assert rule in rules(result)


def test_a_label_that_reads_as_it_is_passes_unchanged() -> None:
    result = inspect(encoding="utf8", payload="香港客戶 提款", kind="label")
    assert (result["verdict"], result["text"]) == ("cleared", "香港客戶 提款")
    hidden = inspect(encoding="utf8", payload="a\u202eb", kind="label")
    assert hidden["text"] == "a\\u{202e}b"


def test_typed_data_in_a_file_is_explained(tmp_path: Path) -> None:
    permit = tmp_path / "permit.json"
    permit.write_text('{"primaryType": "Permit", "types": {}, "domain": {}, "message": {}}')
    result = Inspector(CONTEXT).inspect_file(permit.name, permit.read_bytes())
    assert "MESSAGE-FORBIDDEN" in rules(result)


def test_people_read_the_exceptions_before_anything_else() -> None:
    result = inspect(encoding="hex", payload=ethereum.fee_market(chain_id=56).hex())
    lines = told_result(result).splitlines()
    assert lines[0].startswith("REFUSED")
    assert lines[1].startswith("  refuse CHAIN-MISMATCH")
    assert any(line.startswith("  digest to sign: ") for line in lines)
