"""BSMS descriptor records (BIP-129)."""

import pytest
from embit.descriptor import Descriptor
from embit.networks import NETWORKS

from appliance.errors import ExportRefused
from appliance.wallet_export import bsms
from appliance.wallet_export.export import Form, exported
from appliance.wire.epochs import BitcoinAccount
from tests.appliance.wallet_export.accounts import (
    FLAT,
    FLAT_MULTISIG,
    MIXED,
    SINGLE,
    SPLIT,
    account,
    extended,
)
from tests.shared_vectors import need, shared

RECORDS = shared("btc-uri-labels/bip129_bsms.jsonl")


@pytest.mark.parametrize("number", range(2))
def test_records_are_those_of_the_standard(number: int) -> None:
    files = need(RECORDS)[number]["files"]
    expected = next(file["content"] for file in files if file["name"] == "my_multisig_wallet.bsms")
    body = expected.split("\n")[1].partition("#")[0].replace("/**", "/<0;1>/*")
    wallet = account((body, body), network="mainnet", end=10)
    assert bsms.records(wallet) == (expected,)


def test_there_is_a_record_of_every_standard_case() -> None:
    assert len(need(RECORDS)) == 2


def read_record(record: str) -> tuple[list[str], str]:
    """Return the descriptors that a record's template stands for, and its first address."""
    version, template, paths, address = record.split("\n")
    assert version == "BSMS 1.0"
    if paths == "No path restrictions":
        return [template], address
    assert "#" not in template
    return [template.replace("/**", path) for path in paths.split(",")], address


@pytest.mark.parametrize("wallet", [FLAT, FLAT_MULTISIG, MIXED, SINGLE, SPLIT])
def test_a_record_says_the_wallet_and_its_first_address(wallet: BitcoinAccount) -> None:
    said = []
    for record in bsms.records(wallet):
        descriptors, address = read_record(record)
        said += [each.partition("#")[0] for each in descriptors]
        script = Descriptor.from_string(descriptors[0]).derive(0).script_pubkey()
        assert address == script.address(NETWORKS["regtest"])
    texts = (each.text.partition("#")[0] for each in exported(wallet, Form.DESCRIPTOR))
    halves = [text.replace("<0;1>", branch) for text in texts for branch in "01"]
    assert said == list(dict.fromkeys(halves))


def test_change_that_goes_back_is_one_path() -> None:
    wallet = account((f"wpkh({extended(0)}/7/*)",) * 2, end=3)
    (record,) = bsms.records(wallet)
    assert record.split("\n")[2] == "/7/*"


def test_a_key_without_branches_is_a_template_too() -> None:
    wallet = account((f"wpkh({extended(0)}/*)",) * 2, end=3)
    (record,) = bsms.records(wallet)
    assert record.split("\n")[1:3] == [f"wpkh({extended(0)}/**)", "/*"]


def test_keys_on_different_branches_have_no_record() -> None:
    body = f"wsh(multi(1,{extended(0)}/0/*,{extended(1)}/1/*))"
    with pytest.raises(ExportRefused, match="different branches"):
        bsms.records(account((body, body), end=3))
