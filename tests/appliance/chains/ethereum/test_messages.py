"""Typed data, messages and authorizations are explained by what they would do."""

import json
from typing import Any

import pytest
import rlp
from coincurve import PublicKey
from eth_abi import abi as eth_abi
from eth_account import Account
from eth_account.messages import _hash_eip191_message, encode_defunct
from eth_utils.crypto import keccak
from hypothesis import given
from hypothesis import strategies as st

from appliance.chains.ethereum.contract import pinned
from appliance.chains.ethereum.messages import (
    MessageReading,
    read_authorization,
    read_json_authorization,
    read_message,
    read_typed_data,
    read_typed_preimage,
)
from appliance.errors import MalformedTransaction
from tests.appliance.chains.ethereum import world
from tests.appliance.chains.ethereum.world import CLIENT, SOURCE, STRANGER, USDC, USDT, attempt
from tests.shared_vectors import folder, need, shared

Account.enable_unaudited_hdwallet_features()
TOKENS = pinned(world.TOKENS)
MAX = (1 << 256) - 1
PERMIT2_MAX, PERMIT2_NEVER = (1 << 160) - 1, (1 << 48) - 1


def fields(**kinds: str) -> list[dict[str, str]]:
    return [{"name": name.rstrip("_"), "type": kind} for name, kind in kinds.items()]


def read(
    primary: str,
    message: dict[str, Any],
    types: dict[str, list[dict[str, str]]],
    **domain: Any,
) -> MessageReading:
    table = {
        "types": types,
        "primaryType": primary,
        "domain": {"name": "Test", "chainId": 1, "verifyingContract": USDC, **domain},
        "message": message,
    }
    return read_typed_data(table, TOKENS)


def says(reading: MessageReading) -> str:
    return "; ".join(reading.clauses)


PERMIT = {
    "Permit": fields(
        owner="address", spender="address", value="uint256", nonce="uint256", deadline="uint256"
    )
}


def permit(value: int, deadline: int, **domain: Any) -> MessageReading:
    message = {"owner": SOURCE, "spender": STRANGER, "value": value, "nonce": 0}
    return read("Permit", {**message, "deadline": deadline}, PERMIT, **domain)


def test_explains_a_permit_of_a_pinned_token() -> None:
    reading = permit(MAX, MAX)
    assert says(reading) == (
        f"permit: unlimited approval of USDC to {STRANGER} from {SOURCE}, never expires;"
        f" domain 'Test' contract {USDC} on chain 1"
    )
    assert reading.network == "1"
    assert reading.faults == ()


def test_explains_a_permit_of_an_amount_until_a_time() -> None:
    assert "approval of 1.5 USDC (1,500,000 base units)" in says(permit(1_500_000, 1_800_000_000))
    assert "valid until Unix time 1800000000" in says(permit(5, 1_800_000_000))


def test_explains_a_permit_of_an_unpinned_token_without_decimals() -> None:
    assert "5 base units of this contract's token" in says(permit(5, MAX, verifyingContract=CLIENT))


def test_explains_a_permit_that_counts_on_every_chain() -> None:
    table = {"types": PERMIT, "primaryType": "Permit", "domain": {"name": "X"}}
    message = {"owner": SOURCE, "spender": STRANGER, "value": 1, "nonce": 0, "deadline": 1}
    reading = read_typed_data({**table, "message": message}, TOKENS)
    assert "on every chain (no chain id)" in says(reading)
    assert reading.network is None


@pytest.mark.parametrize(
    ("allowed", "extent"), [(True, "unlimited approval of USDC to"), (False, "taken back from")]
)
def test_explains_the_permit_of_dai(allowed: bool, extent: str) -> None:
    types = {
        "Permit": fields(
            holder="address", spender="address", nonce="uint256", expiry="uint256", allowed="bool"
        )
    }
    message = {"holder": SOURCE, "spender": STRANGER, "nonce": 1, "expiry": 0, "allowed": allowed}
    assert f"{extent} {STRANGER}" in says(read("Permit", message, types))
    assert "never expires" in says(read("Permit", message, types))


DETAILS = fields(token="address", amount="uint160", expiration="uint48", nonce="uint48")
DETAIL = {"token": USDT, "amount": PERMIT2_MAX, "expiration": PERMIT2_NEVER, "nonce": 0}
PERMITTED = fields(token="address", amount="uint256")


