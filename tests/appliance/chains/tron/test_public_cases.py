"""Real and adversarial transactions from the shared vectors, read as people would be shown them.

Not read here: the Keystone envelopes (gzip; a container's matter), the wallet-core cases that are
JSON without raw data, and the TIP-712 cases, which are typed data: no raw data can be made of them.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from coincurve import PrivateKey, PublicKey

from appliance.chains.interface import Decoder, Registered
from appliance.chains.tron.address import address_of_public_key, spell_address
from appliance.chains.tron.transaction import parse, serialize
from appliance.errors import DecodeError, UnsupportedTransaction
from appliance.model.money import format_decimal
from appliance.model.transaction import Fact
from appliance.wire.epochs import Token, TronAccount
from appliance.wire.terms import Chain
from tests.appliance.chains.tron import world
from tests.appliance.chains.tron.world import decode, decode_with, message, rules, says
from tests.shared_vectors import folder, need, shared

# Adversarial cases, in the world that they are written for

CAUSES = {"tron-perm-takeover": {"OPERATION-FORBIDDEN"}, "tron-fee-limit-5000": set()}
"""What the decoder itself refuses; ceilings are the policy's."""


def reader_of_world() -> Decoder:
    tron = json.loads((folder() / "adversarial" / "world.json").read_text())["tron"]
    account = TronAccount("trx", "mainnet", tron["address"], None, 0)
    tokens = tuple(
        Token(Chain.TRON, "mainnet", each["contract"], each["symbol"], each["decimals"])
        for each in tron["tokens"]
    )
    return decode_with(Registered((account,), tokens))


def adversarial(expected: str) -> list[dict[str, Any]]:
    cases = need(shared("adversarial/format_sample.jsonl"))
    return [case for case in cases if case["chain"] == "tron" and case["expected"] == expected]


def test_refuses_each_adversarial_case_for_its_cause() -> None:
    cases, decoder = adversarial("reject"), reader_of_world()
    assert cases
    for case in cases:
        decoded = decoder(bytes.fromhex(case["payload"]), None)
        assert rules(decoded) == CAUSES[case["id"]], case["id"]
        limit = case.get("expected_fields", {}).get("fee_limit_trx", "0")
        assert format_decimal(decoded.fee.maximum, 6).replace(",", "") == limit


def test_names_who_takes_the_account_over() -> None:
    (case,) = (case for case in adversarial("reject") if case["id"] == "tron-perm-takeover")
    decoded = reader_of_world()(bytes.fromhex(case["payload"]), None)
    attacker = "TTm2n7mcCtY8yFdmibozusxax6KJdg5xYm"
    assert f'owner permission "owner" goes to {attacker}' in says(decoded)
    assert f'active permission 2 "active" goes to {attacker}' in says(decoded)


def test_shows_each_acceptable_case_exactly() -> None:
    cases, decoder = adversarial("accept"), reader_of_world()
    assert cases
    for case in cases:
        decoded, fields = decoder(bytes.fromhex(case["payload"]), None), case["expected_fields"]
        (transfer,) = decoded.transfers
        assert decoded.findings == ()
        assert decoded.source == fields["owner"]
        assert transfer.destination == fields["to"]
        assert transfer.asset.symbol == fields["asset"]
        assert transfer.asset.token == fields.get("token_contract")
        assert transfer.asset.decimals is not None
        amount = format_decimal(transfer.amount, transfer.asset.decimals).replace(",", "")
        assert amount == fields["amount"]
        assert format_decimal(decoded.fee.maximum, 6) == fields.get("fee_limit_trx", "0")


# Trezor's transactions: what is shown, and the digest that its signature is of

