"""Real and adversarial transactions from the shared vectors, read as people would be shown them."""

import json
from typing import Any

import pytest
from coincurve import PublicKey
from eth_account import Account
from eth_utils.crypto import keccak

from appliance.chains.ethereum.digest import signing_hash
from appliance.chains.ethereum.transaction import parse, serialize
from appliance.chains.interface import Decoder, Registered
from appliance.errors import DecodeError
from appliance.model.money import format_decimal
from appliance.model.rule import Rule
from appliance.model.transaction import DecodedTransaction
from appliance.wire.epochs import EthereumAccount, Token
from appliance.wire.terms import Chain
from tests.appliance.chains.ethereum import world
from tests.appliance.chains.ethereum.world import attempt, decode_with, rules
from tests.shared_vectors import folder, need, shared

Account.enable_unaudited_hdwallet_features()

CAUSES = {
    "eth-chain-bsc": {"CHAIN-MISMATCH"},
    "eth-legacy-no-155": {"REPLAY-PROTECTION"},
    "eth-create": {"CONTRACT-FORBIDDEN"},
    "eth-approve-unlimited": {"CONTRACT-FORBIDDEN"},
}


def reader_of_world() -> Decoder:
    """A decoder by the reference policy that the adversarial cases are written for."""
    path = folder() / "adversarial" / "world.json"
    ethereum = json.loads(path.read_text())["ethereum"]
    account = EthereumAccount("eth", "1", ethereum["address"], None, 7)
    tokens = tuple(
        Token(Chain.ETHEREUM, "1", each["contract"], each["symbol"], each["decimals"])
        for each in ethereum["tokens"]
    )
    return decode_with(Registered((account,), tokens))


def adversarial(expected: str) -> list[dict[str, Any]]:
    cases = need(shared("adversarial/format_sample.jsonl"))
    return [
        case for case in cases if case["kind"] == "eth-unsigned-tx" and case["expected"] == expected
    ]


def test_refuses_each_adversarial_case_for_its_cause() -> None:
    cases, decoder = adversarial("reject"), reader_of_world()
    assert cases
    for case in cases:
        data = bytes.fromhex(case["payload"])
        if "malformed" in case.get("tags", ()):
            with pytest.raises(DecodeError):
                decoder(data, None)
        else:
            assert rules(decoder(data, None)) == CAUSES[case["id"]], case["id"]


def test_shows_each_acceptable_case_exactly() -> None:
    cases, decoder = adversarial("accept"), reader_of_world()
    assert cases
    for case in cases:
        decoded, fields = decoder(bytes.fromhex(case["payload"]), None), case["expected_fields"]
        (transfer,) = decoded.transfers
        assert decoded.findings == ()
        assert transfer.asset.decimals is not None
        amount = format_decimal(transfer.amount, transfer.asset.decimals).replace(",", "")
        assert amount == fields["amount"]
        assert transfer.destination == fields["to"]
        assert transfer.asset.symbol == fields["asset"]
        assert transfer.asset.token == fields.get("token_contract")
        assert decoded.network == str(fields["chain_id"])
        fee = format_decimal(decoded.fee.maximum, 18)
        assert fields.get("max_fee_eth", fee) == fee


SIGNED_BY_TREZOR = (
    "trezor_sign_tx.jsonl",
    "trezor_sign_tx_clear_signing.jsonl",
    "trezor_sign_tx_eip155.jsonl",
    "trezor_sign_tx_eip1559.jsonl",
    "trezor_sign_tx_erc20.jsonl",
    "trezor_sign_tx_staking.jsonl",
    "trezor_sign_tx_staking_eip1559.jsonl",
)


def unsigned(request: dict[str, Any]) -> bytes:
    """The unsigned bytes of a request to a hardware wallet."""
    numbers = ("nonce", "gas_price", "gas_limit", "max_gas_fee", "max_priority_fee", "value")
    given = {name: int(request[name], 16) for name in numbers if request.get(name)}
    fields = {
        "chain_id": request["chain_id"],
        "nonce": given["nonce"],
        "gas_limit": given["gas_limit"],
        "to": bytes.fromhex(request["to_address"].removeprefix("0x")),
        "value": given["value"],
        "data": bytes.fromhex(request.get("data", "")),
    }
    if "max_gas_fee" not in given:
        return world.legacy(**fields, gas_price=given["gas_price"])
    fees = {
        "max_fee_per_gas": given["max_gas_fee"],
        "max_priority_fee_per_gas": given["max_priority_fee"],
    }
    return world.fee_market(**fields, **fees)


@pytest.mark.parametrize("name", SIGNED_BY_TREZOR)
def test_public_hardware_signatures_are_over_our_hashes(name: str) -> None:
    for case in need(shared(f"eth-tx/{name}")):
        request, result = case["case"]["parameters"], case["case"]["result"]
        if (
            request.get("tx_type") is not None
            or request.get("access_list")
            or "sig_r" not in result
        ):
            continue
        digest = signing_hash(serialize(parse(unsigned(request))))
        r, s = (bytes.fromhex(result[part].zfill(64)) for part in ("sig_r", "sig_s"))
        v = result["sig_v"]
        signature = r + s + bytes([v if v < 2 else (v - 35) % 2])
        key = PublicKey.from_signature_and_message(signature, digest, hasher=None)
        signer = Account.from_mnemonic(case["setup"]["mnemonic"], account_path=request["path"])
        address = "0x" + keccak(key.format(compressed=False)[1:])[-20:].hex()
        assert address == signer.address.lower(), case["id"]


def test_refuses_every_real_contract_call_with_words() -> None:
    """Real calldata of the public clear-signing registry: none of it is a plain transfer."""
    files = sorted((folder() / "eth-erc7730" / "registry").glob("*/tests/*.tests.json"))
    if not files:
        need([])
    seen, decoder = 0, decode_with(Registered((), ()))

    def reader(data: bytes) -> DecodedTransaction:
        return decoder(data, None)

    for file in files:
        for case in json.loads(file.read_text()).get("tests", []):
            if "rawTx" in case:
                seen += 1
                outcome = attempt(reader, bytes.fromhex(case["rawTx"].removeprefix("0x")))
                if isinstance(outcome, DecodeError):
                    assert "already signed" in outcome.what, f"{file.name}: {outcome.what}"
                else:
                    assert rules(outcome) <= {Rule.CONTRACT_FORBIDDEN, Rule.TOKEN_UNKNOWN}
                    assert rules(outcome), file.name
    assert seen