def test_explains_permit2_approvals() -> None:
    types = {
        "PermitDetails": DETAILS,
        "PermitSingle": fields(details="PermitDetails", spender="address", sigDeadline="uint256"),
        "PermitBatch": fields(details="PermitDetails[]", spender="address", sigDeadline="uint256"),
    }
    rest = {"spender": STRANGER, "sigDeadline": 5}
    one = read("PermitSingle", {"details": DETAIL, **rest}, types)
    assert f"Permit2 permit: unlimited approval of USDT to {STRANGER}, never expires" in says(one)
    batch = read("PermitBatch", {"details": [DETAIL] * 20, **rest}, types)
    assert f"Permit2 permit of 20 tokens to {STRANGER}" in batch.clauses[0]
    assert batch.clauses[-1] == "12 more that are not listed"


def test_explains_permit2_transfers_and_their_witness() -> None:
    types = {
        "TokenPermissions": PERMITTED,
        "Order": fields(any="bool"),
        "PermitTransferFrom": fields(
            permitted="TokenPermissions", spender="address", nonce="uint256", deadline="uint256"
        ),
        "PermitWitnessTransferFrom": fields(
            permitted="TokenPermissions",
            spender="address",
            nonce="uint256",
            deadline="uint256",
            witness="Order",
        ),
        "PermitBatchTransferFrom": fields(
            permitted="TokenPermissions[]", spender="address", nonce="uint256", deadline="uint256"
        ),
    }
    rest = {"spender": STRANGER, "nonce": 0, "deadline": 5}
    amount = {"token": USDT, "amount": 7_000_000}
    one = read("PermitTransferFrom", {"permitted": amount, **rest}, types)
    assert f"7 USDT (7,000,000 base units) may be taken at once by {STRANGER}" in says(one)
    order = {"permitted": amount, "witness": {"any": True}, **rest}
    assert "the witness" in says(read("PermitWitnessTransferFrom", order, types))
    batch = read("PermitBatchTransferFrom", {"permitted": [amount, amount], **rest}, types)
    assert "2 amounts may be taken" in says(batch)


SAFE = {
    "SafeTx": fields(
        to="address",
        value="uint256",
        data="bytes",
        operation="uint8",
        safeTxGas="uint256",
        baseGas="uint256",
        gasPrice="uint256",
        gasToken="address",
        refundReceiver="address",
        nonce="uint256",
    ),
    "SafeMessage": fields(message="bytes"),
}


def safe(to: str, data: bytes, operation: int, **changes: Any) -> MessageReading:
    zero = {name["name"]: 0 for name in SAFE["SafeTx"]}
    addresses = {"gasToken": "0x" + "00" * 20, "refundReceiver": "0x" + "00" * 20}
    call = {"to": to, "data": "0x" + data.hex(), "operation": operation}
    return read("SafeTx", {**zero, **addresses, **call, **changes}, SAFE)


def test_explains_a_safe_transaction_that_delegates() -> None:
    reading = safe(STRANGER, world.transfer(CLIENT, 0), 1)
    assert f"Safe transaction: operation 1: DELEGATECALL to {STRANGER}" in says(reading)
    assert f"calldata: transfer of 0 base units of this contract's token to {CLIENT}" in says(
        reading
    )


def test_explains_the_calls_of_a_safe_transaction() -> None:
    packed = bytes([0]) + world.address(USDT) + bytes(32) + (68).to_bytes(32, "big")
    packed += world.transfer(CLIENT, 5_000_000)
    data = bytes.fromhex("8d80ff0a") + eth_abi.encode(["bytes"], [packed * 3])
    reading = safe(STRANGER, data, 1)
    assert "multisend of 3 calls" in says(reading)
    assert f"call 3: a call of USDT at {USDT}: transfer of 5 USDT" in reading.clauses[-1]


def test_explains_what_a_safe_transaction_pays_for_gas() -> None:
    reading = safe(CLIENT, b"", 0, value=10**18, gasPrice=9, refundReceiver=STRANGER)
    assert f"operation 0: CALL of {CLIENT} with 1 ETH" in says(reading)
    assert f"pays 9 base units of coins per gas to {STRANGER}" in says(reading)


def test_explains_a_safe_message() -> None:
    reading = read("SafeMessage", {"message": "0x" + "ab" * 32}, SAFE)
    assert f"signs 0x{'ab' * 32} in the name of a Safe" in says(reading)


def test_explains_transfers_by_authorization() -> None:
    types = {
        "ReceiveWithAuthorization": fields(
            from_="address",
            to="address",
            value="uint256",
            validAfter="uint256",
            validBefore="uint256",
            nonce="bytes32",
        )
    }
    message = {"from": SOURCE, "to": STRANGER, "value": 5_000_000, "validAfter": 0}
    message |= {"validBefore": MAX, "nonce": "0x" + "00" * 32}
    said = says(read("ReceiveWithAuthorization", message, types))
    assert (
        f"transfer by authorization: 5 USDC (5,000,000 base units) of {SOURCE} to {STRANGER}"
        in said
    )


