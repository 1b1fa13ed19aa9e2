"""What other devices show, refuse and recognise: their cases, read with their own wallets."""

from typing import Any

import pytest
from embit import base58, bip39
from embit.bip32 import HDKey
from embit.networks import NETWORKS as ORACLE_NETWORKS

from appliance.chains.bitcoin.psbt import parse
from appliance.chains.bitcoin.room import ROOM
from appliance.chains.interface import Registered
from appliance.errors import DecodeError
from appliance.model.transaction import DecodedTransaction
from appliance.wire.epochs import BitcoinAccount, DescriptorPair
from tests.appliance.chains.bitcoin.test_public_cases import account, payload, public
from tests.appliance.chains.bitcoin.world import attempt, decode, facts, refusals

BITBOX = {
    "all-change-high-fee": [],
    "locktime-rbf": [],
    "mixed-spend": [],
    "multisig-large": [],
    "multisig-p2wsh": [],
    "op-return-payment-request": [],
    "op-return-silent-payment": [],
    "p2tr-output-mainnet": [],
    "p2wpkh-p2sh": [],
    "policy-different-multipath-derivations": [],
    "policy-tr-keyspend": [],
    "silent-payment-owned-output": [],
    "swap-payment-request": [],
    "swap-payment-request-unsupported-source": [],
    "taproot-to-non-taproot-change": [],
    "high-input-address-index": ["INPUT-NOT-OURS"],
    "policy-change-index-too-high": ["CHANGE-NOT-OURS"],
    "send-self-different-account": ["CHANGE-NOT-OURS"],
}
"""What we refuse in a case. Payment requests and silent payments are beside the PSBT there; an
index over the registered range and an account that is not registered are not ours here."""

NOT_BITCOIN = {
    "locktime-litecoin-non-rbf-sequence",
    "locktime-litecoin-rbf-sequence",
    "multiple-output-types-litecoin-coin",
}


def bitbox_cases() -> dict[str, dict[str, Any]]:
    return {case["case"]["id"]: case for case in public("bitbox02_btc_tx")}


def _accounts(case: dict[str, Any]) -> BitcoinAccount:
    about = case["case"]
    options = about["psbt"].get("options") or {}
    if "force_script_config" in options:
        return _registered(options["force_script_config"]["script_config"])
    return _single_keys(case["simulator_seed"], is_mainnet=about["coin"] == "btc")


def _registered(config: dict[str, Any]) -> BitcoinAccount:
    if config["type"] == "multisig":
        keys = ",".join(f"{_tpub(xpub)}/<0;1>/*" for xpub in config["xpubs"])
        return account(f"wsh(sortedmulti({config['threshold']},{keys}))", "testnet")
    text = config["policy"]
    for number, key in enumerate(config["keys"]):
        text = text.replace(f"@{number}", _tpub(key["xpub"])).replace("/**", "/<0;1>/*")
    return account(text, "testnet")


def _tpub(xpub: str) -> str:
    """The device's own tool writes a mainnet prefix for a testnet key."""
    return str(base58.encode_check(bytes.fromhex("043587cf") + base58.decode_check(xpub)[4:]))


def _single_keys(words: str, *, is_mainnet: bool) -> BitcoinAccount:
    """The first account of every kind, as one wallet: the device spends from several at once."""
    oracle, coin = ("main", 0) if is_mainnet else ("test", 1)
    seed = bip39.mnemonic_to_seed(words)
    master = HDKey.from_seed(seed, version=ORACLE_NETWORKS[oracle]["xprv"])
    pairs: list[DescriptorPair] = []
    for purpose, form in ((84, "wpkh({})"), (49, "sh(wpkh({}))"), (86, "tr({})")):
        path = f"{purpose}h/{coin}h/0h"
        key = master.derive(f"m/{path}").to_public().to_base58()
        text = form.format(f"[{master.my_fingerprint.hex()}/{path}]{key}/<0;1>/*")
        pairs.extend(account(text, "mainnet" if is_mainnet else "testnet").pairs)
    return BitcoinAccount("wallet", "mainnet" if is_mainnet else "testnet", tuple(pairs), 100)