TREZOR_RULES = {
    "Approve_TRC-20": {"CONTRACT-FORBIDDEN"},
    "Revoke_TRC-20": {"CONTRACT-FORBIDDEN"},
    "Note_bad_utf8_bytes": set(),
    "Note_hello_world": set(),
    "Stake_for_Energy": {"OPERATION-FORBIDDEN"},
    "Unstake_for_Energy": {"OPERATION-FORBIDDEN"},
    "TransferContract": set(),
    "TransferContract_chunkify_False": set(),
    # Its expiration lies before its timestamp.
    "TransferContract_amount_int64_max": {"EXPIRED"},
    "TriggerSmartContract_transfer_TRC20_fee_too_high": {"TOKEN-UNKNOWN"},
    "Vote_10_candidates_too_many": {"OPERATION-FORBIDDEN"},
    "Vote_9_candidates": {"OPERATION-FORBIDDEN"},
}


def trezor_cases() -> list[dict[str, Any]]:
    return [case["case"] for case in need(shared("tron/trezor_sign_tx.jsonl"))]


def test_reads_every_transaction_of_trezor() -> None:
    for case in trezor_cases():
        parameters = case["parameters"]
        data = bytes.fromhex(parameters["raw_data_hex"])
        decoded, told = decode(data), parameters["tx"]
        assert serialize(parse(data)) == data
        assert rules(decoded) == TREZOR_RULES[case["name"]], case["name"]
        assert decoded.expires == told["expiration"]
        assert decoded.fee.maximum == told.get("fee_limit", 0)
        contract = parameters["contract"]
        assert decoded.source == spell_address(bytes.fromhex(contract["owner_address"]))
        if contract["_message_type"] == "TronTransferContract":
            (transfer,) = decoded.transfers
            assert transfer.amount == contract["amount"]
            assert transfer.destination == spell_address(bytes.fromhex(contract["to_address"]))


def test_the_digest_is_what_trezor_signs() -> None:
    checked = 0
    for case in trezor_cases():
        if "signature" not in case["result"]:
            continue
        decoded = decode(bytes.fromhex(case["parameters"]["raw_data_hex"]))
        signature = bytes.fromhex(case["result"]["signature"])
        recoverable = signature[:64] + bytes((signature[64] - 27,))
        key = PublicKey.from_signature_and_message(recoverable, decoded.digest, hasher=None)
        assert spell_address(address_of_public_key(key.format())) == decoded.source
        checked += 1
    assert checked == 10


def test_shows_trezors_memo() -> None:
    (case,) = (case for case in trezor_cases() if case["name"] == "Note_hello_world")
    decoded = decode(bytes.fromhex(case["parameters"]["raw_data_hex"]))
    assert Fact("Memo", "hello world!") in decoded.facts


# wallet-core

WALLET_CORE_RULES = {
    "TransferAsset": {"OPERATION-FORBIDDEN"},
    "VoteAsset": {"OPERATION-FORBIDDEN"},
    "VoteWitness": {"OPERATION-FORBIDDEN"},
    "TriggerSmartContract": {"CONTRACT-FORBIDDEN"},
    # Its calldata holds the recipient's address with the prefix in the padding.
    "TransferTrc20Contract_LargeAmount": {"CONTRACT-FORBIDDEN", "TOKEN-UNKNOWN"},
}


def wallet_core() -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    for case in need(shared("tron/walletcore_tron.jsonl")):
        for text in case["raw_json"]:
            try:
                table = json.loads(text)
            except json.JSONDecodeError:
                continue
            if "raw_data_hex" in table:
                yield case, table


def test_reads_every_transaction_of_wallet_core() -> None:
    seen = set()
    for case, table in wallet_core():
        data = bytes.fromhex(table["raw_data_hex"])
        decoded = decode(data)
        assert decoded.digest.hex() == table["txID"]
        assert serialize(parse(data)) == data
        if case["group"] == "DeserializationTests":
            assert rules(decoded) == WALLET_CORE_RULES[case["upstream_test"]]
            seen.add(case["upstream_test"])
    assert seen == WALLET_CORE_RULES.keys()