def test_explains_meta_transactions_by_their_calls() -> None:
    forward = fields(
        from_="address", to="address", value="uint256", gas="uint256", nonce="uint256", data="bytes"
    )
    types = {
        "ForwardRequest": forward,
        "RelayRequest": fields(request="ForwardRequest"),
        "MetaTransaction": fields(nonce="uint256", from_="address", functionSignature="bytes"),
        "UserOperation": fields(sender="address", callData="bytes"),
    }
    call = "0x" + world.transfer(STRANGER, 5_000_000).hex()
    message = {"from": SOURCE, "to": USDT, "value": 0, "gas": 1, "nonce": 0, "data": call}
    moved = f"calldata: transfer of 5 USDT (5,000,000 base units) to {STRANGER}"
    assert moved in says(read("ForwardRequest", message, types))
    assert moved in says(read("RelayRequest", {"request": message}, types))
    meta = {"nonce": 0, "from": SOURCE, "functionSignature": call}
    assert f"in the name of {SOURCE}" in says(read("MetaTransaction", meta, types))
    operation = {"sender": SOURCE, "callData": call}
    assert f"operation of the account {SOURCE}" in says(read("UserOperation", operation, types))


def test_explains_orders_by_what_they_give_and_take() -> None:
    item = {
        "itemType": "uint8",
        "token": "address",
        "identifierOrCriteria": "uint256",
        "startAmount": "uint256",
        "endAmount": "uint256",
    }
    types = {
        "OfferItem": fields(**item),
        "ConsiderationItem": fields(**item, recipient="address"),
        "OrderComponents": fields(offer="OfferItem[]", consideration="ConsiderationItem[]"),
        "Order": fields(
            sellToken="address",
            buyToken="address",
            receiver="address",
            sellAmount="uint256",
            buyAmount="uint256",
        ),
    }
    offer = {
        "itemType": 2,
        "token": CLIENT,
        "identifierOrCriteria": 7,
        "startAmount": 1,
        "endAmount": 1,
    }
    asked = {"itemType": 0, "token": "0x" + "00" * 20, "identifierOrCriteria": 0}
    asked |= {"startAmount": 1, "endAmount": 1, "recipient": STRANGER}
    said = says(read("OrderComponents", {"offer": [offer], "consideration": [asked]}, types))
    assert f"offers 1 of ERC-721 {CLIENT} number 7" in said
    assert f"for 0.000000000000000001 ETH (1 base units) to {STRANGER}" in said
    order: dict[str, Any] = {"sellToken": USDT, "buyToken": USDC, "receiver": STRANGER}
    order |= {"sellAmount": 10**9, "buyAmount": 1}
    said = says(read("Order", order, types))
    assert "order: offers 1,000 USDT (1,000,000,000 base units) for 0.000001 USDC" in said
    assert STRANGER in said


def test_explains_delegations() -> None:
    types = {
        "Delegation": fields(delegatee="address", nonce="uint256", expiry="uint256"),
        "PermitForAll": fields(operator="address", approved="bool"),
    }
    votes = {"delegatee": STRANGER, "nonce": 0, "expiry": MAX}
    assert f"delegation of the votes of USDC to {STRANGER}" in says(
        read("Delegation", votes, types)
    )
    every = {"operator": STRANGER, "approved": True}
    assert f"every token may be taken by {STRANGER}" in says(read("PermitForAll", every, types))


def test_explains_what_is_named_otherwise_by_its_shape() -> None:
    types = {"Login": PERMIT["Permit"]}
    message = {"owner": SOURCE, "spender": STRANGER, "value": MAX, "nonce": 0, "deadline": MAX}
    said = says(read("Login", message, types))
    assert said.startswith("typed data 'Login', which reads as permit: unlimited approval of USDC")


def test_says_at_least_name_and_domain_of_what_it_does_not_know() -> None:
    reading = read("Vote", {"for": True}, {"Vote": fields(**{"for": "bool"})}, version="3")
    assert says(reading) == (
        f"typed data 'Vote' of 1 fields; domain 'Test' version '3' contract {USDC} on chain 1"
    )
    assert [fact.value for fact in reading.facts if fact.label == "for"] == ["True"]


def test_names_of_strangers_are_literal_and_cut() -> None:
    reading = read(
        "Vote", {"a": "\u202e" * 500}, {"Vote": fields(a="string")}, name="\x1b[31m" * 90
    )
    assert all(fact.label.isascii() and fact.value.isascii() for fact in reading.facts)
    assert all(len(fact.value) < 300 for fact in reading.facts)
    assert says(reading).isascii()


