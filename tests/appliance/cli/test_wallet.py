"""`appliance wallet export`: from a journal or a context, in every form."""

import json
from pathlib import Path
from typing import Any

import pytest

from appliance.wire import ur
from appliance.wire.epochs import BitcoinAccount, EthereumAccount
from tests.appliance.cli.test_commands import appliance
from tests.appliance.software import found
from tests.appliance.wallet_export.accounts import MIXED

DONE, REFUSED, USAGE = 0, 1, 2


@pytest.fixture
def context(tmp_path: Path) -> Path:
    path = tmp_path / "context.json"
    wallet = {
        "name": "cold",
        "chain": "bitcoin",
        "network": "regtest",
        "descriptor": MIXED.pairs[0].receive,
        "range": [0, 20],
    }
    eth = {
        "name": "eth",
        "chain": "ethereum",
        "chain_id": 1,
        "address": "0x7e5f4552091a69125d5dfcb7b8c2659029395bdf",
    }
    path.write_text(json.dumps({"accounts": [wallet, eth]}))
    return path


def export(context: Path, *options: object) -> list[str]:
    status, told, complaint = appliance("wallet", "export", "--context", context, *options)
    assert (status, complaint) == (DONE, "")
    return told.decode().splitlines()


def test_the_descriptor_is_what_was_registered(context: Path) -> None:
    assert export(context, "cold") == [MIXED.pairs[0].receive]


def test_a_record_has_four_lines(context: Path) -> None:
    version, template, paths, address = export(context, "cold", "--format", "bsms")
    assert (version, paths) == ("BSMS 1.0", "/0/*,/1/*")
    assert template.count("/**") == 2
    assert [address, *export(context, "cold", "--format", "address")[1:]] == export(
        context, "cold", "--format", "address"
    )


def test_a_ur_is_one_line_or_parts_that_make_the_same(context: Path) -> None:
    options = ("cold", "--format", "ur", "--type", "output-descriptor")
    (whole,) = export(context, *options)
    parts = export(context, *options, "--part-bytes", 50)
    assert len(parts) > 2
    _, joined, _ = appliance("wire", "decode", "--format", "ur", stdin="\n".join(parts).encode())
    assert joined == ur.Part.parse(whole).fragment


def test_json_names_what_is_what(context: Path) -> None:
    (line,) = export(context, "cold", "--format", "ur", "--json")
    told: dict[str, Any] = json.loads(line)
    head = {key: told[key] for key in ("contract", "wallet", "network", "format")}
    assert head == {"contract": 1, "wallet": "cold", "network": "regtest", "format": "ur"}
    assert [item["title"] for item in told["items"]] == ["cold: receive", "cold: change"]
    assert {item["type"] for item in told["items"]} == {"crypto-output"}


def test_an_account_of_one_address_is_exported(context: Path) -> None:
    address = "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf"
    assert export(context, "eth", "--format", "address") == [address]


def test_a_form_that_the_wallet_has_not_is_refused(context: Path) -> None:
    ran = appliance("wallet", "export", "--context", context, "eth", "--format", "bsms")
    assert ran[:2] == (REFUSED, b"")
    assert ran[2].startswith("EXPORT: ")


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("other",), "registered: cold, eth"),
        (("cold", "--part-bytes", 50), "--part-bytes"),
        (("cold", "--format", "ur", "--part-bytes", 0), "--part-bytes"),
    ],
)
def test_bad_usage_is_told(context: Path, options: tuple[object, ...], says: str) -> None:
    status, told, complaint = appliance("wallet", "export", "--context", context, *options)
    assert (status, told) == (USAGE, b"")
    assert says in complaint


def test_every_wallet_of_a_journal_is_exported(tmp_path: Path) -> None:
    source = ("wallet", "export", "--journal", tmp_path / "journal")
    for account in found(tmp_path).genesis.manifest.accounts:
        if isinstance(account, BitcoinAccount):
            texts = [text for pair in account.pairs for text in (pair.receive, pair.change)]
            status, told, _ = appliance(*source, account.name)
            assert (status, told.decode().splitlines()) == (DONE, texts)
        if isinstance(account, EthereumAccount):
            status, told, _ = appliance(*source, account.name, "--format", "address")
            assert (status, told.decode().splitlines()) == (DONE, [account.address])
            _, told, _ = appliance(*source, account.name, "--format", "ur")
            assert told.startswith(b"ur:crypto-hdkey/")


def test_a_broken_journal_exports_nothing(tmp_path: Path) -> None:
    founded = found(tmp_path)
    journal = tmp_path / "journal"
    data = bytearray(journal.read_bytes())
    data[len(data) // 2] ^= 1
    journal.write_bytes(data)
    name = founded.genesis.manifest.accounts[0].name
    status, told, complaint = appliance("wallet", "export", "--journal", journal, name)
    assert (status, told) == (USAGE, b"")
    assert complaint.startswith("JOURNAL-BROKEN")
