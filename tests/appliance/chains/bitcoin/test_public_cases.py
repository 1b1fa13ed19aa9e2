"""Public PSBTs: other projects' accept and reject lists, and other signers' own signatures."""

import base64
import binascii
import json
from typing import Any

import pytest
from embit import bip39
from embit.bip32 import HDKey
from embit.descriptor.checksum import add_checksum
from embit.networks import NETWORKS as ORACLE_NETWORKS

from appliance.chains.bitcoin.psbt import parse, serialize
from appliance.chains.bitcoin.room import ROOM
from appliance.chains.interface import Registered
from appliance.errors import DecodeError, UnsupportedTransaction
from appliance.model.transaction import Change, DecodedTransaction, Transfer
from appliance.wire.epochs import BitcoinAccount, DescriptorPair
from tests.appliance.chains.bitcoin.world import attempt, decode, refusals
from tests.shared_vectors import folder, need, shared

LISTS = ("bip174", "bip370", "bip371", "core_rpc_psbt", "hwi_psbt")
LEDGER_SEED = (
    "glory promote mansion idle axis finger extra february uncover one trip resource lawn turtle "
    "enact monster seven myth punch hobby comfort wild raise skin"
)


def public(name: str) -> list[dict[str, Any]]:
    return need(shared(f"btc-psbt/{name}.jsonl"))


def payload(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return b""


def account(descriptor: str, network: str, end: int = 200) -> BitcoinAccount:
    closed = str(add_checksum(descriptor))
    return BitcoinAccount("wallet", network, (DescriptorPair(closed, closed),), end)


@pytest.mark.parametrize("name", LISTS)
def test_refuses_every_public_psbt_that_must_be_refused(name: str) -> None:
    for case in public(name):
        if case.get("expect") in ("invalid", "signer_must_refuse"):
            result = attempt(lambda data: decode(data, ()), payload(case["psbt_b64"]))
            assert isinstance(result, DecodeError) or refusals(result), case["id"]


@pytest.mark.parametrize("name", LISTS)
def test_gives_back_every_public_psbt_within_the_grammar(name: str) -> None:
    read = 0
    for case in public(name):
        if case.get("expect") == "valid":
            data = payload(case["psbt_b64"])
            result = attempt(parse, data)
            if isinstance(result, DecodeError):
                assert isinstance(result, UnsupportedTransaction), (case["id"], str(result))
            else:
                assert serialize(result) == data, case["id"]
                read += 1
    assert read or name == "bip370"


def test_refuses_the_attacks_of_another_device() -> None:
    for case in public("coldcard_psbt"):
        if case["group"] == "attack_or_invalid":
            result = attempt(lambda data: decode(data, ()), payload(case["psbt_b64"]))
            assert isinstance(result, DecodeError) or refusals(result), case["id"]


def test_refuses_every_signature_type_but_all() -> None:
    for case in public("ledger_psbt"):
        if case["group"] == "sighash":
            result = attempt(lambda data: decode(data, ()), payload(case["psbt_b64"]))
            assert isinstance(result, DecodedTransaction), case["id"]
            assert "SIGHASH-TYPE" in {rule for rule, _ in refusals(result)}, case["id"]


def ledger_account() -> BitcoinAccount:
    master = HDKey.from_seed(
        bip39.mnemonic_to_seed(LEDGER_SEED), version=ORACLE_NETWORKS["test"]["xprv"]
    )
    key = master.derive("m/84h/1h/0h").to_public().to_base58()
    return account(f"wpkh([f5acc2fd/84h/1h/0h]{key}/<0;1>/*)", "testnet")


def test_recognises_inputs_and_change_of_another_devices_wallet() -> None:
    decoder = ROOM.decoder(Registered((ledger_account(),), ()))
    seen = 0
    for case in public("ledger_psbt"):
        if case["id"].startswith("ledger-wpkh-"):
            transaction = decoder(payload(case["psbt_b64"]), None)
            assert refusals(transaction) == [], case["id"]
            assert transaction.account == "wallet"
            assert len(transaction.change) == 1
            assert transaction.change[0].path.startswith("1/")
            assert len(transaction.transfers) == len(parse(payload(case["psbt_b64"])).outputs) - 1
            seen += 1
    assert seen == 2


def sample() -> list[dict[str, Any]]:
    cases = need(shared("adversarial/format_sample.jsonl"))
    return [case for case in cases if case["chain"] == "bitcoin"]


def sample_accounts() -> tuple[BitcoinAccount, ...]:
    world = json.loads((folder() / "adversarial" / "world.json").read_text())
    descriptors = world["bitcoin"]["wallet_descriptors"]
    return tuple(
        BitcoinAccount(name, "mainnet", (DescriptorPair(text, text),), 100)
        for name, text in descriptors.items()
    )


def test_decides_the_adversarial_cases_as_they_must_be_decided() -> None:
    cases = sample()
    decoder = ROOM.decoder(Registered(sample_accounts(), ()))
    for case in cases:
        result = attempt(lambda data: decoder(data, None), payload(case["payload"]))
        is_refused = isinstance(result, DecodeError) or bool(refusals(result))
        judged_elsewhere = case["id"] == "btc-dest-not-whitelisted"
        assert is_refused is (case["expected"] == "reject" and not judged_elsewhere), case["id"]
        if "expected_fields" in case:
            assert isinstance(result, DecodedTransaction)
            _expect(result, case["expected_fields"])


def _expect(transaction: DecodedTransaction, expected: dict[str, Any]) -> None:
    assert transaction.digest.hex() == expected["txid"]
    assert transaction.fee.maximum == expected["fee_sat"]
    items: list[Transfer | Change] = [*transaction.transfers, *transaction.change]
    read = {each.where: (each.destination, each.amount) for each in items}
    changes = {each.where for each in transaction.change}
    for output in expected["outputs"]:
        where = f"output {output['index']}"
        assert read[where] == (output["address"], output["amount_sat"])
        assert (where in changes) is output["is_change"]