def test_broken_typed_data_is_named_with_its_fault() -> None:
    reading = permit(1 << 256, 5)
    assert reading.digest is None
    assert reading.faults == ("message.value does not fit uint256",)
    assert says(reading).startswith("typed data 'Permit'; domain 'Test'")


def test_explains_hashes_that_stand_for_typed_data() -> None:
    reading = read_typed_preimage(b"\x19\x01" + bytes(64))
    assert reading is not None
    assert reading.digest == keccak(b"\x19\x01" + bytes(64))
    assert "nobody can see" in says(reading)
    assert read_typed_preimage(b"\x19\x01" + bytes(63)) is None


# Messages


@given(st.binary(max_size=300))
def test_hashes_any_message_as_the_oracle_does(data: bytes) -> None:
    reading = read_message(data)
    assert reading.digest == _hash_eip191_message(encode_defunct(data))
    assert says(reading).isascii()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"hello", "a message of 5 bytes: 'hello'"),
        (b"a\nb\\", r"'a\u{a}b\\'"),
        ("\u202e".encode(), r"\u{202e}"),
        (b"\xff\xfe", "a message of 2 bytes: 0xfffe"),
        (b"x" * 1000, "x'..."),
        (b"", "a message of 0 bytes"),
        (bytes(32), "32 bytes, which may be the hash of a transaction or of typed data"),
        (b"0x" + b"ab" * 32, "it is hexadecimal of 32 bytes"),
        (b"\x19\x01" + bytes(64), "begins as the preimage of typed data (0x1901, EIP-712)"),
        (
            b"\x19\x00" + bytes(20) + b"x",
            "data for the validator 0x0000000000000000000000000000000000000000",
        ),
        (b"\x19Ethereum Signed Message:\n5hello", "already has the prefix"),
        (b"\x19nothing", "begins with 0x19"),
        (world.fee_market(), "the bytes of a transaction"),
        (world.fee_market().hex().encode(), "it is hexadecimal of the bytes of a transaction"),
        (b"\x05" + rlp.encode([1, world.address(STRANGER), 7]), "an authorization (EIP-7702)"),
        (json.dumps({"primaryType": "Permit"}).encode(), "the text of typed data"),
        (
            b"shop.example wants you to sign in with your Ethereum account:\n"
            + f"{CLIENT}\n\nHi".encode(),
            f"a login at 'shop.example' as {CLIENT} (EIP-4361)",
        ),
    ],
)
def test_explains_what_a_message_is(data: bytes, said: str) -> None:
    assert said in says(read_message(data))


# Authorizations


@given(st.integers(0, MAX), st.binary(min_size=20, max_size=20), st.integers(0, (1 << 64) - 2))
def test_reads_an_authorization_alike_from_bytes_and_json(
    chain: int, to: bytes, nonce: int
) -> None:
    preimage = b"\x05" + rlp.encode([chain, to, nonce])
    by_bytes = read_authorization(preimage)
    table = {"chainId": hex(chain), "address": "0x" + to.hex(), "nonce": str(nonce)}
    assert by_bytes.digest == keccak(preimage)
    assert read_json_authorization(table) == by_bytes == read_authorization(preimage[1:])


def authorization(chain: int, to: str) -> str:
    return says(read_json_authorization({"chain_id": chain, "contractAddress": to, "nonce": 0}))


def test_explains_authorizations() -> None:
    assert f"sets code of your account to {STRANGER} on chain 1" in authorization(1, STRANGER)
    assert "on EVERY chain (chain id 0)" in authorization(0, STRANGER)
    assert authorization(1, "0x" + "00" * 20).startswith("takes the delegated code of your account")


@pytest.mark.parametrize(
    "table",
    [
        {},
        {"chainId": 1, "address": STRANGER},
        {"chainId": -1, "address": STRANGER, "nonce": 0},
        {"chainId": 1, "address": STRANGER, "nonce": (1 << 64) - 1},
        {"chainId": 1, "address": STRANGER, "contractAddress": CLIENT, "nonce": 0},
        {"chainId": 1, "address": "0x12", "nonce": 0},
        {"chainId": True, "address": STRANGER, "nonce": 0},
    ],
)
def test_refuses_what_is_no_authorization(table: dict[str, Any]) -> None:
    with pytest.raises(MalformedTransaction):
        read_json_authorization(table)