OWNER, OTHER = "TJRyWwFs9wTFGZg3JbrVriFbNfCug5tDeC", "THTR75o8xXAgCTQqpiot2AFRAjvW1tSbVV"
SIGNED: dict[str, tuple[str, dict[str, Any]]] = {
    "SignTransfer": ("TransferContract", {"to_address": OTHER, "amount": 2_000_000}),
    "SignUnFreezeBalance": ("UnfreezeBalanceContract", {"receiver_address": OTHER, "resource": 1}),
    "SignVoteWitness": (
        "VoteWitnessContract",
        {"votes": [message("Vote", vote_address=OTHER, vote_count=3)], "support": True},
    ),
    "SignWithdrawBalance": ("WithdrawBalanceContract", {}),
}


@pytest.mark.parametrize("name", SIGNED)
def test_the_digest_is_what_wallet_core_signs(name: str) -> None:
    cases = need(shared("tron/walletcore_tron.jsonl"))
    (case,) = (case for case in cases if case["id"] == f"walletcore-SignerTests-{name}")
    kind, fields = SIGNED[name]
    value = message(kind, owner_address=OWNER, **fields).SerializeToString()
    data = world.raw(
        world.contract(kind, value),
        ref_block_bytes=bytes.fromhex("7b3b"),
        ref_block_hash=bytes.fromhex("b21ace8d6ac20e7e"),
        timestamp=1_539_295_479_000,
        expiration=1_539_295_479_000 + 36_000_000,
    )
    decoded = decode(data)
    assert decoded.digest.hex() == case["expected_literals"][0]
    key = PrivateKey(bytes.fromhex(case["private_key"][0])).public_key.format()
    assert decoded.source == spell_address(address_of_public_key(key)) == OWNER


# Keystone


def test_refuses_keystones_signed_transactions_and_reads_the_raw_data_in_them() -> None:
    read = 0
    for case in need(shared("tron/keystone_tron.jsonl")):
        for text in case["hex"]:
            whole = bytes.fromhex(text)
            if whole[:1] == b"\x0a":
                with pytest.raises(UnsupportedTransaction, match="with 1 signatures"):
                    decode(whole)
                raw = world.raw_of(whole)
                assert decode(raw).source == "TTS7Y53sS4rzrDCtZaiuRzqxd16atCe2UR"
                assert "TS5zPoC4XEBmHvDNAnnW2gH3MQhcRN6iRm" in str(decode(raw))
                read += 1
            else:
                with pytest.raises(DecodeError):
                    decode(whole)
    assert read == 2


# Ledger: a catalogue of what a hardware wallet tells apart, without bytes

LEDGER_RULES = {"TransferContract": set(), "TriggerSmartContract": {"TOKEN-UNKNOWN"}}
LEDGER_AMOUNTS = {"amount", "balance", "frozen_balance", "first_token_balance"}


def test_tells_apart_every_type_of_ledgers_catalogue() -> None:
    for case in need(shared("tron/ledger_scenarios.jsonl")):
        name, addresses = case["contract_type"], case["addresses"]
        amounts = {key: int(value) for key, value in case["amounts"] if key in LEDGER_AMOUNTS}
        fields: dict[str, Any] = {"owner_address": world.SOURCE, **amounts}
        if name == "TriggerSmartContract":
            fields |= {
                "contract_address": addresses[0],
                "data": bytes.fromhex(case["hex_literals"][0]),
            }
        elif name == "VoteWitnessContract":
            fields["votes"] = [message("Vote", vote_address=each) for each in addresses]
        elif addresses:
            to = "receiver_address" if name == "DelegateResourceContract" else "to_address"
            fields[to] = addresses[0]
        decoded = decode(world.operation(name, **fields))
        assert rules(decoded) == LEDGER_RULES.get(name, {"OPERATION-FORBIDDEN"}), case["id"]
        for address in addresses[:5]:
            assert address in str((decoded.transfers, decoded.findings)), case["id"]


def test_reads_no_typed_data() -> None:
    for case in need(shared("tron/tronweb_tip712.jsonl.gz")):
        with pytest.raises(DecodeError):
            decode(bytes.fromhex("1901" + case["case"]["digest"][2:]))
