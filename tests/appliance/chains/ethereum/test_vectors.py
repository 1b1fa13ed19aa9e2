"""Every public file about Ethereum runs in a test, or stands here with the reason why not."""

from pathlib import Path

import pytest
from eth_account import Account

from appliance.chains.ethereum.address import normalise_address
from appliance.chains.ethereum.digest import signing_hash
from appliance.chains.ethereum.transaction import parse, serialize
from appliance.errors import UnsupportedTransaction
from appliance.model.money import format_decimal
from tests.shared_vectors import ROOT, folder, need, shared

Account.enable_unaudited_hdwallet_features()
TOPICS = (
    "eth-7702",
    "eth-abi",
    "eth-address",
    "eth-eip712",
    "eth-erc7730",
    "eth-msg",
    "eth-safe",
    "eth-tx",
)
NOT_RUN = {
    "eth-tx/ethers_create.jsonl": "addresses of created contracts: no creation is ever signed",
    "eth-erc7730/erc_assets": "the schema and examples of display files, which are not read here",
    "eth-erc7730/ercs": "display files, which are not read here: the words are our own",
    "eth-erc7730/specs": "the schemas of display files, which are not read here",
}
"""Files and folders that no test reads, with the reason."""


def units() -> list[str]:
    """The files of each topic, and its folders of files."""
    return sorted(
        f"{topic}/{path.name}" for topic in TOPICS for path in (folder() / topic).iterdir()
    )


def source_of_tests() -> str:
    here = Path(__file__).parent
    tests = (*here.glob("test_*.py"), *(ROOT / "tests/appliance/codecs").glob("test_*.py"))
    return "\n".join(path.read_text("utf-8") for path in tests)


def test_every_public_file_runs_or_has_its_reason() -> None:
    if not folder().exists():
        need([])
    text = source_of_tests()
    for unit in units():
        name = Path(unit).name
        pattern = name.replace("legacy", "{form}").replace("eip1559", "{form}")
        run = name in text or pattern in text
        assert run or unit in NOT_RUN, unit
    assert set(NOT_RUN) <= set(units())


def test_signs_the_public_example_of_replay_protection() -> None:
    (case,) = need(shared("eth-tx/eip155_example.jsonl"))
    data = bytes.fromhex(case["signing_data"][2:])
    assert signing_hash(serialize(parse(data))).hex() == case["signing_hash"][2:]
    with pytest.raises(UnsupportedTransaction, match="already signed"):
        parse(bytes.fromhex(case["signed"][2:]))


def test_spells_the_public_addresses_of_a_mnemonic() -> None:
    for case in need(shared("eth-address/trezor_getaddress.jsonl")):
        path = case["case"]["parameters"]["path"]
        account = Account.from_mnemonic(case["setup"]["mnemonic"], account_path=path)
        spelled = normalise_address(account.address.lower(), "1")
        assert spelled == case["case"]["result"]["address"], case["id"]


def test_writes_the_public_amounts() -> None:
    for case in need(shared("eth-tx/ethers_units.jsonl")):
        wei = int(case["case"]["wei"])
        if wei >= 0:  # No amount of a transaction is negative.
            written = format_decimal(wei, 18).replace(",", "")
            assert written == case["case"]["ether_format"].removesuffix(".0"), case["id"]