@pytest.mark.parametrize(
    "data", [b"", b"\x05", b"\x05\xc0", b"\x05\xc3\x01\x02\x03", b"\x05\xd7\x00"]
)
def test_refuses_what_is_no_authorization_s_preimage(data: bytes) -> None:
    with pytest.raises(MalformedTransaction):
        read_authorization(data)


def test_says_that_an_authorization_s_address_was_changed() -> None:
    table = {"chainId": 1, "address": STRANGER.swapcase().replace("X", "x"), "nonce": 0}
    assert "checksum is wrong" in read_json_authorization(table).faults[0]


# Public vectors


def recovered(digest: bytes | None, signature: bytes, recovery_id: int) -> str:
    assert digest is not None
    key = PublicKey.from_signature_and_message(
        signature + bytes([recovery_id]), digest, hasher=None
    )
    return "0x" + keccak(key.format(compressed=False)[1:])[-20:].hex()


def test_public_messages_are_signed_over_our_hashes() -> None:
    cases = need(shared("eth-msg/trezor_signmessage.jsonl"))
    for case in (*cases, *need(shared("eth-msg/trezor_verifymessage.jsonl"))):
        asked = case["case"]["parameters"]
        result = {**asked, **case["case"]["result"]}
        signature = bytes.fromhex(result["sig"])
        message = bytes.fromhex(asked["msg"]) if asked.get("is_hex") else asked["msg"].encode()
        signer = recovered(read_message(message).digest, signature[:64], signature[64] - 27)
        assert signer == result["address"].lower(), case["id"]


def test_public_authorizations_are_signed_over_our_hashes() -> None:
    for case in need(shared("eth-7702/trezor_sign_auth_eip7702.jsonl")):
        asked, result = case["case"]["parameters"], case["case"]["result"]
        table = {
            "chainId": asked["chain_id"],
            "address": asked["delegate"],
            "nonce": asked["tuple_nonce"],
        }
        signature = b"".join(bytes.fromhex(result[part].zfill(64)) for part in ("sig_r", "sig_s"))
        account = Account.from_mnemonic(case["setup"]["mnemonic"], account_path=asked["path"])
        signer = recovered(read_json_authorization(table).digest, signature, result["sig_v"])
        assert signer == account.address.lower(), case["id"]


def test_public_authorizations_that_devices_refuse_are_explained_or_broken() -> None:
    for case in need(shared("eth-7702/trezor_sign_auth_eip7702_errors.jsonl")):
        asked = case["case"]["parameters"]
        table = {
            "chainId": asked["chain_id"],
            "address": asked["delegate"],
            "nonce": asked["tuple_nonce"],
        }
        outcome = attempt(read_json_authorization, table)
        if "invalid nonce" in case["case"]["result"]["error"]:
            assert isinstance(outcome, MalformedTransaction)
        else:
            assert isinstance(outcome, MessageReading)
            assert "code of your account" in says(outcome)


CONDITIONS: dict[str, dict[str, Any]] = {
    "chainId is null": {"chainId": None},
    "chainId is not a number": {"chainId": "one"},
    "chainId is negative": {"chainId": -1},
    "nonce is null": {"nonce": None},
    "nonce is not a number": {"nonce": "one"},
    "contractAddress is null": {"contractAddress": None},
    "contractAddress is not a string": {"contractAddress": 5},
    "contractAddress is too short": {"contractAddress": "0x12"},
    "contractAddress is not valid hex": {"contractAddress": "0x" + "zz" * 20},
    "contractAddress is missing the 0x prefix": {"contractAddress": "12" * 20},
}
"""What the public conditions say of an authorization; the others are about how it is called."""


def test_refuses_the_public_broken_authorizations() -> None:
    seen = set()
    for case in need(shared("eth-7702/metamask_7702.jsonl")):
        if case["condition"] in CONDITIONS:
            seen.add(case["condition"])
            good = {"chainId": 1, "contractAddress": STRANGER, "nonce": 0}
            outcome = attempt(read_json_authorization, {**good, **CONDITIONS[case["condition"]]})
            assert isinstance(outcome, MalformedTransaction), case["id"]
    assert seen == set(CONDITIONS)


def test_explains_the_public_typed_data_of_the_clear_signing_registry() -> None:
    paths = sorted((folder() / "eth-erc7730" / "registry").glob("*/tests/*.tests.json"))
    if not paths:
        need([])
    seen = 0
    for path in paths:
        for case in json.loads(path.read_text()).get("tests", []):
            if "data" in case:
                seen += 1
                reading = read_typed_data(case["data"], TOKENS)
                assert reading.digest is not None, path.name
                if case["data"]["primaryType"] == "Permit":
                    assert says(reading).startswith("permit: "), path.name
    assert seen > 20
