"""What is signed is what other implementations sign."""

from typing import Any

import pytest
from coincurve import PublicKey
from eth_account import Account
from eth_account._utils.legacy_transactions import serializable_unsigned_transaction_from_dict
from eth_utils.crypto import keccak
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.chains.ethereum.digest import calldata_digest, signing_hash
from appliance.chains.ethereum.transaction import (
    FeeMarketTransaction,
    LegacyTransaction,
    Preimage,
    parse,
    serialize,
)
from tests.appliance.chains.ethereum import world
from tests.shared_vectors import need, shared


def hash_of(data: bytes) -> bytes:
    return signing_hash(serialize(parse(data)))


def test_signs_the_example_of_eip_155() -> None:
    # EIP-155, "Example": nonce 9, 20 gwei, 1 ether to 0x3535…35 on chain 1.
    data = world.legacy(nonce=9, gas_price=20 * world.GWEI, to="0x" + "35" * 20, value=10**18)
    assert hash_of(data).hex() == "daf5a779ae972f972197303d7b574746c7ef83eadac0f2791ad23db92e4c8e53"


@pytest.mark.parametrize("case", world.own_vectors("cleared.jsonl"), ids=lambda case: case["id"])
def test_signs_what_the_oracle_signs(case: dict[str, Any]) -> None:
    assert hash_of(bytes.fromhex(case["hex"])).hex() == case["signing_hash"]


@settings(max_examples=50)
@given(
    st.integers(1, (1 << 63) - 1),
    st.integers(0, (1 << 64) - 2),
    st.integers(0, (1 << 256) - 1),
    st.integers(0, (1 << 64) - 1),
    st.integers(0, (1 << 256) - 1),
    st.binary(max_size=100),
)
def test_agrees_with_the_oracle_on_any_transfer(
    chain_id: int, nonce: int, price: int, gas: int, value: int, data: bytes
) -> None:
    to = world.address(world.CLIENT)
    shared_fields: dict[str, Any] = {
        "chainId": chain_id,
        "nonce": nonce,
        "gas": gas,
        "to": world.CLIENT,
        "value": value,
        "data": data,
    }
    legacy = LegacyTransaction(chain_id, nonce, price, gas, to, value, data)
    oracle = serializable_unsigned_transaction_from_dict({**shared_fields, "gasPrice": price})
    assert signing_hash(serialize(legacy)) == oracle.hash()
    typed = FeeMarketTransaction(chain_id, nonce, 1, price, gas, to, value, data, ())
    fees = {"type": 2, "maxPriorityFeePerGas": 1, "maxFeePerGas": price}
    oracle = serializable_unsigned_transaction_from_dict({**shared_fields, **fees})
    assert signing_hash(serialize(typed)) == oracle.hash()


def recovered(digest: bytes, signature: dict[str, str]) -> str:
    r, s = (bytes.fromhex(signature[part][2:].zfill(64)) for part in "rs")
    v = int(signature["v"], 16)
    parity = v if v < 2 else (v - 35) % 2
    key = PublicKey.from_signature_and_message(r + s + bytes([parity]), digest, hasher=None)
    return "0x" + keccak(key.format(compressed=False)[1:])[-20:].hex()


def test_public_signatures_are_over_our_hashes() -> None:
    for case in need(shared("eth-tx/ethers_transactions.jsonl.gz"))[:100]:
        signer = Account.from_key(case["case"]["privateKey"]).address.lower()
        for form in ("Legacy", "Eip155", "Berlin", "London"):
            data = bytes.fromhex(case["case"][f"unsigned{form}"].removeprefix("0x"))
            if data:
                digest = hash_of(data)
                assert recovered(digest, case["case"][f"signature{form}"]) == signer, case["id"]


@pytest.mark.parametrize("form", ["legacy", "eip1559"])
def test_agrees_with_the_public_extremes(form: str) -> None:
    for case in need(shared(f"eth-tx/bitbox_{form}_tests.jsonl.gz")):
        wanted = {
            name: int(value, 16) if name not in {"recipient", "data"} else bytes.fromhex(value)
            for name, value in case["case"].items()
            if isinstance(value, str) and name != "expected_sighash"
        }
        call = (wanted["gas_limit"], wanted["recipient"], wanted["value"], wanted["data"])
        chain_id = case["case"]["chain_id"]
        if form == "legacy":
            fields = (wanted["nonce"], wanted["gas_price"], *call, chain_id, b"", b"")
            data = world.encode(*fields)
        else:
            fees = (wanted["max_priority_fee"], wanted["max_fee_per_gas"])
            data = world.encode(chain_id, wanted["nonce"], *fees, *call, [], prefix=b"\x02")
        assert hash_of(data).hex() == case["case"]["expected_sighash"], case["id"]


def test_calldata_digest_is_over_length_and_calldata() -> None:
    calldata = world.transfer(world.CLIENT, 5)
    assert calldata_digest(calldata) == keccak((68).to_bytes(32, "big") + calldata)


def test_calldata_digest_tells_trailing_zeros_apart() -> None:
    assert calldata_digest(b"\0") != calldata_digest(b"\0\0")


def test_signing_hash_is_keccak_of_the_preimage() -> None:
    assert signing_hash(Preimage(b"")) == keccak(b"")
