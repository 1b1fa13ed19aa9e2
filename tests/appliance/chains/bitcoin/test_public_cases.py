"""Public PSBTs: other projects' accept and reject lists, and other signers' own signatures."""

import base64
import binascii
import json
from collections.abc import Iterator
from typing import Any

import pytest
from coincurve import PublicKey
from embit import base58, bip39
from embit.bip32 import HDKey
from embit.descriptor.checksum import add_checksum
from embit.networks import NETWORKS as ORACLE_NETWORKS

from appliance.chains.bitcoin.digest import segwit_digest, segwit_hashes
from appliance.chains.bitcoin.psbt import Psbt, parse, serialize
from appliance.chains.bitcoin.room import ROOM
from appliance.chains.bitcoin.script import Kind, template_of
from appliance.chains.bitcoin.transaction import Output
from appliance.errors import DecodeError, UnsupportedTransaction
from appliance.hashes import hash160
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


def _every_psbt() -> Iterator[tuple[str, Psbt]]:
    """Every PSBT anywhere in the public cases that is within the grammar."""
    for path in sorted((folder() / "btc-psbt").glob("*.json*")):
        for number, text in enumerate(_texts(path.read_text())):
            result = attempt(parse, payload(text) or _unhexed(text))
            if isinstance(result, Psbt):
                yield f"{path.stem}-{number}", result


def _texts(document: str) -> Iterator[str]:
    for piece in document.replace("\\n", '"').split('"'):
        if piece.startswith(("cHNidP", "70736274ff")):
            yield piece


def _unhexed(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        return b""


def _script_code(output: Output, public_key: bytes, witness_script: bytes | None) -> bytes | None:
    template = template_of(output.script)
    if template is None:
        return None
    if template.kind is Kind.P2WSH:
        return witness_script
    is_ours = template.kind is Kind.P2WPKH and hash160(public_key) == template.payload
    return b"\x76\xa9\x14" + template.payload + b"\x88\xac" if is_ours else None


def test_other_signers_signed_the_digests_that_are_computed_here() -> None:
    need(shared("btc-psbt/bip174.jsonl"))
    verified = 0
    for name, psbt in _every_psbt():
        hashes = segwit_hashes(psbt.transaction)
        for spent, scope in zip(psbt.transaction.inputs, psbt.inputs, strict=True):
            output = scope.claimed_output
            if output is None and scope.previous is not None:
                output = scope.previous.outputs[spent.outpoint.index]
            for key, signature in scope.partial_signatures:
                code = output and _script_code(output, key, scope.witness_script)
                if output and code and signature[-1] == 1:
                    digest = segwit_digest(hashes, spent, code, output.amount)
                    assert PublicKey(key).verify(signature[:-1], digest, hasher=None), name
                    verified += 1
    assert verified >= 15


def ledger_account() -> BitcoinAccount:
    master = HDKey.from_seed(
        bip39.mnemonic_to_seed(LEDGER_SEED), version=ORACLE_NETWORKS["test"]["xprv"]
    )
    key = master.derive("m/84h/1h/0h").to_public().to_base58()
    return account(f"wpkh([f5acc2fd/84h/1h/0h]{key}/<0;1>/*)", "testnet")


def test_recognises_inputs_and_change_of_another_devices_wallet() -> None:
    decoder = ROOM.decoder((ledger_account(),), ())
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


def bitbox(name: str) -> tuple[bytes, dict[str, Any]]:
    cases = {case["case"]["id"]: case["case"] for case in public("bitbox02_btc_tx")}
    return bytes.fromhex(cases[name]["psbt"]["transaction"]), cases[name]


def bitbox_account(about: dict[str, Any]) -> BitcoinAccount:
    config = about["psbt"]["options"]["force_script_config"]["script_config"]
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


@pytest.mark.parametrize(
    "name", ["multisig-p2wsh", "multisig-large", "policy-different-multipath-derivations"]
)
def test_shows_what_another_device_shows(name: str) -> None:
    data, about = bitbox(name)
    transaction = ROOM.decoder((bitbox_account(about),), ())(data, None)
    assert refusals(transaction) == []
    screens = about["expectations"][-1]["screens"]
    shown = [each for each in screens if each["type"] == "transaction_address"]
    assert [each.destination for each in transaction.transfers] == [
        each["address"].replace(" ", "") for each in shown
    ]
    assert [f"{each.amount / 10**8:.8f} TBTC" for each in transaction.transfers] == [
        each["amount"] for each in shown
    ]
    fee = next(each["fee"] for each in screens if each["type"] == "transaction_fee")
    assert f"{transaction.fee.maximum / 10**8:.8f} TBTC" == fee
    for expected in about["expected_signatures"]:
        wanted = bytes.fromhex(expected["pubkey"])
        assert wanted in {each.public_key for each in transaction.signing}
    assert len(transaction.change) == 1


def test_refuses_change_beyond_the_last_index() -> None:
    data, about = bitbox("policy-change-index-too-high")
    transaction = ROOM.decoder((bitbox_account(about),), ())(data, None)
    assert [rule for rule, _ in refusals(transaction)] == ["CHANGE-NOT-OURS"]


def test_refuses_the_inputs_of_a_wallet_that_is_not_registered() -> None:
    data, _ = bitbox("multisig-not-registered")
    transaction = ROOM.decoder((bitbox_account(bitbox("multisig-large")[1]),), ())(data, None)
    assert "INPUT-NOT-OURS" in [rule for rule, _ in refusals(transaction)]


def sample() -> list[dict[str, Any]]:
    cases = need(shared("adversarial/format_sample.jsonl"))
    return [case for case in cases if case["chain"] == "bitcoin"]


def sample_accounts() -> tuple[BitcoinAccount, ...]:
    world = json.loads((folder() / "adversarial" / "world.json").read_text())
    descriptors = world["bitcoin"]["wallet_descriptors"]
    return tuple(
        BitcoinAccount(name, "mainnet", (DescriptorPair(text, text),), 100)
        for name, text in descriptors.items()
        if name in ("wpkh", "wsh-multisig-2of3")
    )


def test_decides_the_adversarial_cases_as_they_must_be_decided() -> None:
    cases = sample()
    decoder = ROOM.decoder(sample_accounts(), ())
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