def read_bitbox(name: str) -> tuple[DecodedTransaction, dict[str, Any]]:
    case = bitbox_cases()[name]
    data = bytes.fromhex(case["case"]["psbt"]["transaction"])
    return ROOM.decoder(Registered((_accounts(case),)))(data, None), case["case"]


@pytest.mark.parametrize("name", BITBOX)
def test_refuses_and_clears_what_the_table_says(name: str) -> None:
    transaction, _ = read_bitbox(name)
    assert [rule for rule, _ in refusals(transaction)] == BITBOX[name]


def test_every_case_is_in_a_table() -> None:
    told_elsewhere = {"multisig-not-registered"}
    assert bitbox_cases().keys() == BITBOX.keys() | NOT_BITCOIN | told_elsewhere


@pytest.mark.parametrize("name", BITBOX)
def test_shows_what_another_device_shows(name: str) -> None:
    transaction, about = read_bitbox(name)
    screens = about["expectations"][-1]["screens"]
    unit = "BTC" if about["coin"] == "btc" else "TBTC"
    shown = [each for each in screens if each["type"] == "transaction_address"]
    paid = {each.destination: f"{each.amount / 10**8:.8f} {unit}" for each in transaction.transfers}
    for each in shown:
        destination = each["address"].replace(" ", "").rpartition(":")[2]
        if destination != "TestMerchant":
            assert paid[destination] == each["amount"]
    for each in screens:
        if each["type"] == "transaction_fee":
            assert f"{transaction.fee.maximum / 10**8:.8f} {unit}" == each["fee"]


def test_asks_the_keys_that_another_device_signs_with() -> None:
    for name in ("multisig-large", "multisig-p2wsh", "p2wpkh-p2sh", "locktime-rbf"):
        transaction, about = read_bitbox(name)
        for expected in about["expected_signatures"]:
            wanted = (expected["input_index"], bytes.fromhex(expected["pubkey"]))
            assert wanted in {(each.index, each.public_key) for each in transaction.signing}


def test_refuses_the_inputs_of_a_wallet_that_is_not_registered() -> None:
    data = bytes.fromhex(bitbox_cases()["multisig-not-registered"]["case"]["psbt"]["transaction"])
    other = _accounts(bitbox_cases()["multisig-large"])
    transaction = ROOM.decoder(Registered((other,)))(data, None)
    assert "INPUT-NOT-OURS" in [rule for rule, _ in refusals(transaction)]


def test_reads_the_nested_and_the_data_case_of_another_device() -> None:
    nested, data = public("seedsigner_psbt")
    assert [rule for rule, _ in refusals(decode(payload(nested["psbt_b64"]), ()))] == [
        "PREVIOUS-TRANSACTION"
    ]
    assert facts(decode(payload(data["psbt_b64"]), ()), "Data for all to read")


def test_signing_changes_nothing_that_is_signed() -> None:
    """The unsigned and the signed PSBT of a device are of one transaction."""
    for case in public("krux_psbt"):
        named = {decode(payload(each["psbt_b64"]), ()).digest for each in case["pair"]}
        assert len(named) == 1, case["id"]


def test_reads_every_psbt_that_another_device_signed() -> None:
    """Their wallets are not registered here; a PSBT does not name its network, so none is wrong."""
    for case in public("jade_tx"):
        text = case["case"]["input"].get("psbt")
        if text is not None:
            parse(payload(text) if isinstance(text, str) else bytes.fromhex(text["hex"]))


def test_refuses_what_another_library_refuses() -> None:
    for case in public("bitcoinjs_psbt"):
        if case["group"] in ("invalid", "failSignChecks"):
            result = attempt(lambda data: decode(data, ()), payload(case["case"]["psbt"]))
            assert isinstance(result, DecodeError) or refusals(result), case["id"]


def test_reads_what_another_library_reads() -> None:
    for case in public("bitcoinjs_psbt"):
        if case["group"] in ("valid", "finalize"):
            decode(payload(case["case"]["psbt"]), ())
