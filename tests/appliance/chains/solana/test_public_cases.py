"""Messages of other wallets and of the shared vectors, read as people would be shown them."""

import base64
import json
from typing import Any

import base58
import pytest

from appliance.chains.interface import Decoder, Registered
from appliance.chains.solana.message import parse
from appliance.errors import DecodeError, UnsupportedTransaction
from appliance.model.money import format_decimal
from appliance.model.transaction import DecodedTransaction
from appliance.wire.epochs import SolanaAccount, Token
from appliance.wire.terms import Chain
from tests.appliance.chains.solana.world import (
    ANYBODY,
    attempt,
    decode_with,
    read_as_others_do,
    refusals,
    rules,
    says,
)
from tests.shared_vectors import folder, need, shared

CAUSES = {
    "sol-setauthority-account-owner": (
        {"OPERATION-FORBIDDEN"},
        ["SetAuthority", "the ownership", "6eDwrLuecdDjaUkXKYcSUhAEGUwNA5ZqEbD4DJSEZVa5"],
    ),
    "sol-unknown-program": ({"OPERATION-FORBIDDEN"}, ["unknown program", "2 of ours"]),
}

LEDGER = {
    "compute_budget_multiple_valid_instructions_tx": "RequestHeapFrame",
    "create_stake_account_checked": "Stake InitializeChecked",
    "create_stake_account_no_lockup": "Stake Initialize:",
    "create_stake_with_seed_account_and_delegate": "Stake DelegateStake",
    "nonced_stake_create_with_seed": "System CreateAccountWithSeed",
    "spl_associated_token_create": "is not pinned",
    "spl_associated_token_create_with_transfer": "is not pinned",
    "spl_associated_token_create_with_transfer_and_assert_owner": "the unknown program 4MNPdKu9w",
    "spl_token_approve": "Token ApproveChecked",
    "spl_token_burn": "Token BurnChecked",
    "spl_token_close_account": "Token CloseAccount",
    "spl_token_create_multisig": "Token InitializeMultisig",
    "spl_token_freeze_account": "Token FreezeAccount",
    "spl_token_mint_to": "Token MintToChecked",
    "spl_token_revoke": "Token Revoke",
    "spl_token_set_authority": "Token SetAuthority: gives the ownership",
    "stake_authorize_staker_checked": "Stake AuthorizeChecked: gives the right to stake",
    "stake_authorize_withdrawer": "Stake Authorize: gives the right to withdraw",
    "stake_authorize_withdrawer_with_custodian": "Stake Authorize: gives the right to withdraw",
    "stake_authorize_withdrawer_with_custodian_checked": "Stake AuthorizeChecked",
    "stake_deactivate": "Stake Deactivate",
    "stake_delegate_with_nonce": "Stake DelegateStake",
    "stake_split_with_nonce_v1_1": "Stake Split",
    "stake_split_with_seed_v1_1": "Stake Split",
    "system_nonce_authorize": "System AuthorizeNonceAccount",
    "vote_authorize_both": "Vote Authorize: gives the right to vote",
    "vote_authorize_withdrawer": "Vote Authorize: gives the right to withdraw",
    "vote_authorize_withdrawer_checked": "Vote AuthorizeChecked",
    "vote_update_commission": "Vote UpdateCommission",
    "vote_update_node_v1_0_7": "Vote UpdateValidatorIdentity",
    "vote_withdraw": "Vote Withdraw",
}


def reader_of_world() -> Decoder:
    """A decoder by the reference policy that the adversarial cases are written for."""
    world = json.loads((folder() / "adversarial" / "world.json").read_text())["solana"]
    nonces = (world["registered_nonce_account"],)
    account = SolanaAccount("sol", "mainnet", world["address"], nonces)
    tokens = tuple(
        Token(Chain.SOLANA, "mainnet", each["mint"], each["symbol"], each["decimals"])
        for each in world["tokens"]
    )
    listed = tuple(("mainnet", each["address"]) for each in world["whitelist"])
    return decode_with(Registered((account,), tokens, listed))


def adversarial(expected: str) -> list[dict[str, Any]]:
    cases = need(shared("adversarial/format_sample.jsonl"))
    return [
        case for case in cases if case["kind"] == "sol-message" and case["expected"] == expected
    ]


def test_refuses_each_adversarial_case_for_its_cause() -> None:
    cases, decoder = adversarial("reject"), reader_of_world()
    assert cases
    for case in cases:
        data = bytes.fromhex(case["payload"])
        if "malformed" in case.get("tags", ()):
            with pytest.raises(DecodeError):
                decoder(data, None)
            continue
        decoded = decoder(data, None)
        expected, words = CAUSES[case["id"]]
        assert rules(decoded) == expected, case["id"]
        assert all(word in says(decoded) for word in words), case["id"]


def test_shows_each_acceptable_case_exactly() -> None:
    cases, decoder = adversarial("accept"), reader_of_world()
    assert cases
    for case in cases:
        decoded, fields = decoder(bytes.fromhex(case["payload"]), None), case["expected_fields"]
        (paid,) = decoded.transfers
        assert decoded.findings == ()
        assert decoded.account == "sol"
        assert decoded.source == fields["from_"]
        assert paid.asset.decimals is not None
        assert format_decimal(paid.amount, paid.asset.decimals) == fields["amount"]
        assert paid.asset.symbol == fields["asset"]
        assert (paid.token_account or paid.destination) == fields["to"]
        assert paid.destination == fields.get("owner_of_destination", fields["to"])


def test_explains_the_messages_that_ledger_shows() -> None:
    for case in need(shared("sol/ledger_messages.jsonl")):
        decoded = read_as_others_do(bytes.fromhex(case["message_hex"]))
        name = case["id"].removeprefix("ledger-").removeprefix("corpus-")
        assert refusals(decoded), case["id"]
        assert LEDGER[name] in says(decoded), (case["id"], says(decoded))


def test_explains_the_messages_that_keystone_parses() -> None:
    for case in need(shared("sol/keystone_parse.jsonl")):
        data = bytes.fromhex(case["message_hex"])
        if case["id"] == "keystone-test_parse_transaction_10":
            # A legacy message with a byte behind it, which that wallet overlooks.
            with pytest.raises(DecodeError, match="1 bytes follow"):
                parse(data)
            data = data[:-1]
        decoded, told = read_as_others_do(data), says(read_as_others_do(data))
        expected = case["expected_detail"]
        for each in expected if isinstance(expected, list) else []:
            if each.get("method") == "Transfer":
                (paid,) = decoded.transfers
                shown = f"{format_decimal(paid.amount, 9)} SOL"
                assert decoded.findings == ()
                assert (each["value"], each["from"], each["to"]) == (
                    shown,
                    decoded.source,
                    paid.destination,
                )
            elif each["program"] in ("System", "Stake", "Vote", "Token"):
                assert f"{each['program']} {each['method']}" in told, case["id"]
        if parse(data).lookups:
            assert "LOOKUP-TABLE" in rules(decoded), case["id"]


def test_refuses_what_keystone_signs_of_swaps_and_multisigs() -> None:
    for case in need(shared("sol/keystone_sign.jsonl")):
        first = bytes.fromhex(case["hex"][0])
        decoded = attempt(lambda data: ANYBODY(data, None), first)
        if isinstance(decoded, DecodedTransaction):
            assert {"OPERATION-FORBIDDEN"} <= rules(read_as_others_do(first)), case["id"]
        else:
            assert case["id"].startswith("keystone-squads"), case["id"]


def raw_transactions(text: str) -> list[bytes]:
    """A transaction in hex, Base58 or Base64, whichever it can be."""
    decodings = (
        bytes.fromhex,
        base58.b58decode,
        lambda each: base64.b64decode(each, validate=True),
    )
    found = []
    for decoded in decodings:
        try:
            found.append(decoded(text))
        except ValueError:
            continue
    return found


CLEARED_OF_WALLET_CORE = {
    "compile_transfer",
    "compile_transfer_with_fake_signature",
    "compile_transfer_with_zero_signature",
    "sign_raw_message_legacy",
    "sign_transfer",
    "sign_transfer_with_durable_nonce",
}
REFUSED_OF_WALLET_CORE = {
    "compile_create_and_transfer_token": {"TOKEN-UNKNOWN"},
    "compile_with_external_signature": {"OPERATION-FORBIDDEN", "SIGNER-NOT-OURS", "TOKEN-UNKNOWN"},
    "compile_with_partial_signature": {"OPERATION-FORBIDDEN", "SIGNER-NOT-OURS", "TOKEN-UNKNOWN"},
    "sign_create_and_transfer_token_2": {"TOKEN-UNKNOWN"},
    "sign_create_and_transfer_token_2022": {"TOKEN-UNKNOWN"},
    "sign_create_and_transfer_token_with_durable_nonce": {"TOKEN-UNKNOWN"},
    "sign_create_and_transfer_token_with_memo_and_references": {
        "TOKEN-UNKNOWN",
        "OPERATION-FORBIDDEN",
    },
    "sign_create_token_account": {"TOKEN-UNKNOWN"},
    "sign_token_transfer": {"TOKEN-UNKNOWN"},
    "sign_sponsored_transfer_token_with_external_fee_payer": {
        "SIGNER-NOT-OURS",
        "TOKEN-ACCOUNT",
        "TOKEN-UNKNOWN",
    },
}


def test_reads_the_transactions_that_wallet_core_signs() -> None:
    """Each is refused as a whole, and its message read; what it pays is what the test says."""
    seen = set()
    for case in need(shared("sol/walletcore_solana.jsonl")):
        name = case["upstream_test"].removeprefix("test_solana_")
        for text in case["signed_or_unsigned_tx_strings"]:
            for data in raw_transactions(text):
                seen.add(name) if check_wallet_core(name, case, data) else None
    assert seen >= CLEARED_OF_WALLET_CORE | REFUSED_OF_WALLET_CORE.keys()


def check_wallet_core(name: str, case: dict[str, Any], data: bytes) -> bool:
    """Return whether these bytes are a message, or a transaction around one."""
    error = attempt(parse, data)
    if isinstance(error, UnsupportedTransaction):
        assert "whole transaction" in error.what, name
        data = data[1 + 64 * data[0] :]
    elif isinstance(error, DecodeError):
        return False
    decoded = read_as_others_do(data)
    if name in CLEARED_OF_WALLET_CORE:
        assert decoded.findings == (), (name, says(decoded))
    else:
        assert REFUSED_OF_WALLET_CORE.get(name, {"OPERATION-FORBIDDEN"}) <= rules(decoded), name
    if "transfer" in name and case["numbers"] and "external" not in name:
        assert case["numbers"][0] == str(decoded.transfers[0].amount), name
    return True


def test_reads_the_transaction_of_the_reference_client() -> None:
    found = 0
    for case in need(shared("sol/web3js.jsonl")):
        for literal in case["literals"]:
            for data in raw_transactions(literal):
                error = attempt(parse, data)
                if isinstance(error, UnsupportedTransaction):
                    decoded = read_as_others_do(data[1 + 64 * data[0] :])
                    assert [each.amount for each in decoded.transfers] == [49], case["id"]
                    found += 1
    assert found
